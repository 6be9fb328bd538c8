import { describe, expect, it } from 'vitest';
import { purchase, purchasesOf, withoutIds } from '../../tests/support/purchases.ts';
import { row } from '../../tests/support/rows.ts';
import { DAY, T0 } from '../../tests/support/subscriptions.ts';
import { historyWith } from '../entitlement/history.ts';
import { mergeClaims, stateOfClaims } from '../entitlement/merge-claims.ts';
import type { StorePurchase, StorePurchases } from './purchase.ts';
import { hasPurchase, reflects } from './reflects.ts';
import { statementOf } from './sync-stores.ts';

/** The row after a sync that read these purchases. */
function synced(read: StorePurchases) {
  const state = stateOfClaims(mergeClaims([], statementOf(undefined, read, T0)), null);
  return row({ ...state, history: historyWith(undefined, state, { at: T0, by: 'event' }) });
}

const bought = purchase();

describe('A row', () => {
  it('reflects what its last sync has read', () => {
    const read = purchasesOf(bought, purchase({ id: 'sub2', phase: 'trial' }));
    expect(reflects(synced(read), read, T0)).toBe(true);
  });

  it.each<[string, Partial<StorePurchase>]>([
    ['was renewed', { until: T0 + 50 * DAY }],
    ['was canceled', { ends: true, billsAgain: false }],
    ['was refunded', { givesAccess: false, phase: 'over', billsAgain: false }],
    ['is managed elsewhere', { manageUrl: null }],
    ['unlocks more', { features: ['plus', 'pro'] }],
    ['is of another product', { productId: 'yearly_pro' }],
  ])('does not reflect a purchase that %s since then', (_, change) => {
    expect(reflects(synced(purchasesOf(bought)), purchasesOf(purchase(change)), T0)).toBe(false);
  });

  it('does not reflect one that is new, or no longer known', () => {
    const other = purchase({ id: 'sub2' });
    expect(reflects(synced(purchasesOf(bought)), purchasesOf(bought, other), T0)).toBe(false);
    expect(reflects(synced(purchasesOf(bought, other)), purchasesOf(bought), T0)).toBe(false);
    expect(reflects(synced(purchasesOf(bought)), purchasesOf(other), T0)).toBe(false);
  });

  it('without any reflects a user who has none, or only ones that are over', () => {
    const over = purchase({ givesAccess: false, phase: 'over', billsAgain: false });
    expect(reflects(row({}), purchasesOf(), T0)).toBe(true);
    expect(reflects(row({}), purchasesOf(over), T0)).toBe(true);
    expect(reflects(undefined, purchasesOf(over), T0)).toBe(true);
    expect(reflects(row({}), purchasesOf(bought), T0)).toBe(false);
    const paused = purchase({ givesAccess: false, phase: 'paused' });
    expect(reflects(row({}), purchasesOf(paused), T0)).toBe(false);
  });

  it('does not reflect another state of one of several', () => {
    const [first, second] = [purchase(), purchase({ id: 'sub2' })];
    const renewed = purchase({ id: 'sub2', until: T0 + 50 * DAY });
    const shown = synced(purchasesOf(first, second));
    expect(reflects(shown, purchasesOf(first, renewed), T0)).toBe(false);
    expect(reflects(shown, purchasesOf({ ...renewed, id: 'sub1' }, second), T0)).toBe(false);
  });

  it.each<[string, Partial<StorePurchase>]>([
    ['ends', { ends: true, billsAgain: false }],
    ['is a trial that ends', { phase: 'trial', ends: true, billsAgain: false }],
    ['is paused', { givesAccess: false, phase: 'paused' }],
  ])('without any does not reflect a purchase that %s', (_, fields) => {
    expect(reflects(row({}), purchasesOf(purchase(fields)), T0)).toBe(false);
  });

  it.each<[string, Partial<StorePurchase>]>([
    ['was renewed', { until: T0 + 20 * DAY }],
    ['is owned forever', { until: null, phase: 'owned' }],
  ])('that shows a grace does not reflect that the purchase %s', (_, change) => {
    const inGrace = purchase({ until: T0 - DAY });
    const shown = synced(purchasesOf(inGrace));
    expect(reflects(shown, purchasesOf({ ...inGrace, ...change }), T0)).toBe(false);
  });

  it('reflects a grace by the end of that purchase, and not of another', () => {
    const inGrace = purchase({ id: 'sub2', until: T0 - DAY });
    const shown = synced({ ...purchasesOf(bought, inGrace), asOf: T0 - 60 });
    expect(reflects(shown, purchasesOf(bought, inGrace), T0)).toBe(true);
  });

  it('reflects a grace that begins at this moment, if the end that it shows is not later', () => {
    const shown = synced({ ...purchasesOf(purchase({ until: T0 - 60 })), asOf: T0 - 30 });
    expect(reflects(shown, purchasesOf(purchase({ until: T0 })), T0)).toBe(true);
  });

  it('with a claim whose id other code has removed reflects nothing, and shows no purchase once it is over', () => {
    const claims = withoutIds(synced(purchasesOf(bought)).claims);
    const nameless = row({ claims, status: 'active', plan: 'monthly_pro' });
    expect(reflects(nameless, purchasesOf(bought), T0)).toBe(false);
    expect(statementOf(nameless, purchasesOf(bought), T0).begins).toBe(true);
    expect(hasPurchase(nameless)).toBe(true);
    const over = claims.map((claim) => ({ ...claim, status: 'canceled' }));
    expect(hasPurchase(row({ claims: over }))).toBe(false);
  });

  it('reflects a grace of the store until the day that it shows is over', () => {
    const inGrace = { ...purchasesOf(purchase({ until: T0 - DAY })), asOf: T0 };
    const shown = synced(inGrace);
    const later = { ...inGrace, asOf: T0 + DAY / 2 };
    expect(reflects(shown, later, T0 + DAY / 2)).toBe(true);
    expect(reflects(shown, { ...inGrace, asOf: T0 + DAY }, T0 + DAY)).toBe(false);
  });
});
