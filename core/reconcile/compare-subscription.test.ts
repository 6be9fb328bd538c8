import { describe, expect, it } from 'vitest';
import { row } from '../../tests/support/rows.ts';
import { DAY, subscription, T0 } from '../../tests/support/subscriptions.ts';
import { project } from '../entitlement/project.ts';
import type { EntitlementRow } from '../entitlement/row.ts';
import { SYNC_MARGIN_SECONDS } from '../sync/sync.ts';
import { compareSubscription, type Difference } from './compare-subscription.ts';

const listed = subscription();
const agreeing = row({
  ...project([listed]).state,
  customerIds: ['cus_a'],
  syncedAt: T0 + 10 * DAY,
});
const SYNCED = T0 + 10 * DAY;
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
      'a row that a sync created and did not confirm',
      { ...agreeing, provisional: true },
      listed,
      'row_differs',
    ],
    [
      'nothing if only the features or the reversal differ, which no listing shows',
      { ...agreeing, features: ['reports'], reversal: 'refunded' },
      listed,
      undefined,
    ],
    [
      'any other subscription of a row without a time of its sync',
      { ...agreeing, syncedAt: null },
      { ...another, status: 'past_due' },
      'subscription_not_synced',
    ],
    [
      'a row that shows no subscription, although it was synced',
      { ...agreeing, subscriptionId: null },
      another,
      'subscription_not_synced',
    ],
    [
      'another subscription that ended at the margin before the last sync',
      agreeing,
      { ...another, status: 'canceled', endedAt: SYNCED - SYNC_MARGIN_SECONDS },
      'subscription_not_synced',
    ],
    [
      'nothing if it ended a second earlier',
      agreeing,
      { ...another, status: 'canceled', endedAt: SYNCED - SYNC_MARGIN_SECONDS - 1 },
      undefined,
    ],
    [
      'another subscription created at the margin before the last sync',
      agreeing,
      { ...another, createdAt: SYNCED - SYNC_MARGIN_SECONDS },
      'subscription_not_synced',
    ],
    [
      'no more than a second live subscription if it was created a second earlier',
      agreeing,
      { ...another, createdAt: SYNCED - SYNC_MARGIN_SECONDS - 1 },
      'two_live_subscriptions',
    ],
    [
      'no more than a second live subscription if a new one ranks lower',
      agreeing,
      { ...another, status: 'past_due', createdAt: SYNCED + DAY },
      'two_live_subscriptions',
    ],
    [
      'nothing if neither of two old subscriptions is alive',
      { ...agreeing, stripeStatus: 'canceled' },
      { ...another, status: 'canceled', endedAt: T0 + 2 * DAY },
      undefined,
    ],
    [
      'nothing if the row’s subscription is of an unknown status and the other has ended',
      { ...agreeing, stripeStatus: null },
      { ...another, status: 'canceled', endedAt: T0 + 2 * DAY },
      undefined,
    ],
    [
      'a live subscription next to one of an unknown status',
      { ...agreeing, stripeStatus: null },
      another,
      'subscription_not_synced',
    ],
    [
      'nothing about a lower-ranked subscription of a customer that the row does not list',
      agreeing,
      { ...another, status: 'canceled', customerId: 'cus_b', endedAt: T0 + 2 * DAY },
      undefined,
    ],
    [
      'a higher-ranked subscription of a customer that the row does not list',
      { ...agreeing, stripeStatus: 'past_due' },
      { ...another, customerId: 'cus_b' },
      'customer_not_synced',
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
