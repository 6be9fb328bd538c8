import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createStage, type Item, type Stage } from '../../tests/support/stage.ts';
import { delivered, type EventOverrides, stripeEvent } from '../../tests/support/webhooks.ts';
import { everyOf } from '../../tests/support/wire.ts';

let stage: Stage;
let prices: { readonly monthly: string; readonly yearly: string };
let productId: string;
beforeAll(async () => {
  stage = await createStage();
  const product = await stage.stripe.products.create({ name: 'Pro' });
  productId = product.id;
  const price = async (interval: 'month' | 'year', amount: number) => {
    const made = await stage.stripe.prices.create({
      product: product.id,
      currency: 'usd',
      unit_amount: amount,
      recurring: { interval },
    });
    return made.id;
  };
  prices = { monthly: await price('month', 990), yearly: await price('year', 9_900) };
});
afterEach(() => stage.calm());
afterAll(() => stage.close());

interface TestUser {
  readonly sub: string;
  readonly customerId: string;
}

/** Creates a user with everything that a sign-up creates. */
async function signedUp(metadata?: Record<string, string>): Promise<TestUser> {
  const sub = randomUUID();
  const customerId = await customerOf(metadata ?? { cognito_sub: sub }, sub);
  await stage.putProfile({ userId: sub, stripeCustomerId: customerId });
  await stage.putEntitlement({ cognito_sub: sub, status: 'none', version: 1 });
  stage.calm();
  return { sub, customerId };
}

async function customerOf(metadata: Record<string, string>, sub: string): Promise<string> {
  const named = Object.fromEntries(
    Object.entries(metadata).map(([key, value]) => [key, value === 'SUB' ? sub : value]),
  );
  const { id } = await stage.stripe.customers.create({
    metadata: named,
    payment_method: 'pm_card_visa',
    invoice_settings: { default_payment_method: 'pm_card_visa' },
  });
  return id;
}

function subscribe(customerId: string, overrides: object = {}) {
  return stage.stripe.subscriptions.create({
    customer: customerId,
    items: [{ price: prices.monthly }],
    ...overrides,
  });
}

function deliver(customerId: string, overrides: EventOverrides = {}, type = 'customer.subscription.updated') {
  const object = {
    id: 'sub_in_event',
    object: 'subscription',
    customer: customerId,
    status: 'canceled',
    metadata: {},
  };
  return stage.call('stripe-webhook', delivered(stripeEvent(type, object, overrides)));
}

/** Long enough ago that a sync at this moment certainly includes it. */
const longAgo = () => ({ created: Math.floor(Date.now() / 1000) - 60 });
const listCalls = () => stage.wires.stripe.names().filter((name) => name === 'GET /v1/subscriptions').length;

describe('A webhook', () => {
  it.each([
    'customer.subscription.created',
    'customer.subscription.updated',
    'customer.subscription.deleted',
    'customer.subscription.paused',
    'customer.subscription.resumed',
    'customer.subscription.trial_will_end',
    'checkout.session.completed',
    'checkout.session.async_payment_succeeded',
    'checkout.session.async_payment_failed',
    'invoice.paid',
    'invoice.payment_failed',
    'entitlements.active_entitlement_summary.updated',
  ])('writes Stripe’s state to the row for the event %s, whatever the payload says', async (type) => {
    const { sub, customerId } = await signedUp();
    const subscription = await subscribe(customerId);
    const answer = await deliver(customerId, {}, type);
    expect(answer).toMatchObject({ statusCode: 200, body: { received: true } });
    expect(await stage.entitlement(sub)).toEqual({
      cognito_sub: sub,
      status: 'active',
      plan: prices.monthly,
      plan_keys: { [prices.monthly]: [productId] },
      quantity: 1,
      current_period_end: subscription.items.data[0]?.current_period_end,
      cancel_at_period_end: false,
      subscription_id: subscription.id,
      stripe_status: 'active',
      stripe_customer_ids: [customerId],
      synced_at: expect.any(Number),
      syncs: 1,
      updatedAt: expect.any(String),
      version: 2,
      features: [],
      features_of: `${subscription.id} active ${prices.monthly}`,
      features_version: 2,
      features_read: [expect.any(String), customerId],
      history: [
        {
          at: expect.any(Number),
          by: expect.stringMatching(/^evt_/),
          status_before: 'none',
          status: 'active',
          plan: prices.monthly,
          current_period_end: subscription.items.data[0]?.current_period_end,
          subscription_id: subscription.id,
          stripe_status: 'active',
        },
      ],
    });
  });

  it('ends access for customer.deleted, and accepts later events of that customer', async () => {
    const { sub, customerId } = await signedUp();
    await subscribe(customerId);
    await deliver(customerId);
    await stage.stripe.customers.del(customerId);
    const deleted = { id: customerId, object: 'customer', metadata: { cognito_sub: sub } };
    const answer = await stage.call('stripe-webhook', delivered(stripeEvent('customer.deleted', deleted)));
    expect(answer.statusCode).toBe(200);
    expect(['canceled', 'none']).toContain((await stage.entitlement(sub))?.['status']);
    expect((await deliver(customerId, {}, 'customer.subscription.deleted')).statusCode).toBe(200);
  });

  it('adds nothing to the history if nothing changed', async () => {
    const { sub, customerId } = await signedUp();
    await subscribe(customerId);
    for (let time = 1; time <= 3; time += 1) await deliver(customerId);
    expect((await stage.entitlement(sub))?.['history']).toHaveLength(1);
  });

  it('reads a trial, a scheduled end and a change of plan from Stripe', async () => {
    const { sub, customerId } = await signedUp();
    const { id, items, trial_end } = await subscribe(customerId, { trial_period_days: 7 });
    await deliver(customerId);
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'trialing', trial_expires_at: trial_end });
    const item = items.data[0]?.id ?? '';
    await stage.stripe.subscriptions.update(id, {
      items: [{ id: item, price: prices.yearly }],
      cancel_at_period_end: true,
    });
    await deliver(customerId);
    expect(await stage.entitlement(sub)).toMatchObject({
      plan: prices.yearly,
      cancel_at_period_end: true,
      cancel_at: expect.any(Number),
    });
    await stage.stripe.subscriptions.update(id, { cancel_at_period_end: false });
    await deliver(customerId);
    const undone = await stage.entitlement(sub);
    expect(undone).toMatchObject({ cancel_at_period_end: false });
    expect(undone).not.toHaveProperty('cancel_at');
  });

  it('failure mode 53: removes from the row what Stripe no longer has, and keeps the attributes of other writers', async () => {
    const { sub, customerId } = await signedUp();
    await stage.putEntitlement({
      cognito_sub: sub,
      status: 'active',
      plan: 'price_old',
      current_period_end: 1,
      cancel_at: 2,
      subscription_id: 'sub_old',
      stripe_status: 'active',
      trial_started_at: '2025-01-01',
      note: null,
    });
    await deliver(customerId);
    expect(await stage.entitlement(sub)).toEqual({
      cognito_sub: sub,
      status: 'none',
      stripe_customer_ids: [customerId],
      synced_at: expect.any(Number),
      syncs: 1,
      updatedAt: expect.any(String),
      version: 1,
      trial_started_at: '2025-01-01',
      note: null,
      features: [],
      history: [
        {
          at: expect.any(Number),
          by: expect.stringMatching(/^evt_/),
          status_before: 'active',
          plan_before: 'price_old',
          status: 'none',
        },
      ],
    });
  });

  it('keeps a trial that the app granted through a failed attempt to pay', async () => {
    const { sub, customerId } = await signedUp();
    const until = Math.floor(Date.now() / 1000) + 86_400;
    await stage.putEntitlement({ cognito_sub: sub, status: 'trialing', trial_expires_at: until });
    await subscribe(customerId, { payment_behavior: 'default_incomplete' });
    await deliver(customerId);
    await deliver(customerId);
    expect(await stage.entitlement(sub)).toMatchObject({
      status: 'trialing',
      trial_expires_at: until,
      claims: [{ source: 'trial' }, { source: 'stripe', stripe_status: 'incomplete' }],
    });
  });

  it('failure mode 39: reads all pages of the subscriptions', async () => {
    const { sub, customerId } = await signedUp();
    const kept = await subscribe(customerId, { items: [{ price: prices.yearly }] });
    for (let n = 0; n < 101; n += 1) {
      const { id } = await subscribe(customerId, { trial_period_days: 1 });
      await stage.stripe.subscriptions.cancel(id);
    }
    await deliver(customerId);
    expect(listCalls()).toBe(2);
    expect(await stage.entitlement(sub)).toMatchObject({
      status: 'active',
      plan: prices.yearly,
      subscription_id: kept.id,
    });
  });
});

describe('A sync', () => {
  it('finds the owner of a website customer, which carries only cognito_user_id', async () => {
    const { sub, customerId } = await signedUp({ cognito_user_id: 'SUB' });
    await subscribe(customerId);
    await deliver(customerId);
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'active' });
  });

  it('caches the owner, so a second event does not retrieve the customer again', async () => {
    const { sub, customerId } = await signedUp({ cognito_sub: 'SUB' });
    await deliver(customerId);
    stage.calm();
    await deliver(customerId);
    expect(stage.wires.stripe.names()).toEqual(['GET /v1/subscriptions']);
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'none' });
  });

  it('takes the owner from the event’s metadata if the customer names no user', async () => {
    const { sub } = await signedUp();
    const { id } = await stage.stripe.customers.create({
      payment_method: 'pm_card_visa',
      invoice_settings: { default_payment_method: 'pm_card_visa' },
    });
    await subscribe(id);
    const object = { id: 'sub_x', customer: id, metadata: { cognito_sub: sub } };
    await stage.call('stripe-webhook', delivered(stripeEvent('customer.subscription.created', object)));
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'active' });
  });

  it('takes the owner from the customer if the event names another user, so no user gets another’s subscription', async () => {
    const [owner, other] = [await signedUp(), await signedUp()];
    await subscribe(owner.customerId);
    const object = { id: 'sub_x', customer: owner.customerId, metadata: { cognito_sub: other.sub } };
    await stage.call('stripe-webhook', delivered(stripeEvent('customer.subscription.created', object)));
    expect(await stage.entitlement(owner.sub)).toMatchObject({ status: 'active' });
    expect(await stage.entitlement(other.sub)).toMatchObject({ status: 'none', version: 1 });
    expect(stage.logs.some(({ metric }) => metric === 'owner_contradiction')).toBe(true);
  });

  it('failure mode 18: keeps access through one customer when an event ends the subscription of another', async () => {
    const { sub, customerId } = await signedUp();
    await subscribe(customerId);
    await deliver(customerId);
    const second = await customerOf({ cognito_user_id: sub }, sub);
    const { id } = await subscribe(second);
    await stage.stripe.subscriptions.cancel(id);
    await deliver(second);
    const row = await stage.entitlement(sub);
    expect(row).toMatchObject({ status: 'active', stripe_customer_ids: [customerId, second] });
  });

  it('adds the profile’s customer to the row the first time, whichever customer it is for', async () => {
    const { sub, customerId } = await signedUp();
    await subscribe(customerId);
    const second = await customerOf({ cognito_sub: sub }, sub);
    await deliver(second);
    expect(await stage.entitlement(sub)).toMatchObject({
      status: 'active',
      stripe_customer_ids: [customerId, second],
    });
  });
});

describe('A burst of events', () => {
  it('costs one read of Stripe; every other event ends after one read of the row', async () => {
    const { customerId } = await signedUp();
    await subscribe(customerId);
    await deliver(customerId, longAgo());
    stage.calm();
    for (let n = 0; n < 11; n += 1) await deliver(customerId, longAgo());
    expect(stage.wires.stripe.names()).toEqual([]);
    expect(stage.wires.dynamodb.names()).toEqual(Array.from({ length: 11 }, () => 'GetItem'));
  });

  it.each([-1, 0, 1])(
    'failure modes 2, 3: never skips an event within the margin (%d s) of the last sync',
    async (offset) => {
      const { sub, customerId } = await signedUp();
      await deliver(customerId);
      const { synced_at } = (await stage.entitlement(sub)) ?? {};
      await subscribe(customerId);
      await deliver(customerId, { created: Number(synced_at) + offset });
      expect(await stage.entitlement(sub)).toMatchObject({ status: 'active' });
    },
  );

  it('never skips an event of a customer that the row does not list', async () => {
    const { sub, customerId } = await signedUp();
    await deliver(customerId);
    const second = await customerOf({ cognito_sub: sub }, sub);
    await subscribe(second);
    await deliver(second, longAgo());
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'active' });
  });
});

describe('A delivery', () => {
  const faults = [
    ['stripe', 'GET /v1/subscriptions', 'server_error'],
    ['stripe', 'GET /v1/subscriptions', 'throttled'],
    ['stripe', 'GET /v1/subscriptions', 'reset_before'],
    ['dynamodb', 'GetItem', 'server_error'],
    ['dynamodb', 'UpdateItem', 'server_error'],
    ['dynamodb', 'UpdateItem', 'throttled'],
  ] as const;

  it.each(faults)(
    'failure modes 1, 13: is answered 503 after %s %s %s, and the redelivery syncs the row',
    async (system, name, fault) => {
      const { sub, customerId } = await signedUp();
      await subscribe(customerId);
      stage.wires[system].fail(everyOf(name, fault));
      const failed = await deliver(customerId);
      expect(failed.statusCode).toBe(503);
      expect(failed.headers['Retry-After']).toBe('5');
      expect(failed.body).toMatchObject({ code: 'unavailable' });
      stage.calm();
      expect((await deliver(customerId)).statusCode).toBe(200);
      expect(await stage.entitlement(sub)).toMatchObject({ status: 'active' });
    },
  );

  it('succeeds when a write took effect although its response was lost', async () => {
    const { sub, customerId } = await signedUp();
    await subscribe(customerId);
    let lost = 0;
    stage.wires.dynamodb.fail((call) => {
      const isLost = call.name === 'UpdateItem' && call.body.includes('history') && lost < 2;
      lost += isLost ? 1 : 0;
      return isLost ? 'reset_after' : undefined;
    });
    expect((await deliver(customerId)).statusCode).toBe(200);
    expect(lost).toBe(2);
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'active' });
  });

  it('gives no access for an unknown status, raises an alarm and does not fail', async () => {
    const { sub, customerId } = await signedUp();
    const { id } = await subscribe(customerId);
    await fetch(`${stage.stripeUrl}/_simulator/subscriptions/${id}/set`, {
      method: 'POST',
      body: JSON.stringify({ status: 'dormant' }),
    });
    expect((await deliver(customerId)).statusCode).toBe(200);
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'none', stripe_status: 'dormant' });
    expect(
      stage.logs.some((line: Item) => line['level'] === 'error' && line['metric'] === 'unknown_status'),
    ).toBe(true);
  });

  it('is answered 503 for a customer of another Stripe account, and no user loses access', async () => {
    const { sub, customerId } = await signedUp();
    await subscribe(customerId);
    await deliver(customerId);
    const object = { id: 'sub_x', customer: 'cus_other_account', metadata: { cognito_sub: sub } };
    const answer = await stage.call('stripe-webhook', delivered(stripeEvent('invoice.paid', object)));
    expect(answer.statusCode).toBe(503);
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'active' });
  });
});

it('failure mode 62: No log line contains an email address, a name, a key or an event', async () => {
  const { customerId } = await signedUp();
  const object = {
    id: 'sub_x',
    customer: customerId,
    customer_email: 'jane@example.com',
    customer_name: 'Jane Roe',
  };
  await stage.call('stripe-webhook', delivered(stripeEvent('invoice.paid', object)));
  stage.wires.stripe.fail(everyOf('GET /v1/subscriptions', 'server_error'));
  await stage.call('stripe-webhook', delivered(stripeEvent('invoice.paid', object)));
  const lines = JSON.stringify(stage.logs);
  expect(lines).toContain(customerId);
  expect(lines).not.toMatch(/jane@|\bRoe\b|sk_test|whsec|pending_webhooks/i);
});
