import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { httpEvent } from '../../tests/support/api-events.ts';
import { createStage, type Stage } from '../../tests/support/stage.ts';
import { delivered, stripeEvent } from '../../tests/support/webhooks.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await createStage();
});
afterAll(() => stage.close());
beforeEach(() => stage.calm());

async function priceWith(lookupKeys: readonly string[]): Promise<string> {
  const product = await stage.stripe.products.create({ name: 'Pro' });
  for (const lookup_key of lookupKeys) {
    const feature = await stage.stripe.entitlements.features.create({ name: lookup_key, lookup_key });
    await stage.stripe.products.createFeature(product.id, { entitlement_feature: feature.id });
  }
  const recurring = { interval: 'month' } as const;
  const terms = { product: product.id, currency: 'usd', unit_amount: 990, recurring };
  return (await stage.stripe.prices.create(terms)).id;
}

async function subscriberOf(price: string) {
  const sub = randomUUID();
  const customer = await stage.stripe.customers.create({
    metadata: { cognito_sub: sub },
    payment_method: 'pm_card_visa',
    invoice_settings: { default_payment_method: 'pm_card_visa' },
  });
  const { id } = await stage.stripe.subscriptions.create({ customer: customer.id, items: [{ price }] });
  await stage.putProfile({ userId: sub, stripeCustomerId: customer.id });
  await stage.putEntitlement({ cognito_sub: sub, status: 'none' });
  return { sub, customerId: customer.id, subscriptionId: id };
}

function summaryUpdated(customer: string, entitlements: object) {
  const object = {
    object: 'entitlements.active_entitlement_summary',
    customer,
    livemode: false,
    entitlements,
  };
  return stage.call(
    'stripe-webhook',
    delivered(stripeEvent('entitlements.active_entitlement_summary.updated', object)),
  );
}

async function featuresOf(sub: string): Promise<unknown> {
  const { body } = await stage.call('entitlements-api', httpEvent({ claims: { sub } }));
  return body['features'];
}

const cutShort = { object: 'list', data: [], has_more: true };

describe('features', () => {
  it('failure mode 39: all of them are told, in order, though the event’s list is cut short', async () => {
    const prefix = randomUUID().slice(0, 8);
    const keys = Array.from({ length: 125 }, (_, n) => `${prefix}-${String(n).padStart(3, '0')}`);
    const { sub, customerId } = await subscriberOf(await priceWith([...keys].reverse()));
    expect((await summaryUpdated(customerId, cutShort)).statusCode).toBe(200);
    expect(await featuresOf(sub)).toEqual(keys);
  });

  it('are none for who is entitled to none, and unknown before Stripe was asked', async () => {
    const { sub, customerId } = await subscriberOf(await priceWith([]));
    expect(await featuresOf(sub)).toBeNull();
    await summaryUpdated(customerId, cutShort);
    expect(await featuresOf(sub)).toEqual([]);
  });

  it('end with the access, whatever the row still holds', async () => {
    const key = `key-${randomUUID()}`;
    const { sub, customerId, subscriptionId } = await subscriberOf(await priceWith([key]));
    await summaryUpdated(customerId, cutShort);
    expect(await featuresOf(sub)).toEqual([key]);
    await stage.putEntitlement({ ...(await stage.entitlement(sub)), current_period_end: 1 });
    expect(await featuresOf(sub)).toEqual([]);
    await stage.stripe.subscriptions.cancel(subscriptionId);
    await summaryUpdated(customerId, cutShort);
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'canceled', features: [] });
  });

  it('a key that may not read them costs the features, and never the access', async () => {
    const { sub, customerId } = await subscriberOf(await priceWith([`key-${randomUUID()}`]));
    stage.wires.stripe.fail((call) =>
      call.name.startsWith('GET /v1/entitlements') ? 'forbidden' : undefined,
    );
    expect((await summaryUpdated(customerId, cutShort)).statusCode).toBe(200);
    expect(await featuresOf(sub)).toBeNull();
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'active' });
    expect(stage.logs).toContainEqual(expect.objectContaining({ metric: 'features_unavailable' }));
  });

  it('Stripe’s failure to tell them is no empty list: the event comes again', async () => {
    const { customerId } = await subscriberOf(await priceWith([`key-${randomUUID()}`]));
    stage.wires.stripe.fail((call) =>
      call.name.startsWith('GET /v1/entitlements') ? 'server_error' : undefined,
    );
    expect((await summaryUpdated(customerId, cutShort)).statusCode).toBe(503);
  });
});
