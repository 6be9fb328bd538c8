import { describe, expect, it } from 'vitest';
import { purchase, purchasesOf } from '../../tests/support/purchases.ts';
import { row } from '../../tests/support/rows.ts';
import { DAY, T0 } from '../../tests/support/subscriptions.ts';
import { claimsOf } from '../entitlement/claims.ts';
import { mergeClaims, stateOfClaims } from '../entitlement/merge-claims.ts';
import type { EntitlementRow } from '../entitlement/row.ts';
import type { StorePurchase } from './purchase.ts';
import { statementOf } from './sync-stores.ts';

const END = T0 + 20 * DAY;

const merged = (before: EntitlementRow, ...purchases: readonly StorePurchase[]) =>
  mergeClaims(claimsOf(before), statementOf(before, purchasesOf(...purchases), T0)).map(
    ({ source, plan, currentPeriodEnd }) => [source, plan, currentPeriodEnd],
  );

/** The row that another payer's webhook in the app has written. */
const byWebhook = row({ status: 'active', plan: 'monthly_pro', currentPeriodEnd: END });

describe('What a store has sold', () => {
  it('replaces what other code has copied from it', () => {
    expect(merged(byWebhook, purchase({ until: END }))).toEqual([['revenuecat', 'monthly_pro', END]]);
    const over = purchase({ until: END, givesAccess: false, phase: 'over', billsAgain: false });
    expect(merged(byWebhook, over)).toEqual([['revenuecat', null, END]]);
  });

  it('keeps what lasts longer than anything it has sold, or is about something else', () => {
    const refunded = purchase({ until: T0, givesAccess: false, phase: 'over', billsAgain: false });
    expect(merged(byWebhook, refunded)).toContainEqual(['other_writer', 'monthly_pro', END]);
    expect(merged(row({ ...byWebhook, plan: 'press' }), purchase({ until: END }))).toContainEqual([
      'other_writer',
      'press',
      END,
    ]);
  });

  it('keeps what a person has set without an end, whatever product it names', () => {
    const byHand = row({ status: 'active', plan: 'monthly_pro' });
    const over = purchase({ givesAccess: false, phase: 'over', billsAgain: false });
    expect(merged(byHand, over)).toContainEqual(['other_writer', 'monthly_pro', null]);
    expect(merged(byHand, purchase())).toContainEqual(['other_writer', 'monthly_pro', null]);
  });

  it('never takes a price of Stripe for a copy of its own', () => {
    const byPython = row({ status: 'active', plan: 'price_a', currentPeriodEnd: null });
    expect(merged(byPython, purchase())).toContainEqual(['other_writer', 'price_a', null]);
  });

  it('is every purchase and its product, until the latest end of any', () => {
    const sold = (...purchases: readonly StorePurchase[]) =>
      statementOf(undefined, purchasesOf(...purchases), T0).sold;
    const nameless = purchase({ id: 'sub2', productId: null, until: END + 1 });
    expect(sold(purchase({ until: END }), nameless)).toEqual({
      by: 'revenuecat',
      ids: new Set(['sub1', 'monthly_pro', 'sub2']),
      until: END + 1,
    });
    const owned = purchase({ id: 'sub2', phase: 'owned', until: null });
    expect(sold(purchase(), owned)?.until).toBe(Number.POSITIVE_INFINITY);
    expect(sold()).toEqual({ by: 'revenuecat', ids: new Set(), until: 0 });
  });

  it('begins once, so that a later read ends no trial that was given since', () => {
    const statement = statementOf(undefined, purchasesOf(purchase()), T0);
    const shown = row(stateOfClaims(mergeClaims([], statement), null));
    expect(statement.begins).toBe(true);
    expect(statementOf(shown, purchasesOf(purchase()), T0).begins).toBe(false);
    expect(statementOf(shown, purchasesOf(purchase(), purchase({ id: 'sub2' })), T0).begins).toBe(true);
  });

  it('ends the trial of the app when it begins, and not before', () => {
    const onTrial = row({ status: 'trialing', trialExpiresAt: T0 + 5 * DAY });
    expect(merged(onTrial).map(([source]) => source)).toEqual(['trial']);
    const over = purchase({ givesAccess: false, phase: 'over', billsAgain: false });
    expect(merged(onTrial, over).map(([source]) => source)).toContain('trial');
    const promotion = purchase({ store: 'promotional', billsAgain: false });
    expect(merged(onTrial, promotion).map(([source]) => source)).toContain('trial');
    expect(merged(onTrial, purchase()).map(([source]) => source)).toEqual(['revenuecat']);
  });
});
