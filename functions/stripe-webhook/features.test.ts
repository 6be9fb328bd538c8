import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { recordsIn } from '../../core/system/record.ts';
import { httpEvent } from '../../tests/support/api-events.ts';
import { refusalsOf } from '../../tests/support/refusals.ts';
import { createStage, type Stage } from '../../tests/support/stage.ts';
import { delivered, stripeEvent } from '../../tests/support/webhooks.ts';
import { everyOf } from '../../tests/support/wire.ts';

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

const truncated = { object: 'list', data: [], has_more: true };

describe('Features', () => {
  it('failure mode 39: are all listed, in order, although the event’s list is truncated', async () => {
    const prefix = randomUUID().slice(0, 8);
    const keys = Array.from({ length: 125 }, (_, n) => `${prefix}-${String(n).padStart(3, '0')}`);
    const { sub, customerId } = await subscriberOf(await priceWith([...keys].reverse()));
    expect((await summaryUpdated(customerId, truncated)).statusCode).toBe(200);
    expect(await featuresOf(sub)).toEqual(keys);
  });

  it('are an empty list for a user without any, and null before the first sync', async () => {
    const { sub, customerId } = await subscriberOf(await priceWith([]));
    expect(await featuresOf(sub)).toBeNull();
    await summaryUpdated(customerId, truncated);
    expect(await featuresOf(sub)).toEqual([]);
  });

  it('end with the access, even while the row still holds them', async () => {
    const key = `key-${randomUUID()}`;
    const { sub, customerId, subscriptionId } = await subscriberOf(await priceWith([key]));
    await summaryUpdated(customerId, truncated);
    expect(await featuresOf(sub)).toEqual([key]);
    const row = await stage.entitlement(sub);
    const [last] = recordsIn(Array.isArray(row?.['history']) ? row['history'] : []);
    await stage.putEntitlement({
      ...row,
      current_period_end: 1,
      history: [{ ...last, current_period_end: 1 }],
    });
    expect(await featuresOf(sub)).toEqual([]);
    await stage.stripe.subscriptions.cancel(subscriptionId);
    await summaryUpdated(customerId, truncated);
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'canceled', features: [] });
  });

  it('are unknown without the permission to read them, which never affects access', async () => {
    const { sub, customerId } = await subscriberOf(await priceWith([`key-${randomUUID()}`]));
    stage.wires.stripe.fail((call) =>
      call.name.startsWith('GET /v1/entitlements') ? 'forbidden' : undefined,
    );
    expect((await summaryUpdated(customerId, truncated)).statusCode).toBe(200);
    expect(await featuresOf(sub)).toBeNull();
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'active' });
    expect(stage.logs).toContainEqual(expect.objectContaining({ metric: 'features_unavailable' }));
  });

  it('never keep a user out who has paid: a failed read is answered 503 and redelivered', async () => {
    const { sub, customerId } = await subscriberOf(await priceWith([`key-${randomUUID()}`]));
    stage.wires.stripe.fail((call) =>
      call.name.startsWith('GET /v1/entitlements') ? 'server_error' : undefined,
    );
    expect((await summaryUpdated(customerId, truncated)).statusCode).toBe(503);
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'active' });
  });

  const readsFeatures = 'GET /v1/entitlements/active_entitlements';

  it.each(['throttled', 'hang', 'reset_before'] as const)(
    'never hold up the row of a user who has paid, and are read by the next delivery: %s',
    async (fault) => {
      const key = `key-${randomUUID()}`;
      const { sub, customerId } = await subscriberOf(await priceWith([key]));
      stage.wires.stripe.fail(everyOf(readsFeatures, fault));
      expect((await summaryUpdated(customerId, truncated)).statusCode).toBe(503);
      expect(await stage.entitlement(sub)).toMatchObject({ status: 'active' });
      stage.calm();
      expect((await summaryUpdated(customerId, truncated)).statusCode).toBe(200);
      expect(await featuresOf(sub)).toEqual([key]);
    },
  );

  it('that never answer are asked for once in a delivery, however often its write is lost', async () => {
    const { sub, customerId } = await subscriberOf(await priceWith([`key-${randomUUID()}`]));
    stage.wires.stripe.fail((call) => {
      if (call.name !== readsFeatures) return undefined;
      // Another writer changes the row while the features are awaited.
      void stage.putEntitlement({ cognito_sub: sub, status: 'none', version: 7 });
      return 'hang';
    });
    expect((await summaryUpdated(customerId, truncated)).statusCode).toBe(503);
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'active' });
    // The library itself has repeated the request within its time.
    const lists = stage.wires.stripe.names().filter((name) => name === 'GET /v1/subscriptions');
    expect(lists).toHaveLength(2);
  });

  it('that Stripe refuses stay unknown: the delivery is done, and an alarm names the reason', async () => {
    const { sub, customerId } = await subscriberOf(await priceWith([`key-${randomUUID()}`]));
    const stripe = refusalsOf(stage);
    await stripe.refuse(readsFeatures, { code: 'a_code_of_tomorrow', message: 'No.' });
    const from = stage.logs.length;
    expect((await summaryUpdated(customerId, truncated)).statusCode).toBe(200);
    await stripe.calm();
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'active' });
    expect(await featuresOf(sub)).toBeNull();
    const lines = stage.logs.slice(from);
    expect(lines).toContainEqual(expect.objectContaining({ metric: 'features_unavailable' }));
    expect(lines).toContainEqual(expect.objectContaining({ metric: 'request_refused' }));
  });
});
