import { describe, expect, it } from 'vitest';
import { row } from '../../tests/support/rows.ts';
import { DAY, subscription, T0 } from '../../tests/support/subscriptions.ts';
import { project } from '../entitlement/project.ts';
import type { EntitlementRow } from '../entitlement/row.ts';
import { compareSubscription, type Difference } from './compare-subscription.ts';

const listed = subscription();
const agreeing = row({
  ...project([listed]).state,
  customerIds: ['cus_a'],
  syncedAt: T0 + 10 * DAY,
});
const another = { ...listed, id: 'sub_b', createdAt: T0 + DAY };

describe('Comparing a row with a listed subscription finds', () => {
  it.each<[string, EntitlementRow | undefined, typeof listed, Difference | undefined]>([
    ['nothing if they agree', agreeing, listed, undefined],
    ['another status', agreeing, { ...listed, status: 'canceled' }, 'row_differs'],
    ['a scheduled cancellation', agreeing, { ...listed, cancelAtPeriodEnd: true }, 'row_differs'],
    ['a live subscription without a row', undefined, listed, 'row_missing'],
    [
      'nothing if a subscription without a row has ended',
      undefined,
      { ...listed, status: 'canceled' },
      undefined,
    ],
    ['a row that was never synced', row(), listed, 'subscription_not_synced'],
    ['a second live subscription', agreeing, another, 'two_live_subscriptions'],
    [
      'nothing if another subscription ended before the last sync',
      agreeing,
      { ...another, status: 'canceled', endedAt: T0 + 2 * DAY },
      undefined,
    ],
    [
      'another subscription that ended after the last sync',
      agreeing,
      { ...another, status: 'canceled', endedAt: T0 + 11 * DAY },
      'subscription_not_synced',
    ],
    [
      'another subscription created after the last sync',
      agreeing,
      { ...another, createdAt: T0 + 11 * DAY },
      'subscription_not_synced',
    ],
    [
      'a subscription that ranks higher than the row’s own',
      { ...agreeing, stripeStatus: 'canceled' },
      another,
      'subscription_not_synced',
    ],
    [
      'a subscription of a customer that the row does not list',
      agreeing,
      { ...another, customerId: 'cus_b' },
      'customer_not_synced',
    ],
  ])('%s', (_, given, subscription, difference) => {
    expect(compareSubscription(given, subscription)).toBe(difference);
  });
});
