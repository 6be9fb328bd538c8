import { describe, expect, it } from 'vitest';
import { purchase, purchasesOf } from '../../tests/support/purchases.ts';
import { row } from '../../tests/support/rows.ts';
import { DAY, T0 } from '../../tests/support/subscriptions.ts';
import { historyWith } from '../entitlement/history.ts';
import { mergeClaims, stateOfClaims } from '../entitlement/merge-claims.ts';
import type { StorePurchase, StorePurchases } from './purchase.ts';
import { reflects } from './reflects.ts';
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

  it('reflects a grace of the store until the day that it shows is over', () => {
    const inGrace = { ...purchasesOf(purchase({ until: T0 - DAY })), asOf: T0 };
    const shown = synced(inGrace);
    const later = { ...inGrace, asOf: T0 + DAY / 2 };
    expect(reflects(shown, later, T0 + DAY / 2)).toBe(true);
    expect(reflects(shown, { ...inGrace, asOf: T0 + DAY }, T0 + DAY)).toBe(false);
  });
});
