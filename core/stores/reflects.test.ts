import { describe, expect, it } from 'vitest';
import { purchase, purchasesOf, withoutIds } from '../../tests/support/purchases.ts';
import { row } from '../../tests/support/rows.ts';
import { DAY, T0 } from '../../tests/support/subscriptions.ts';
import { historyWith } from '../entitlement/history.ts';
import { mergeClaims, stateOfClaims } from '../entitlement/merge-claims.ts';
import { readTime } from './claims-of-purchases.ts';
import type { StorePurchase, StorePurchases } from './purchase.ts';
import { hasPurchase, reflectionOf } from './reflects.ts';
import { statementOf } from './sync-stores.ts';

/** The row after a sync that read these purchases. */
function synced(read: StorePurchases, nowSeconds = T0) {
  const state = stateOfClaims(mergeClaims([], statementOf(undefined, read, nowSeconds)), null);
  const history = historyWith(undefined, state, { at: T0, by: 'event' });
  return row({ ...state, history, storesSyncedAt: readTime(read, nowSeconds) });
}

const bought = purchase();

const reflects = (...args: Parameters<typeof reflectionOf>) => reflectionOf(...args) !== 'differs';

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

  it('does not reflect that the paid time ended later than its last sync read', () => {
    const shown = synced({ ...purchasesOf(purchase({ until: T0 - 60 })), asOf: T0 - 30 });
    expect(reflects(shown, purchasesOf(purchase({ until: T0 })), T0)).toBe(false);
  });

  it.each<[string, Partial<StorePurchase>]>([
    ['a payment failed, and the store lets the user in for a grace', { until: T0 + DAY }],
    ['the payment failed at the moment of the last sync', { until: T0 }],
    ['the purchase ends, and the store grants more', { until: T0 + DAY, ends: true, billsAgain: false }],
  ])('whose paid time ends within a day does not reflect that %s', (_, change) => {
    const read = { ...purchasesOf(purchase(change)), asOf: T0 + 19.5 * DAY };
    expect(reflects(synced(purchasesOf(bought)), read, T0 + 19.5 * DAY)).toBe(false);
  });

  it.each<[string, Partial<StorePurchase>]>([
    ['is a subscription', {}],
    ['is a trial', { phase: 'trial' }],
    ['is in a phase that this version does not know', { phase: 'paid', store: null, billsAgain: false }],
    ['was paused and gives access', { phase: 'paused', ends: true }],
    ['was bought once', { phase: 'paid', ends: true, billsAgain: false, manageUrl: null }],
  ])('reflects a purchase that %s and gives access without an end, until its day is over', (_, fields) => {
    const read = { ...purchasesOf(purchase({ until: null, ...fields })), asOf: T0 };
    const shown = synced(read);
    expect(reflects(shown, { ...read, asOf: T0 + 3_600 }, T0 + 3_600)).toBe(true);
    expect(reflects(shown, { ...read, asOf: T0 + DAY - 1 }, T0 + DAY - 1)).toBe(true);
    expect(reflects(shown, { ...read, asOf: T0 + DAY }, T0 + DAY)).toBe(false);
    const ended = purchasesOf(purchase({ ...fields, until: T0 + 3_600 }));
    expect(reflects(shown, { ...ended, asOf: T0 + 60 }, T0 + 60)).toBe(false);
  });

  it.each<[string, number | null]>([
    ['has no time', null],
    ['is of a clock that is far ahead', T0 + 3 * DAY],
  ])('reflects a grace that it shows from a read that %s', (_, asOf) => {
    const inGrace = { ...purchasesOf(purchase({ until: T0 - DAY })), asOf };
    expect(reflects(synced(inGrace), { ...inGrace, asOf: T0 + 60 }, T0 + 60)).toBe(true);
    expect(reflects(synced(inGrace), { ...inGrace, asOf }, T0 + 60)).toBe(true);
  });

  it('of an earlier version, which kept no time of its last sync, reflects no grace', () => {
    const inGrace = purchasesOf(purchase({ until: T0 - DAY }));
    const shown = { ...synced(inGrace), storesSyncedAt: null };
    expect(reflects(shown, { ...inGrace, asOf: T0 + 60 }, T0 + 60)).toBe(false);
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

  it('ends soon once less than three quarters of a day are left of an end that no store has set', () => {
    const read = purchasesOf(purchase({ until: null }), purchase({ id: 'sub2' }));
    const shown = synced(read);
    const at = (seconds: number) => reflectionOf(shown, { ...read, asOf: T0 + seconds }, T0 + seconds);
    expect([at(0), at(DAY / 4), at(DAY / 4 + 1), at(DAY - 1), at(DAY)]).toEqual([
      'shown',
      'shown',
      'ends_soon',
      'ends_soon',
      'differs',
    ]);
    const renewed = purchasesOf(purchase({ until: null }), purchase({ id: 'sub2', until: T0 + 50 * DAY }));
    expect(reflectionOf(shown, { ...renewed, asOf: T0 + DAY / 2 }, T0 + DAY / 2)).toBe('differs');
  });
});
