/** What remains of a deleted account. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { forms } from '../support/api-events.ts';
import { stripeEvent } from '../support/webhooks.ts';
import { everyOf } from '../support/wire.ts';
import { confirmation, openScene, type Scene } from './scene.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterEach(() => scene.stage.calm());
afterAll(() => scene.stage.close());

async function subscriber() {
  const user = await scene.createUser();
  const { id } = await scene.subscribe(user.customerId);
  await scene.notify(user.customerId);
  expect(await scene.entitlements(user.sub)).toMatchObject({ access_granted: true });
  return { ...user, subscriptionId: id };
}

it('failure mode 54: a user keeps the login while Stripe rejects the deletion, so no one is billed without being able to cancel', async () => {
  const { stage, deleteAccount } = scene;
  const user = await subscriber();
  stage.wires.stripe.fail(everyOf(`DELETE /v1/customers/${user.customerId}`, 'throttled'));
  for (let attempt = 1; attempt <= 2; attempt += 1) {
    expect(await deleteAccount(user)).toMatchObject({
      statusCode: 503,
      body: { code: 'deletion_incomplete' },
    });
    expect(stage.wires.cognito.names()).toEqual([]);
    expect(await stage.profile(user.sub)).toMatchObject({ stripeCustomerId: user.customerId });
  }
  stage.calm();
  expect((await deleteAccount(user)).statusCode).toBe(200);
  expect((await stage.stripe.subscriptions.retrieve(user.subscriptionId)).status).toBe('canceled');
});

it.each([
  ['customer.deleted', 'customer.subscription.deleted'],
  ['customer.subscription.deleted', 'customer.deleted'],
])('failure mode 55: after a deletion, %s and then %s are accepted and create no row', async (...order) => {
  const { stage, deleteAccount, send } = scene;
  const user = await subscriber();
  await deleteAccount(user);
  const metadata = { cognito_sub: user.sub };
  const objects: Record<string, object> = {
    'customer.deleted': { id: user.customerId, object: 'customer', metadata },
    'customer.subscription.deleted': { id: user.subscriptionId, customer: user.customerId, metadata: {} },
  };
  for (const type of order) {
    expect((await send(stripeEvent(type, objects[type] ?? {}))).statusCode).toBe(200);
  }
  expect([await stage.profile(user.sub), await stage.entitlement(user.sub)]).toEqual([undefined, undefined]);
});

describe('Access ends', () => {
  it('failure mode 56: when someone deletes the customer in Stripe', async () => {
    const { stage, send, entitlements } = scene;
    const user = await subscriber();
    await stage.stripe.customers.del(user.customerId);
    const object = { id: user.customerId, object: 'customer', metadata: { cognito_sub: user.sub } };
    expect((await send(stripeEvent('customer.deleted', object))).statusCode).toBe(200);
    expect(await entitlements(user.sub)).toMatchObject({ access_granted: false, plan: null });
  });

  it.each(forms)(
    'failure mode 56: when the account is deleted, even for a token that is still valid (%s)',
    async (form) => {
      const { stage, deleteAccount, entitlements } = scene;
      const user = await subscriber();
      const answer = await deleteAccount(user, form);
      expect(answer).toMatchObject({ statusCode: 200, headers: { 'Cache-Control': 'no-store' } });
      expect(await stage.entitlement(user.sub)).toBeUndefined();
      expect(await entitlements(user.sub)).toMatchObject({ status: 'none', access_granted: false });
    },
  );
});

it('failure mode 57: events about a deleted customer are accepted for three days and write nothing', async () => {
  const { stage, deleteAccount, notify } = scene;
  const user = await subscriber();
  await deleteAccount(user);
  const before = await stage.itemCount();
  const now = Math.floor(Date.now() / 1000);
  for (let hour = 0; hour <= 72; hour += 8) {
    const event = await notify(user.customerId, 'invoice.payment_failed', { created: now + hour * 3_600 });
    expect(event.statusCode).toBe(200);
  }
  expect(await stage.itemCount()).toBe(before);
});

it('failure mode 30: neither route restores a customer or a row after a deletion', async () => {
  const { stage, deleteAccount, entitlements, customersOf } = scene;
  const sub = randomUUID();
  await stage.invoke('post-confirmation', confirmation(stage, sub));
  await deleteAccount({ sub });
  const before = await stage.itemCount();
  expect(await entitlements(sub)).toMatchObject({ status: 'none', access_granted: false });
  expect((await deleteAccount({ sub })).statusCode).toBe(200);
  expect(await stage.itemCount()).toBe(before);
  expect(await customersOf(sub)).toEqual([]);
});

it.each([
  ['its profile and its row name', 'cus_OfAnotherAccount'],
  ['only its row names', null],
])(
  'An account whose customer Stripe has never known, which %s, keeps its row and its billing is not lost sight of',
  async (_, stripeCustomerId) => {
    const { stage, deleteAccount, customersOf } = scene;
    const sub = randomUUID();
    await stage.putProfile({ userId: sub, stripeCustomerId });
    const row = { cognito_sub: sub, status: 'active', stripe_customer_ids: ['cus_OfAnotherAccount'] };
    await stage.putEntitlement(row);
    expect(await deleteAccount({ sub })).toMatchObject({
      statusCode: 500,
      body: { code: 'misconfigured', success: false },
    });
    expect(await stage.entitlement(sub)).toEqual(row);
    expect(await stage.profile(sub)).toMatchObject({ predixaDeletionBasis: 'requested' });
    expect(await customersOf(sub)).toEqual([]);
    const cause = { operation: 'delete customer', reason: 'customer_not_in_account' };
    expect(stage.logs).toContainEqual(expect.objectContaining({ cause: expect.objectContaining(cause) }));
  },
);
