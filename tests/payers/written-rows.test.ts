/** Rows of other writers with values in forms that no one reads, on the built functions. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { apiEvent } from '../support/api-events.ts';
import { payingCustomer } from '../support/payers.ts';
import { createStage, type Item, type Stage } from '../support/stage.ts';
import { delivered, stripeEvent } from '../support/webhooks.ts';

let stage: Stage;
let price: string;
beforeAll(async () => {
  stage = await createStage({ env: { RECONCILE_STRIPE_SHARE: '1' } });
  const product = await stage.stripe.products.create({ name: 'Pro' });
  const terms = { currency: 'usd', unit_amount: 990, recurring: { interval: 'month' } } as const;
  price = (await stage.stripe.prices.create({ product: product.id, ...terms })).id;
});
afterAll(() => stage.close());
afterEach(() => stage.calm());

/** A user who pays in Stripe, and whose row another writer wrote before any event of Stripe arrived. */
async function payerWith(written: Item) {
  const sub = randomUUID();
  const { customerId, subscriptionId } = await payingCustomer(stage, {
    price,
    metadata: { cognito_sub: sub },
  });
  await stage.putProfile({ userId: sub, stripeCustomerId: customerId });
  await stage.putEntitlement({ cognito_sub: sub, ...written });
  const event = stripeEvent('customer.subscription.updated', { id: subscriptionId, customer: customerId });
  return { sub, sync: async () => (await stage.call('stripe-webhook', delivered(event))).statusCode };
}

const answerTo = async (sub: string) =>
  (await stage.call('entitlements-api', apiEvent('http', { claims: { sub } }))).body;

describe('A sync of a row', () => {
  it.each([
    ['a list', [1_800_000_000]],
    ['an empty list', []],
    ['a map', { seconds: 1_800_000_000 }],
    ['a map with a number that no double holds', { nanos: 1.5 }],
    ['a set of texts', new Set(['2027-01-15'])],
    ['a set of numbers', new Set([1_800_000_000])],
    ['bytes', new Uint8Array([1, 2])],
    ['a boolean', true],
    ['a number with a fraction', 1_800_000_000.25],
  ])('succeeds if another writer stored %s in one of the shared attributes', async (_, value) => {
    for (const name of ['current_period_end', 'trial_expires_at', 'plan', 'status', 'version', 'updatedAt']) {
      const { sub, sync } = await payerWith({ status: 'active', plan: 'monthly_pro', [name]: value });
      expect([name, await sync()]).toEqual([name, 200]);
      expect([name, (await answerTo(sub))['access_granted']]).toEqual([name, true]);
    }
  });
});
