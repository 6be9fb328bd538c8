/** Purchases in app stores, as RevenueCat reports them. */
import type { Claim } from '../../core/entitlement/row.ts';
import type { StorePurchase, StorePurchases } from '../../core/stores/purchase.ts';
import { DAY, T0 } from './subscriptions.ts';

/** A monthly subscription in the App Store that renews in 20 days. */
export function purchase(fields: Partial<StorePurchase> = {}): StorePurchase {
  return {
    id: 'sub1',
    productId: 'monthly_pro',
    store: 'app_store',
    givesAccess: true,
    phase: 'paid',
    until: T0 + 20 * DAY,
    ends: false,
    billsAgain: true,
    manageUrl: 'https://apps.apple.com/account/subscriptions',
    features: ['pro'],
    ...fields,
  };
}

/** What RevenueCat answers at T0. */
export function purchasesOf(...purchases: readonly StorePurchase[]): StorePurchases {
  return { known: true, purchases, asOf: T0 };
}

/** Claims whose ids other code has removed from the row. */
export function withoutIds(claims: readonly Claim[]): readonly Claim[] {
  return claims.map((claim) => {
    const { origin: _, ...rest } = claim;
    return rest;
  });
}
