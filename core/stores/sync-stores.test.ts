import { describe, expect, it } from 'vitest';
import { purchase, purchasesOf } from '../../tests/support/purchases.ts';
import { row } from '../../tests/support/rows.ts';
import { DAY, T0 } from '../../tests/support/subscriptions.ts';
import { claimsOf } from '../entitlement/claims.ts';
import { mergeClaims } from '../entitlement/merge-claims.ts';
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
