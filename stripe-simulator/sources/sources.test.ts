/** Tests of card sources, tokens and charges, as older integrations use them. */
import type Stripe from 'stripe';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Rig, startRig } from '../testing/rig.ts';

let rig: Rig;
let stripe: Stripe;

beforeAll(async () => {
  rig = await startRig();
  stripe = rig.stripe;
});
beforeEach(async () => {
  await rig.simulator.settled();
  rig.simulator.reset();
  rig.received.length = 0;
});
afterAll(() => rig.close());

test('A token becomes a source of the customer, which is its payment method too', async () => {
  const { id } = await stripe.customers.create({ email: 'ann@example.com' });
  const source = (await stripe.customers.createSource(id, { source: 'tok_visa' })) as Stripe.Card;
  expect(source).toMatchObject({ object: 'card', brand: 'Visa', last4: '4242', customer: id });
  expect((await stripe.customers.listPaymentMethods(id)).data).toHaveLength(1);

  await stripe.customers.updateSource(id, source.id, { metadata: { foo: 'bar' }, name: 'Ann' });
  expect(await stripe.customers.retrieveSource(id, source.id)).toMatchObject({
    metadata: { foo: 'bar' },
    name: 'Ann',
  });
  expect((await stripe.customers.listSources(id)).data).toHaveLength(1);
  await stripe.customers.deleteSource(id, source.id);
  expect((await stripe.customers.listSources(id)).data).toEqual([]);
  expect(await rig.types()).toEqual(
    expect.arrayContaining(['customer.source.created', 'customer.source.updated', 'customer.source.deleted']),
  );
});

test('A token of a test card pays a charge once it is created, and an unknown token does not', async () => {
  const token = await stripe.tokens.create({
    card: { number: '4242424242424242', exp_month: '12', exp_year: '2040', cvc: '123' },
  });
  expect(token).toMatchObject({ type: 'card', used: false, card: { last4: '4242' } });
  const charge = await stripe.charges.create({ amount: 2000, currency: 'usd', source: token.id });
  expect(charge).toMatchObject({ status: 'succeeded', captured: true, payment_intent: null });
  expect((await stripe.tokens.retrieve(token.id)).used).toBe(true);
  await expect(
    stripe.charges.create({ amount: 2000, currency: 'usd', source: 'tok_none' }),
  ).rejects.toMatchObject({ code: 'resource_missing' });
});

test('A charge that is only authorized is captured later, and a declined one is kept as failed', async () => {
  const held = await stripe.charges.create({
    amount: 2000,
    currency: 'usd',
    source: 'tok_visa',
    capture: false,
  });
  expect(held.captured).toBe(false);
  expect(await stripe.charges.capture(held.id, { amount: 1500 })).toMatchObject({
    captured: true,
    amount_captured: 1500,
  });
  await expect(
    stripe.charges.create({ amount: 2000, currency: 'usd', source: 'tok_chargeDeclined' }),
  ).rejects.toMatchObject({ statusCode: 402, code: 'card_declined' });
  expect((await stripe.charges.list()).data.map(({ status }) => status)).toEqual(['failed', 'succeeded']);
});
