import { expect, it } from 'vitest';
import { lifetimeTerms, passTerms, purchase } from '../../tests/support/one-time.ts';
import { row as rowWith } from '../../tests/support/rows.ts';
import { subscription, T0 } from '../../tests/support/subscriptions.ts';
import { mergeClaims, stateOfClaims } from '../entitlement/merge-claims.ts';
import { nextState, project } from '../entitlement/project.ts';
import type { Subscription } from '../subscription/subscription.ts';
import { isBoughtTwice } from './bought-twice.ts';
import { claimsOfPurchases } from './claims-of-purchases.ts';
import type { OneTimePurchase } from './purchase.ts';

function rowOf(purchases: readonly OneTimePurchase[], subscriptions: readonly Subscription[] = []) {
  const { claims } = claimsOfPurchases(purchases, { known: [], asOf: T0 });
  const facts = { ...project(subscriptions), features: null, reversals: new Map(), purchases: claims };
  return rowWith(nextState(undefined, facts));
}
const second = purchase({ sessionId: 'cs_2' });

it.each([
  ['a lifetime', [purchase()], [], false],
  ['two of one lifetime', [purchase(), second], [], true],
  ['two of which one was refunded', [purchase(), { ...second, reversal: 'refunded' }], [], false],
  ['two different ones', [purchase(), { ...second, price: 'price_team' }], [], false],
  ['a subscription that will bill next to a lifetime', [purchase()], [subscription()], true],
  [
    'one that ends with its period next to a lifetime',
    [purchase()],
    [subscription({ cancelAtPeriodEnd: true })],
    false,
  ],
  ['one that has ended next to a lifetime', [purchase()], [subscription({ status: 'canceled' })], false],
  ['a subscription next to a pass', [purchase(passTerms)], [subscription()], false],
  ['a subscription', [], [subscription()], false],
] as const)('%s is paid twice: %j', (_, purchases, subscriptions, isTwice) => {
  expect(isBoughtTwice(rowOf(purchases as readonly OneTimePurchase[], subscriptions))).toBe(isTwice);
});

it('A lifetime of another writer is no purchase', () => {
  const [claim] = claimsOfPurchases([purchase(lifetimeTerms)], { known: [], asOf: T0 }).claims;
  const other =
    claim === undefined
      ? []
      : [
          { ...claim, source: 'grant' as const },
          { ...claim, source: 'grant' as const },
        ];
  const merged = mergeClaims([], { source: 'grant', claims: other, sold: null, begins: false });
  expect(isBoughtTwice(rowWith(stateOfClaims(merged, null)))).toBe(false);
});
