/** Functions of a version before features were kept, which run at the same time in a gradual deployment or after a roll-back. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createStage, type Stage } from '../../tests/support/stage.ts';
import { delivered, type EventOverrides, stripeEvent } from '../../tests/support/webhooks.ts';

const SUBSCRIPTIONS = 'GET /v1/subscriptions';
const FEATURES = 'GET /v1/entitlements/active_entitlements';
const SUMMARY = 'entitlements.active_entitlement_summary.updated';
const MARGIN_SECONDS = 3;

let stage: Stage;
let price: string;

beforeAll(async () => {
  stage = await createStage();
  const product = await stage.stripe.products.create({ name: 'Pro' });
  const feature = await stage.stripe.entitlements.features.create({ name: 'Export', lookup_key: 'export' });
  await stage.stripe.products.createFeature(product.id, { entitlement_feature: feature.id });
  const terms = { product: product.id, currency: 'usd', unit_amount: 990 } as const;
  price = (await stage.stripe.prices.create({ ...terms, recurring: { interval: 'month' } })).id;
});
afterAll(() => stage.close());
beforeEach(() => stage.calm());

async function subscriber() {
  const sub = randomUUID();
  const { id: customer } = await stage.stripe.customers.create({
    metadata: { cognito_sub: sub },
    payment_method: 'pm_card_visa',
    invoice_settings: { default_payment_method: 'pm_card_visa' },
  });
  await stage.stripe.subscriptions.create({ customer, items: [{ price }] });
  await stage.putProfile({ userId: sub, stripeCustomerId: customer });
  await stage.putEntitlement({ cognito_sub: sub, status: 'none', version: 1 });
  const object = { customer, metadata: { cognito_sub: sub } };
  const deliver = (type = 'invoice.paid', overrides: EventOverrides = {}) =>
    stage.call('stripe-webhook', delivered(stripeEvent(type, object, overrides)));
  await deliver();
  stage.calm();
  const row = async () => (await stage.entitlement(sub)) ?? {};
  // What an older function knows of goes into the row, and the rest stays.
  const olderWrites = async (fields: Readonly<Record<string, unknown>>) => {
    const before = await row();
    await stage.putEntitlement({ ...before, ...fields, version: Number(before['version']) + 1 });
  };
  return { sub, deliver, row, olderWrites };
}

const calls = () => stage.wires.stripe.names();
const nowSeconds = () => Math.floor(Date.now() / 1000);

describe('An event after an older function has written the row', () => {
  it('reads the features again, because those of the row may be of another plan', async () => {
    const { deliver, row, olderWrites } = await subscriber();
    // The plan has changed, and has changed back since.
    await olderWrites({ features: ['of-another-plan'] });
    expect((await deliver()).statusCode).toBe(200);
    expect(calls()).toEqual([SUBSCRIPTIONS, FEATURES]);
    expect(await row()).toMatchObject({ features: ['export'] });
    stage.calm();
    await deliver();
    expect(calls()).toEqual([SUBSCRIPTIONS]);
  });

  it('keeps the features after a grant or another write of this version', async () => {
    const { deliver, row } = await subscriber();
    await deliver();
    stage.calm();
    await deliver();
    expect(calls()).toEqual([SUBSCRIPTIONS]);
    expect(await row()).toMatchObject({ features: ['export'] });
  });

  it('is not skipped if that function could not read the features and wants the event again', async () => {
    const { deliver, row, olderWrites } = await subscriber();
    const created = nowSeconds() - 60;
    await stage.putEntitlement({ ...(await row()), subscriptions_synced_at: created + 30 });
    await olderWrites({ features: ['old'], features_unread: true, synced_at: undefined });
    expect((await deliver('invoice.paid', { created })).statusCode).toBe(200);
    expect(await row()).toMatchObject({ features: ['export'] });
    expect(await row()).not.toHaveProperty('features_unread');
  });
});

describe('The time up to which an older function skips events', () => {
  it('stays before every event about features that a sync has not read', async () => {
    const { deliver, row } = await subscriber();
    const longAgo = nowSeconds() - 3_600;
    await stage.putEntitlement({ ...(await row()), synced_at: longAgo });
    await deliver();
    expect(calls()).toEqual([SUBSCRIPTIONS]);
    expect(await row()).toMatchObject({ synced_at: longAgo });
    expect((await row())['subscriptions_synced_at']).toBeGreaterThan(longAgo);
  });

  it('is that of the newest sync if it has read the features', async () => {
    const { deliver, row } = await subscriber();
    const longAgo = nowSeconds() - 3_600;
    await stage.putEntitlement({
      ...(await row()),
      synced_at: longAgo,
      subscriptions_synced_at: longAgo + 60,
    });
    await deliver(SUMMARY);
    expect((await row())['synced_at']).toBeGreaterThan(longAgo);
    expect(await row()).not.toHaveProperty('subscriptions_synced_at');
  });
});

describe('A row that an older function wrote last', () => {
  it.each(['invoice.paid', SUMMARY])('includes an earlier %s without a call to Stripe', async (type) => {
    const { deliver, row } = await subscriber();
    const created = nowSeconds() - 60;
    const { features_of: _of, features_version: _version, syncs: _syncs, ...older } = await row();
    await stage.putEntitlement({ ...older, synced_at: created + MARGIN_SECONDS + 1 });
    expect((await deliver(type, { created })).statusCode).toBe(200);
    expect(calls()).toEqual([]);
  });
});
