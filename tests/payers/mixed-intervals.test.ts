/** A subscription with two plans that are billed in different intervals, on the built functions. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiEvent } from '../support/api-events.ts';
import { createStage, type Stage } from '../support/stage.ts';
import { delivered, stripeEvent } from '../support/webhooks.ts';

const YEAR = 366 * 86_400;
let stage: Stage;
beforeAll(async () => {
  stage = await createStage({ env: { ACCESS_POLICY: JSON.stringify({ plan_order: ['pro', 'basic'] }) } });
  const product = (await stage.stripe.products.create({ name: 'App' })).id;
  const terms = { product, currency: 'usd', unit_amount: 900 };
  await stage.stripe.prices.create({ ...terms, recurring: { interval: 'year' }, lookup_key: 'basic' });
  await stage.stripe.prices.create({ ...terms, recurring: { interval: 'month' }, lookup_key: 'pro' });
});
afterAll(() => stage.close());

/** A yearly Basic, then a monthly Pro in the same subscription, which has renewed once. */
async function buyer() {
  const sub = randomUUID();
  const card = 'pm_card_visa';
  const { id: customer } = await stage.stripe.customers.create({
    metadata: { cognito_sub: sub },
    payment_method: card,
    invoice_settings: { default_payment_method: card },
  });
  const { data: prices } = await stage.stripe.prices.list({ lookup_keys: ['basic', 'pro'] });
  const items = ['basic', 'pro'].map((key) => ({
    price: prices.find(({ lookup_key }) => lookup_key === key)?.id ?? '',
  }));
  const { id } = await stage.stripe.subscriptions.create({ customer, items });
  const renewed = await fetch(`${stage.stripeUrl}/_simulator/subscriptions/${id}/renew`, { method: 'POST' });
  expect(renewed.status).toBe(200);
  await stage.putProfile({ userId: sub, stripeCustomerId: customer });
  await stage.putEntitlement({ cognito_sub: sub, status: 'none' });
  const deliver = async (type: string) => {
    const event = stripeEvent(type, { id, customer }, { created: Math.floor(Date.now() / 1000) + YEAR });
    expect((await stage.call('stripe-webhook', delivered(event))).statusCode).toBe(200);
    return (await stage.call('entitlements-api', apiEvent('http', { claims: { sub } }))).body;
  };
  const { data: charges } = await stage.stripe.charges.list({ customer });
  return { deliver, charges, pro: items[1]?.price };
}

describe('Of a yearly and a monthly plan in one subscription', () => {
  it('the payment of the higher one decides on a refund', async () => {
    const { deliver, charges, pro } = await buyer();
    expect(await deliver('customer.subscription.updated')).toMatchObject({ plan: pro, access_granted: true });
    expect(charges).toHaveLength(2);
    await stage.stripe.refunds.create({ charge: charges[1]?.id ?? '' });
    expect(await deliver('charge.refunded')).toMatchObject({ access_granted: true });
    await stage.stripe.refunds.create({ charge: charges[0]?.id ?? '' });
    expect(await deliver('charge.refunded')).toMatchObject({
      access_reason: 'lapsed',
      access_granted: false,
    });
  });
});
