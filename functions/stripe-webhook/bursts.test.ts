/** How often Stripe is called: for an everyday event, and for a burst of events in processes of their own. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createStage, type Stage } from '../../tests/support/stage.ts';
import { delivered, type EventOverrides, stripeEvent } from '../../tests/support/webhooks.ts';

const EVENTS = 12;
const SUBSCRIPTIONS = 'GET /v1/subscriptions';
const FEATURES = 'GET /v1/entitlements/active_entitlements';
const SUMMARY = 'entitlements.active_entitlement_summary.updated';

let stage: Stage;
let prices: readonly string[];

async function priceWith(lookup_key: string): Promise<string> {
  const product = await stage.stripe.products.create({ name: 'Pro' });
  const feature = await stage.stripe.entitlements.features.create({ name: lookup_key, lookup_key });
  await stage.stripe.products.createFeature(product.id, { entitlement_feature: feature.id });
  const recurring = { interval: 'month' } as const;
  const terms = { product: product.id, currency: 'usd', unit_amount: 990, recurring };
  return (await stage.stripe.prices.create(terms)).id;
}

beforeAll(async () => {
  stage = await createStage({ concurrency: EVENTS });
  prices = [await priceWith('export'), await priceWith('reports')];
});
afterAll(() => stage.close());
beforeEach(() => stage.calm());

/** A subscriber whose row shows the subscription and its features. */
async function subscriber() {
  const sub = randomUUID();
  const { id: customerId } = await stage.stripe.customers.create({
    metadata: { cognito_sub: sub },
    payment_method: 'pm_card_visa',
    invoice_settings: { default_payment_method: 'pm_card_visa' },
  });
  const { id, items } = await stage.stripe.subscriptions.create({
    customer: customerId,
    items: [{ price: prices[0] ?? '' }],
  });
  await stage.putProfile({ userId: sub, stripeCustomerId: customerId });
  await stage.putEntitlement({ cognito_sub: sub, status: 'none', version: 1 });
  // As an invoice of a subscription from the checkout.
  const named = { metadata: { cognito_sub: sub } };
  const deliver = (type = 'invoice.paid', overrides: EventOverrides = {}) =>
    stage.call('stripe-webhook', delivered(stripeEvent(type, { customer: customerId, ...named }, overrides)));
  await deliver();
  stage.calm();
  const changePlan = () =>
    stage.stripe.subscriptions.update(id, {
      items: [{ id: items.data[0]?.id ?? '', price: prices[1] ?? '' }],
    });
  return { sub, subscriptionId: id, deliver, changePlan };
}

const calls = () => stage.wires.stripe.names();

describe('An event of a known customer', () => {
  it('costs one call to Stripe, and two to DynamoDB', async () => {
    const { sub, deliver } = await subscriber();
    expect((await deliver()).statusCode).toBe(200);
    expect(calls()).toEqual([SUBSCRIPTIONS]);
    expect(stage.wires.dynamodb.names()).toEqual(['UpdateItem', 'UpdateItem']);
    expect(await stage.entitlement(sub)).toMatchObject({ features: ['export'], syncs: 2 });
  });

  it('reads the features of a changed plan', async () => {
    const { sub, deliver, changePlan } = await subscriber();
    await changePlan();
    expect((await deliver()).statusCode).toBe(200);
    expect(calls()).toEqual([SUBSCRIPTIONS, FEATURES]);
    expect(await stage.entitlement(sub)).toMatchObject({ features: ['reports'] });
  });

  it('reads the features when they have changed, although a later sync has kept them', async () => {
    const { sub, deliver } = await subscriber();
    const now = Math.floor(Date.now() / 1000);
    const row = await stage.entitlement(sub);
    await stage.putEntitlement({
      ...row,
      features: [],
      synced_at: now - 60,
      subscriptions_synced_at: now + 60,
    });
    expect((await deliver(SUMMARY)).statusCode).toBe(200);
    expect(calls()).toEqual([SUBSCRIPTIONS, FEATURES]);
    expect(await stage.entitlement(sub)).toMatchObject({ features: ['export'] });
  });

  it('ends without a call if the features were read later than it', async () => {
    const { sub, deliver } = await subscriber();
    const now = Math.floor(Date.now() / 1000);
    await stage.putEntitlement({ ...(await stage.entitlement(sub)), synced_at: now + 60 });
    expect((await deliver(SUMMARY)).statusCode).toBe(200);
    expect(calls()).toEqual([]);
  });

  it.each([
    ['none', { features: undefined }],
    ['no record of what they were read for', { features_of: undefined }],
    ['a failed read', { features_unread: true }],
  ])('reads the features of a row with %s', async (_, fields) => {
    const { sub, deliver } = await subscriber();
    const row = { ...(await stage.entitlement(sub)), ...fields };
    await stage.putEntitlement(JSON.parse(JSON.stringify(row)));
    expect((await deliver()).statusCode).toBe(200);
    expect(calls()).toEqual([SUBSCRIPTIONS, FEATURES]);
    expect(await stage.entitlement(sub)).toMatchObject({ features: ['export'] });
  });
});

describe('Twelve events of one payment at the same moment, each in a process of its own', () => {
  // A machine that is busy for a second looks like a process that has died. Then one more reads Stripe.
  it('cost at most three calls to Stripe', { retry: 3 }, async () => {
    const { sub, subscriptionId, deliver } = await subscriber();
    // Starts the processes.
    const others = await Promise.all(Array.from({ length: EVENTS }, () => subscriber()));
    await Promise.all(others.map((other) => other.deliver()));
    stage.calm();
    await stage.stripe.subscriptions.update(subscriptionId, { cancel_at_period_end: true });
    const answers = await Promise.all(Array.from({ length: EVENTS }, () => deliver()));
    expect(answers.map(({ statusCode }) => statusCode)).toEqual(Array.from({ length: EVENTS }, () => 200));
    expect(await stage.entitlement(sub)).toMatchObject({ cancel_at_period_end: true });
    expect(await stage.entitlement(sub)).not.toHaveProperty('lease_id');
    expect(calls().length).toBeLessThanOrEqual(3);
  });
});
