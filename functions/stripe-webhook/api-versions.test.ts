import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createStage, type Item, type Stage } from '../../tests/support/stage.ts';
import { delivered, stripeEvent } from '../../tests/support/webhooks.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await createStage();
});
afterAll(() => stage.close());

/** Returns the synced row of a subscriber with two items and a scheduled end, with Stripe answering in this version. */
async function rowAt(version: string): Promise<Item> {
  stage.wires.stripe.setHeader('stripe-version', version);
  const sub = randomUUID();
  const { stripe } = stage;
  const customer = await stripe.customers.create({
    metadata: { cognito_sub: sub },
    payment_method: 'pm_card_visa',
    invoice_settings: { default_payment_method: 'pm_card_visa' },
  });
  const product = await stripe.products.create({ name: 'Pro' });
  const price = async (unit_amount: number, metadata: Record<string, string> = {}) => {
    const made = await stripe.prices.create({
      product: product.id,
      currency: 'usd',
      unit_amount,
      metadata,
      recurring: { interval: 'month' },
    });
    return made.id;
  };
  const [base, addon] = [await price(990), await price(100, { predixa_role: 'add_on' })];
  const subscription = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: addon }, { price: base }],
    trial_period_days: 7,
  });
  await stripe.subscriptions.update(subscription.id, { cancel_at_period_end: true });
  await stage.putProfile({ userId: sub, stripeCustomerId: customer.id });
  await stage.putEntitlement({ cognito_sub: sub, status: 'none', version: 1 });
  const event = stripeEvent('customer.subscription.updated', { id: subscription.id, customer: customer.id });
  await stage.call('stripe-webhook', delivered(event));
  const row = (await stage.entitlement(sub)) ?? {};
  expect(row).toMatchObject({
    plan: base,
    current_period_end: subscription.items.data[0]?.current_period_end,
  });
  return row;
}

describe('failure mode 36: the synced row', () => {
  it.each(['2023-10-16', '2025-02-24.acacia', '2025-03-31.basil', '2026-10-28.endive'])(
    'is the same in the API version %s',
    async (version) => {
      expect(await rowAt(version)).toMatchObject({
        status: 'trialing',
        stripe_status: 'trialing',
        trial_expires_at: expect.any(Number),
        cancel_at_period_end: true,
        cancel_at: expect.any(Number),
      });
    },
  );
});
