import { describe, expect, it } from 'vitest';
import { purchase } from '../../tests/support/purchases.ts';
import { row } from '../../tests/support/rows.ts';
import { DAY, T0 } from '../../tests/support/subscriptions.ts';
import { type Claim, emptySubscriptionState } from '../entitlement/row.ts';
import { claimsOfPurchases } from '../stores/claims-of-purchases.ts';
import type { StorePurchase } from '../stores/purchase.ts';
import { isPaidTwice } from './paid-twice.ts';

const until = T0 + 30 * DAY;
const written: Claim = {
  ...emptySubscriptionState,
  source: 'other_writer',
  status: 'active',
  plan: 'press',
  currentPeriodEnd: until,
  reversal: null,
};
const inStripe: Claim = { ...written, source: 'stripe', plan: 'price_a', stripeStatus: 'active' };

function claimsIn(...bought: readonly StorePurchase[]): readonly Claim[] {
  return claimsOfPurchases({ known: true, purchases: bought, asOf: T0 }, T0);
}

/** As a sync has written it. */
function paid(claims: readonly Claim[], platform: string | null = null): boolean {
  const [first] = claims;
  if (first === undefined) return isPaidTwice(row(), T0);
  const { source: _, origin: __, blankEnd: ___, ...after } = first;
  const change = { at: T0, by: 'evt', before: { status: 'none', plan: null }, after };
  return isPaidTwice(row({ ...after, status: 'active', platform, claims, history: [change] }), T0);
}

describe('Of what other code wrote in addition to a purchase in a store', () => {
  it.each([
    ['without a store', null, true],
    ['with a name that is no store', 'website', true],
    ['with a store, of which RevenueCat knows', 'ios', false],
    ['as a copy of RevenueCat', 'revenuecat', false],
  ])('a claim %s counts as a payer or not', (_, platform, expected) => {
    expect(paid([...claimsIn(purchase({ store: 'play_store' })), written], platform)).toBe(expected);
  });

  it('a claim with a store counts in addition to Stripe, and alone is one payer', () => {
    for (const platform of [null, 'ios', 'revenuecat']) {
      expect(paid([inStripe, written], platform)).toBe(true);
      expect(paid([written], platform)).toBe(false);
    }
  });
});

describe('One payer', () => {
  it.each<[string, readonly Claim[]]>([
    ['no one', []],
    ['Stripe with two subscriptions', [inStripe, { ...inStripe, subscriptionId: 'sub_2' }]],
    ['a store with two', claimsIn(purchase(), purchase({ id: 'sub2' }))],
    ['Stripe and a grant', [inStripe, { ...written, source: 'grant' }]],
    ['Stripe and a trial', [inStripe, { ...written, source: 'trial', status: 'trialing', plan: null }]],
    ['Stripe that ends, and a store', [{ ...inStripe, cancelAt: until }, ...claimsIn(purchase())]],
    [
      'a store, and Stripe that is over',
      [...claimsIn(purchase()), { ...inStripe, stripeStatus: 'canceled' }],
    ],
  ])('is no second one: %s', (_, claims) => {
    expect(paid(claims)).toBe(false);
  });
});
