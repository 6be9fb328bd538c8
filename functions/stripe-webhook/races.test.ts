import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createStage, type Stage } from '../../tests/support/stage.ts';
import { delivered, type EventOverrides, stripeEvent } from '../../tests/support/webhooks.ts';

let stage: Stage;
let price: string;
beforeAll(async () => {
  stage = await createStage();
  const product = await stage.stripe.products.create({ name: 'Pro' });
  const made = await stage.stripe.prices.create({
    product: product.id,
    currency: 'usd',
    unit_amount: 990,
    recurring: { interval: 'month' },
  });
  price = made.id;
});
afterEach(() => stage.calm());
afterAll(() => stage.close());

async function subscriber(
  rows: { readonly profile?: object | null; readonly entitlement?: object | null } = {},
) {
  const sub = randomUUID();
  const { id: customerId } = await stage.stripe.customers.create({
    metadata: { cognito_sub: sub },
    payment_method: 'pm_card_visa',
    invoice_settings: { default_payment_method: 'pm_card_visa' },
  });
  const subscription = await stage.stripe.subscriptions.create({ customer: customerId, items: [{ price }] });
  if (rows.profile !== null)
    await stage.putProfile({ userId: sub, stripeCustomerId: customerId, ...rows.profile });
  if (rows.entitlement !== null)
    await stage.putEntitlement({ cognito_sub: sub, status: 'none', version: 1, ...rows.entitlement });
  stage.calm();
  return { sub, customerId, subscriptionId: subscription.id };
}

function deliver(customerId: string, overrides: EventOverrides = {}) {
  return stage.call(
    'stripe-webhook',
    delivered(stripeEvent('customer.subscription.updated', { id: 'sub_x', customer: customerId }, overrides)),
  );
}

function deleteAccount(sub: string) {
  return stage.call('delete-user', {
    requestContext: { authorizer: { claims: { sub, 'cognito:username': sub } } },
  });
}

/** What distinguishes the write of a row from the one of its lease. */
const WRITE = 'history';

const metric = (name: string, sub: string) =>
  stage.logs.some((line) => line['metric'] === name && line['user_id'] === sub);

describe('Concurrent deliveries', () => {
  it('failure mode 8: never write an older state: the slower one loses its write and reads Stripe again', async () => {
    const { sub, customerId, subscriptionId } = await subscriber();
    // The first one has read Stripe and is about to write that the subscription is active.
    const hold = stage.wires.dynamodb.holdNext('UpdateItem', WRITE);
    const slow = deliver(customerId);
    await hold.reached;
    await stage.stripe.subscriptions.cancel(subscriptionId);
    const quick = await deliver(customerId);
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'canceled', version: 2 });
    hold.release();
    expect([quick.statusCode, (await slow).statusCode]).toEqual([200, 200]);
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'canceled', version: 3 });
  });

  it('never write an older state, even if the slower one was still reading Stripe', async () => {
    const { sub, customerId, subscriptionId } = await subscriber();
    const hold = stage.wires.stripe.holdNext('GET /v1/subscriptions');
    const slow = deliver(customerId);
    await hold.reached;
    await deliver(customerId);
    await stage.stripe.subscriptions.cancel(subscriptionId);
    hold.release();
    expect((await slow).statusCode).toBe(200);
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'canceled' });
  });

  it('never write an older state to a row of another writer, which has no version', async () => {
    const { sub, customerId, subscriptionId } = await subscriber({ entitlement: { version: undefined } });
    const hold = stage.wires.dynamodb.holdNext('UpdateItem', WRITE);
    const slow = deliver(customerId);
    await hold.reached;
    await stage.stripe.subscriptions.cancel(subscriptionId);
    await deliver(customerId);
    hold.release();
    await slow;
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'canceled', version: 2 });
  });

  it('failure modes 7, 10, 11: leave one correct row when ten events are each sent twice', async () => {
    const { sub, customerId } = await subscriber();
    const events = Array.from({ length: 10 }, () =>
      stripeEvent('invoice.paid', { id: 'in_x', customer: customerId }),
    );
    const answers = await Promise.all(
      [...events, ...events].map((event) => stage.call('stripe-webhook', delivered(event))),
    );
    expect(answers.map(({ statusCode }) => statusCode)).toEqual(Array.from({ length: 20 }, () => 200));
    expect(await stage.entitlement(sub)).toMatchObject({
      status: 'active',
      stripe_customer_ids: [customerId],
    });
  });
});

describe('A webhook for a deleted or incomplete account', () => {
  it('failure mode 57: writes nothing without a row and a profile, even if the customer exists, and is counted', async () => {
    const { sub, customerId } = await subscriber({ profile: null, entitlement: null });
    const before = await stage.itemCount();
    expect((await deliver(customerId)).statusCode).toBe(200);
    expect(await stage.itemCount()).toBe(before);
    expect(metric('sync_no_such_user', sub)).toBe(true);
  });

  it('failure mode 5: creates the row if the profile exists, since sign-up failed halfway', async () => {
    const { sub, customerId } = await subscriber({ entitlement: null });
    expect((await deliver(customerId)).statusCode).toBe(200);
    const row = await stage.entitlement(sub);
    expect(row).toMatchObject({ status: 'active', plan: price, stripe_customer_ids: [customerId] });
    expect(row).not.toHaveProperty('provisional');
  });

  it('writes nothing if the profile is marked for deletion', async () => {
    const { sub, customerId } = await subscriber({
      entitlement: null,
      profile: { predixaDeletionRequestedAt: '2026-01-01T00:00:00.000Z' },
    });
    expect((await deliver(customerId)).statusCode).toBe(200);
    expect(await stage.entitlement(sub)).toBeUndefined();
  });

  it.each(['GET /v1/subscriptions', 'PutItem'])(
    'never restores an account that is deleted while the row is being created (at %s)',
    async (point) => {
      const { sub, customerId } = await subscriber({ entitlement: null });
      const wire = point === 'PutItem' ? stage.wires.dynamodb : stage.wires.stripe;
      const hold = wire.holdNext(point);
      const slow = deliver(customerId);
      await hold.reached;
      expect((await deleteAccount(sub)).statusCode).toBe(200);
      hold.release();
      expect((await slow).statusCode).toBe(200);
      expect([await stage.profile(sub), await stage.entitlement(sub)]).toEqual([undefined, undefined]);
    },
  );

  it('never restores an account that is deleted while its row is being written', async () => {
    const { sub, customerId } = await subscriber();
    const hold = stage.wires.dynamodb.holdNext('UpdateItem', WRITE);
    const slow = deliver(customerId);
    await hold.reached;
    const deletion = deleteAccount(sub);
    expect((await deletion).statusCode).toBe(200);
    hold.release();
    expect((await slow).statusCode).toBe(200);
    expect([await stage.profile(sub), await stage.entitlement(sub)]).toEqual([undefined, undefined]);
  });

  it('removes a provisional row that a crash left, if the account was deleted', async () => {
    const { sub, customerId } = await subscriber({
      profile: null,
      entitlement: {
        status: 'active',
        provisional: true,
        stripe_customer_ids: ['cus_x'],
        synced_at: 9_999_999_999,
      },
    });
    expect((await deliver(customerId)).statusCode).toBe(200);
    expect(await stage.entitlement(sub)).toBeUndefined();
  });

  it('confirms a provisional row that a crash left, if the account exists', async () => {
    const { sub, customerId } = await subscriber({ entitlement: { provisional: true } });
    await deliver(customerId);
    const row = await stage.entitlement(sub);
    expect(row).toMatchObject({ status: 'active' });
    expect(row).not.toHaveProperty('provisional');
  });

  it('syncs a row of another writer that has no profile', async () => {
    const { sub, customerId } = await subscriber({ profile: null });
    await deliver(customerId);
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'active' });
  });

  it('failure mode 55: accepts every event of a deleted user and never restores the user', async () => {
    const { sub, customerId, subscriptionId } = await subscriber();
    await deliver(customerId);
    await deleteAccount(sub);
    const metadata = { cognito_sub: sub };
    const events = [
      stripeEvent('customer.subscription.deleted', { id: subscriptionId, customer: customerId, metadata }),
      stripeEvent('customer.subscription.deleted', {
        id: subscriptionId,
        customer: customerId,
        metadata: {},
      }),
      stripeEvent('customer.deleted', { id: customerId, metadata }),
      stripeEvent('invoice.payment_failed', { id: 'in_x', customer: { id: customerId, deleted: true } }),
    ];
    for (const event of [...events, ...events.reverse()]) {
      expect((await stage.call('stripe-webhook', delivered(event))).statusCode).toBe(200);
    }
    expect([await stage.profile(sub), await stage.entitlement(sub)]).toEqual([undefined, undefined]);
  });
});
