/** What a customer has set in the billing portal stays. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buyersOn, pricesOn } from '../../tests/support/buyers.ts';
import { createStage, type Stage } from '../../tests/support/stage.ts';

let stage: Stage;
let buyers: ReturnType<typeof buyersOn>;
beforeAll(async () => {
  stage = await createStage();
  buyers = buyersOn(stage);
  await pricesOn(stage);
});
afterAll(() => stage.close());

it('A checkout keeps the email address, the name and the billing address that the customer has set', async () => {
  const who = await buyers.user({ givenName: 'Ann' });
  expect((await buyers.checkout(who)).statusCode).toBe(200);
  const customer = await buyers.customerOf(who);
  const changed = {
    email: 'invoices@example.com',
    name: 'Ann Ltd',
    address: { line1: '1 Main St', city: 'Berlin', postal_code: '10115', country: 'DE' },
  };
  await stage.stripe.customers.update(customer, changed);
  const { body } = await buyers.checkout(who, { price: 'pro_yearly' });
  await fetch(String(body['url']), {
    method: 'POST',
    body: new URLSearchParams({ card: '4242424242424242', name: 'Other', email: 'other@example.com' }),
    redirect: 'manual',
  });
  expect(await stage.stripe.customers.retrieve(customer)).toMatchObject(changed);
});

it('A checkout fills in an email address and a name that the customer lacks', async () => {
  const who = await buyers.user({ givenName: 'Bob' });
  await buyers.checkout(who);
  const customer = await buyers.customerOf(who);
  await stage.stripe.customers.update(customer, { email: '', name: '' });
  await buyers.checkout(who, { price: 'pro_yearly' });
  expect(await stage.stripe.customers.retrieve(customer)).toMatchObject({ email: who.email, name: 'Bob' });
});
