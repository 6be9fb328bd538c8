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

function tell(customerId: string, overrides: EventOverrides = {}) {
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

const metric = (name: string, sub: string) =>
  stage.logs.some((line) => line['metric'] === name && line['user_id'] === sub);

describe('two handlers at once', () => {
  it('failure mode 8: one that fetched before a change and writes after a newer one is refused, and looks again', async () => {
    const { sub, customerId, subscriptionId } = await subscriber();
    // The first has its fetch, and is about to write that the subscription is active.
    const hold = stage.wires.dynamodb.holdNext('UpdateItem');
    const slow = tell(customerId);
    await hold.reached;
    await stage.stripe.subscriptions.cancel(subscriptionId);
    const quick = await tell(customerId);
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'canceled', version: 2 });
    hold.release();
    expect([quick.statusCode, (await slow).statusCode]).toEqual([200, 200]);
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'canceled', version: 3 });
  });

  it('one whose fetch was under way while a newer one wrote is refused too', async () => {
    const { sub, customerId, subscriptionId } = await subscriber();
    const hold = stage.wires.stripe.holdNext('GET /v1/subscriptions');
    const slow = tell(customerId);
    await hold.reached;
    await tell(customerId);
    await stage.stripe.subscriptions.cancel(subscriptionId);
    hold.release();
    expect((await slow).statusCode).toBe(200);
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'canceled' });
  });

  it('a row without a version, of another writer, is fenced as well', async () => {
    const { sub, customerId, subscriptionId } = await subscriber({ entitlement: { version: undefined } });
    const hold = stage.wires.dynamodb.holdNext('UpdateItem');
    const slow = tell(customerId);
    await hold.reached;
    await stage.stripe.subscriptions.cancel(subscriptionId);
    await tell(customerId);
    hold.release();
    await slow;
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'canceled', version: 2 });
  });

  it('failure modes 7, 10, 11: twenty events at once, some of them twice, make one row that is right', async () => {
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

describe('no resurrection', () => {
  it('failure mode 57: neither row nor profile: received, counted, and nothing is written, though the customer lives', async () => {
    const { sub, customerId } = await subscriber({ profile: null, entitlement: null });
    const before = await stage.itemCount();
    expect((await tell(customerId)).statusCode).toBe(200);
    expect(await stage.itemCount()).toBe(before);
    expect(metric('sync_no_such_user', sub)).toBe(true);
  });

  it('failure mode 5: a profile without a row, since sign-up half failed: the row is made', async () => {
    const { sub, customerId } = await subscriber({ entitlement: null });
    expect((await tell(customerId)).statusCode).toBe(200);
    const row = await stage.entitlement(sub);
    expect(row).toMatchObject({ status: 'active', plan: price, stripe_customer_ids: [customerId] });
    expect(row).not.toHaveProperty('provisional');
  });

  it('a profile marked for deletion: nothing is written', async () => {
    const { sub, customerId } = await subscriber({
      entitlement: null,
      profile: { deletionRequestedAt: '2026-01-01T00:00:00.000Z' },
    });
    expect((await tell(customerId)).statusCode).toBe(200);
    expect(await stage.entitlement(sub)).toBeUndefined();
  });

  it.each(['GET /v1/subscriptions', 'PutItem'])(
    'an account deleted while its row is being made (at %s) stays deleted',
    async (point) => {
      const { sub, customerId } = await subscriber({ entitlement: null });
      const wire = point === 'PutItem' ? stage.wires.dynamodb : stage.wires.stripe;
      const hold = wire.holdNext(point);
      const slow = tell(customerId);
      await hold.reached;
      expect((await deleteAccount(sub)).statusCode).toBe(200);
      hold.release();
      expect((await slow).statusCode).toBe(200);
      expect([await stage.profile(sub), await stage.entitlement(sub)]).toEqual([undefined, undefined]);
    },
  );

  it('an account deleted while its row is being written stays deleted', async () => {
    const { sub, customerId } = await subscriber();
    const hold = stage.wires.dynamodb.holdNext('UpdateItem');
    const slow = tell(customerId);
    await hold.reached;
    const deletion = deleteAccount(sub);
    expect((await deletion).statusCode).toBe(200);
    hold.release();
    expect((await slow).statusCode).toBe(200);
    expect([await stage.profile(sub), await stage.entitlement(sub)]).toEqual([undefined, undefined]);
  });

  it('a row that a crash left half made after its account was deleted is taken away by the redelivery', async () => {
    const { sub, customerId } = await subscriber({
      profile: null,
      entitlement: {
        status: 'active',
        provisional: true,
        stripe_customer_ids: ['cus_x'],
        synced_at: 9_999_999_999,
      },
    });
    expect((await tell(customerId)).statusCode).toBe(200);
    expect(await stage.entitlement(sub)).toBeUndefined();
  });

  it('a row that a crash left half made of an account that stands is finished by the redelivery', async () => {
    const { sub, customerId } = await subscriber({ entitlement: { provisional: true } });
    await tell(customerId);
    const row = await stage.entitlement(sub);
    expect(row).toMatchObject({ status: 'active' });
    expect(row).not.toHaveProperty('provisional');
  });

  it('a row without a profile, as other writers left some, is kept up to date', async () => {
    const { sub, customerId } = await subscriber({ profile: null });
    await tell(customerId);
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'active' });
  });

  it('failure mode 55: after a deletion all events of the customer are received, and nothing comes back', async () => {
    const { sub, customerId, subscriptionId } = await subscriber();
    await tell(customerId);
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
