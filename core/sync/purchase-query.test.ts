import { expect, it } from 'vitest';
import { syncRequest } from '../../tests/support/account-world.ts';
import { purchase } from '../../tests/support/one-time.ts';
import { row as rowWith } from '../../tests/support/rows.ts';
import { T0 } from '../../tests/support/subscriptions.ts';
import { stateOfClaims } from '../entitlement/merge-claims.ts';
import { claimsOfPurchases } from '../purchase/claims-of-purchases.ts';
import { mayHavePurchases, purchaseQuery } from './purchase-query.ts';

const { claims } = claimsOfPurchases([purchase()], { known: [], asOf: T0 });
const bare = rowWith({ customerIds: ['cus_1'], purchasesSyncedAt: T0 });
const offered = { ...bare, soldOnceSince: T0 };
const owner = { ...bare, ...stateOfClaims(claims, null) };
let isSoldTo = false;
const reads = (row: typeof bare | undefined, fields = {}, customerIds = ['cus_1']) =>
  purchaseQuery({ request: syncRequest('cus_1', fields), row }, () => isSoldTo).isRead(customerIds);

it('Nothing is read for a user who was never offered anything, whatever has happened', () => {
  for (const fields of [{}, { changedAt: null }, { includesReversal: true }, { customerDeleted: true }]) {
    expect([reads(bare, fields, []), reads(undefined, fields)]).toEqual([false, false]);
  }
  expect([mayHavePurchases(bare), mayHavePurchases(offered), mayHavePurchases(owner)]).toEqual([
    false,
    true,
    true,
  ]);
});

it('What is about a purchase is always read', () => {
  expect([bare, undefined].map((row) => reads(row, { includesPurchases: true }))).toEqual([true, true]);
});

it.each([
  ['an everyday event', {}, false],
  ['a refund or a dispute', { includesReversal: true }, true],
  ['a request of the user, or of reconcile', { changedAt: null }, true],
  ['a customer that was deleted', { customerDeleted: true }, true],
  ['a customer that was re-assigned', { reassigned: true }, true],
])('What a user may have bought is read again for %s: %j, %s', (_, fields, isRead) => {
  expect([reads(offered, fields), reads(owner, fields)]).toEqual([isRead, isRead]);
});

it('It is read again if other customers count, or if an older function has written the row', () => {
  expect(reads(owner, {}, ['cus_1', 'cus_2'])).toBe(true);
  expect(reads(owner, {}, ['cus_2'])).toBe(true);
  expect(reads({ ...owner, purchasesSyncedAt: null })).toBe(true);
});
