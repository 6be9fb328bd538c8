/** One-time purchases for tests of the decisions, and on the worlds of the simulation. */
import type { OneTimePurchase, SoldTerms } from '../../core/purchase/purchase.ts';
import { putSale } from '../../simulation/worlds/sales.ts';
import type { Sale, StripeWorld } from '../../simulation/worlds/stripe.ts';
import { T0 } from './subscriptions.ts';

export const lifetimeTerms: SoldTerms = {
  price: 'price_lifetime',
  keys: ['lifetime', 'prod_pro'],
  quantity: 1,
  access: { kind: 'lifetime' },
  features: [],
};

export const passTerms: SoldTerms = {
  ...lifetimeTerms,
  price: 'price_pass',
  keys: ['pass', 'prod_pass'],
  access: { kind: 'days', days: 30 },
};

export const featureTerms: SoldTerms = {
  ...lifetimeTerms,
  price: 'price_credits',
  keys: ['prod_credits'],
  access: null,
  features: ['credits_10'],
};

export function purchase(fields: Partial<OneTimePurchase> = {}): OneTimePurchase {
  return {
    ...lifetimeTerms,
    sessionId: 'cs_1',
    state: 'paid',
    chargedAt: T0,
    isExact: true,
    reversal: null,
    stamp: { sub: 'ann', poolId: 'eu-west-1_Tests' },
    ...fields,
  };
}

/** Sells something to a customer of the world, paid at once. */
export function addSale(
  world: StripeWorld,
  of: { readonly sub: string; readonly customerId: string },
  fields: Partial<Sale> = {},
): Sale {
  const { nowMs } = world.timeline;
  const sale = {
    sessionId: `cs_sale_${world.sales.size + 1}`,
    ...of,
    poolId: 'eu-west-1_Tests',
    terms: lifetimeTerms,
    chargedMs: nowMs,
    paidMs: nowMs,
    isFailed: false,
    reversal: null,
    isRefundedByService: false,
    ...fields,
  };
  putSale(world, sale, 'checkout.session.completed');
  return sale;
}
