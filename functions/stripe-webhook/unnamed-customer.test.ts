/** A customer whose metadata were edited away in the Dashboard: the own tables know whose it is. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { apiEvent } from '../../tests/support/api-events.ts';
import { createStage, type Stage } from '../../tests/support/stage.ts';
import { delivered } from '../../tests/support/webhooks.ts';

let stage: Stage;
let priceId: string;
beforeAll(async () => {
  stage = await createStage();
  const product = await stage.stripe.products.create({ name: 'Pro' });
  const recurring = { interval: 'month' } as const;
  const price = { product: product.id, currency: 'usd', unit_amount: 990, recurring };
  ({ id: priceId } = await stage.stripe.prices.create(price));
});
afterEach(() => stage.calm());
afterAll(() => stage.close());

async function addUser(profile: object = {}): Promise<string> {
  const sub = randomUUID();
  await stage.putProfile({ userId: sub, ...profile });
  await stage.putEntitlement({ cognito_sub: sub, status: 'none', version: 1 });
  return sub;
}

async function addCustomer(metadata: Record<string, string>): Promise<string> {
  const { id } = await stage.stripe.customers.create({
    metadata,
    payment_method: 'pm_card_visa',
    invoice_settings: { default_payment_method: 'pm_card_visa' },
  });
  return id;
}

/** Delivers the newest event of the type, in the form in which Stripe sends it. */
async function deliverNewest(type: string): Promise<number> {
  const { data } = await stage.stripe.events.list({ type, limit: 1 });
  stage.calm();
  return (await stage.call('stripe-webhook', delivered(data[0] ?? {}))).statusCode;
}

/** Syncs the user through another function, so that the webhook remembers nothing of the customer. */
async function syncOf(sub: string): Promise<void> {
  const claims = { sub, token_use: 'id' };
  const event = apiEvent('http', { method: 'POST', path: '/me/entitlements/sync', claims });
  expect((await stage.call('checkout', event)).statusCode).toBe(200);
}

/** A subscriber whose row lists the customer, of which no subscription names anyone. */
async function subscriber() {
  const customerId = await addCustomer({});
  const sub = await addUser({ stripeCustomerId: customerId });
  await stage.stripe.customers.update(customerId, { metadata: { cognito_sub: sub } });
  const { id: subscriptionId } = await stage.stripe.subscriptions.create({
    customer: customerId,
    items: [{ price: priceId }],
  });
  await syncOf(sub);
  expect(await stage.entitlement(sub)).toMatchObject({ status: 'active' });
  return { sub, customerId, subscriptionId };
}

const eraseName = (customerId: string) =>
  stage.stripe.customers.update(customerId, { metadata: { cognito_sub: '' } });
const metadataOf = async (customerId: string) =>
  (await stage.stripe.customers.retrieve(customerId)) as { readonly metadata?: Record<string, string> };
const metrics = () => stage.logs.map(({ metric }) => metric);

describe('A customer whose metadata were edited away', () => {
  it('failure mode: loses the access of a subscription that is canceled afterwards', async () => {
    const { sub, customerId, subscriptionId } = await subscriber();
    await eraseName(customerId);
    await stage.stripe.subscriptions.cancel(subscriptionId);
    expect(await deliverNewest('customer.subscription.deleted')).toBe(200);
    expect(await stage.entitlement(sub)).toMatchObject({ status: 'canceled' });
    expect(await metadataOf(customerId)).toMatchObject({
      metadata: { cognito_sub: sub, cognito_user_pool: stage.poolId },
    });
    expect(stage.logs).toContainEqual(
      expect.objectContaining({ metric: 'customer_name_restored', customer_id: customerId, user_id: sub }),
    );
  });
});
