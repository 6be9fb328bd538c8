/** Which customer belongs to which user, and that each user has only one. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { createBilling } from '../../adapters/stripe/billing.ts';
import { createStripe } from '../../adapters/stripe/client.ts';
import { API_KEY } from '../support/stage.ts';
import { openStripeStub } from '../support/stripe-stub.ts';
import { stripeEvent } from '../support/webhooks.ts';
import { confirmation, openScene, type Scene } from './scene.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterEach(() => scene.stage.calm());
afterAll(() => scene.stage.close());

const logged = (metric: string, fields: object) =>
  expect(scene.stage.logs).toContainEqual(expect.objectContaining({ metric, ...fields }));

it.each([
  ['null', null],
  ['the stub of a deleted customer', { id: 'DELETED', object: 'customer', deleted: true }],
])(
  'failure mode 15: an event whose customer is %s belongs to no user and writes nothing, even if a profile has a null customer',
  async (_, customer) => {
    const { stage, send } = scene;
    const nameless = { userId: randomUUID(), stripeCustomerId: null };
    await stage.putProfile(nameless);
    const { id } = await stage.stripe.customers.create();
    await stage.stripe.customers.del(id);
    const before = await stage.itemCount();
    const named = customer === null ? null : { ...customer, id };
    expect((await send(stripeEvent('invoice.paid', { id: 'in_x', customer: named }))).statusCode).toBe(200);
    expect(await stage.itemCount()).toBe(before);
    expect(await stage.profile(nameless.userId)).toEqual(nameless);
    // The index leads from a customer that names no one to its user.
    expect(stage.wires.dynamodb.names()).toEqual(customer === null ? [] : ['GetItem']);
  },
);

it('failure mode 18: sign-up keeps the customer that a profile already names, and logs the one it created as a duplicate', async () => {
  const { stage } = scene;
  const sub = randomUUID();
  await stage.putProfile({ userId: sub, stripeCustomerId: 'cus_of_before' });
  await stage.invoke('post-confirmation', confirmation(stage, sub));
  expect(await stage.profile(sub)).toMatchObject({ stripeCustomerId: 'cus_of_before' });
  const [duplicate] = await scene.customersOf(sub);
  logged('duplicate_customer', { customer_id: duplicate?.id, user_id: sub });
});

it('failure mode 21: a search ignores results that are deleted or belong to another user', async () => {
  const stub = await openStripeStub();
  const metadata = { cognito_sub: 'user-1' };
  stub.answer('GET /v1/customers/search', {
    body: {
      object: 'search_result',
      has_more: false,
      data: [
        { id: 'cus_deleted', object: 'customer', deleted: true, metadata },
        { id: 'cus_deleted_bare', object: 'customer', deleted: true },
        { id: 'cus_renamed', object: 'customer', metadata: { cognito_sub: 'user-2' } },
        { id: 'cus_live', object: 'customer', metadata },
      ],
    },
  });
  const stripe = createStripe(API_KEY, new URL(stub.url), { timeoutMs: 5_000, maxNetworkRetries: 0 });
  const found = await createBilling({ stripe, elapsedMs: () => 0 }).findCustomers('user-1');
  await stub.close();
  expect(found).toEqual(['cus_live']);
});

it('failure mode 22: a new customer is used before search finds it, from sign-up to deletion', async () => {
  const { stage } = scene;
  const sub = randomUUID();
  await stage.invoke('post-confirmation', confirmation(stage, sub));
  const customerId = String((await stage.profile(sub))?.['stripeCustomerId']);
  await scene.useCard(customerId, 'pm_card_visa');
  const { id } = await scene.subscribe(customerId);
  await scene.notify(customerId);
  expect(await stage.entitlement(sub)).toMatchObject({ status: 'active' });
  expect(stage.wires.stripe.names().filter((name) => name.endsWith('/search'))).toEqual([]);
  // While the index lags, the search finds no customer.
  await stage.stripe.customers.update(customerId, { metadata: { cognito_sub: '' } });
  await stage.putProfile({ userId: sub });
  await stage.putEntitlement({ cognito_sub: sub, status: 'none' });
  expect((await scene.deleteAccount({ sub })).statusCode).toBe(200);
  expect((await stage.stripe.subscriptions.retrieve(id)).status).toBe('canceled');
});

it('failure mode 23: neither sign-up nor a webhook links a customer by its email address, verified or not', async () => {
  const { stage, notify } = scene;
  for (const email_verified of ['true', 'false']) {
    const email = `${randomUUID()}@example.com`;
    const stranger = await stage.stripe.customers.create({ email, payment_method: 'pm_card_visa' });
    const sub = randomUUID();
    await stage.invoke('post-confirmation', confirmation(stage, sub, {}, { email, email_verified }));
    await notify(stranger.id);
    expect((await stage.profile(sub))?.['stripeCustomerId']).not.toBe(stranger.id);
    expect(await stage.entitlement(sub)).not.toHaveProperty('stripe_customer_ids');
  }
});

it('A repeated sign-up keeps the account of a user whose first customer was deleted by hand and replaced', async () => {
  const { stage } = scene;
  const sub = randomUUID();
  await stage.invoke('post-confirmation', confirmation(stage, sub));
  const [first] = await scene.customersOf(sub);
  await stage.stripe.customers.del(first?.id ?? '');
  const { id: replacement } = await stage.stripe.customers.create({
    metadata: { cognito_sub: sub, cognito_user_pool: stage.poolId },
  });
  await stage.putProfile({ ...(await stage.profile(sub)), userId: sub, stripeCustomerId: replacement });
  // Within a day, Stripe answers the repeated creation with the first customer.
  await stage.invoke('post-confirmation', confirmation(stage, sub));
  expect(await stage.entitlement(sub)).toMatchObject({ cognito_sub: sub, status: 'none' });
  expect(await stage.profile(sub)).toMatchObject({ stripeCustomerId: replacement });
});
