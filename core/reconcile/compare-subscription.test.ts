import { describe, expect, it } from 'vitest';
import { row, stateOf } from '../../tests/support/rows.ts';
import { DAY, item, subscription, T0 } from '../../tests/support/subscriptions.ts';
import { nextState, project } from '../entitlement/project.ts';
import type { EntitlementRow } from '../entitlement/row.ts';
import { accessStateOf } from '../entitlement/state-fields.ts';
import { MAX_SUBSCRIPTIONS } from '../subscription/select.ts';
import { SYNC_MARGIN_SECONDS } from '../sync/includes.ts';
import { compareSubscription, type Difference } from './compare-subscription.ts';

const listed = subscription();
const agreeing = row({
  ...stateOf([listed]),
  customerIds: ['cus_a'],
  syncedAt: T0 + 10 * DAY,
});
const SYNCED = T0 + 10 * DAY;
const another = { ...listed, id: 'sub_b', createdAt: T0 + DAY };
const unknown = { ...listed, status: 'dormant' };

/** What a sync of these subscriptions wrote. */
const synced = (...own: (typeof listed)[]): EntitlementRow => {
  const facts = { ...project(own), features: null, reversals: new Map() };
  return row({ ...nextState(undefined, facts), customerIds: ['cus_a'], syncedAt: SYNCED });
};

/** This many live subscriptions. */
const many = (count: number): (typeof listed)[] =>
  Array.from({ length: count }, (_, index) => ({ ...listed, id: `sub_${index}` }));

/** The same row after another writer has set it to active. */
const changedByOther = (given: EntitlementRow): EntitlementRow => ({
  ...given,
  status: 'active',
  plan: 'monthly_pro',
  currentPeriodEnd: null,
  history: [
    {
      at: SYNCED,
      by: 'reconcile',
      before: { status: 'none', plan: null },
      after: accessStateOf(given),
    },
  ],
});

const pastDue = { ...listed, status: 'past_due' };

describe('Comparing a row with a listed subscription finds', () => {
  it.each<[string, EntitlementRow | undefined, typeof listed, Difference | undefined]>([
    ['nothing if they agree', agreeing, listed, undefined],
    [
      'nothing in a live subscription to another product, also without a row',
      undefined,
      { ...listed, items: [item({ role: 'other_product' })] },
      undefined,
    ],
    [
      'a subscription of the row whose price is called another product’s by now',
      agreeing,
      { ...listed, items: [item({ role: 'other_product' })] },
      'row_differs',
    ],
    [
      'another lookup key of the price',
      row({ ...agreeing, planKeys: { price_base: ['old', 'prod_a'] } }),
      { ...listed, items: [item({ keys: ['new', 'prod_a'] })] },
      'row_differs',
    ],
    [
      'a row that a version without keys wrote',
      agreeing,
      { ...listed, items: [item({ keys: ['prod_a'] })] },
      'row_differs',
    ],
    [
      'nothing in the same keys',
      row({ ...agreeing, planKeys: { price_base: ['new', 'prod_a'], price_other: ['other'] } }),
      { ...listed, items: [item({ keys: ['new', 'prod_a'] })] },
      undefined,
    ],
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
    ['a second live subscription', synced(listed, another), listed, 'two_live_subscriptions'],
    ['no second one in the listing of the one that decides', synced(listed, another), another, undefined],
    [
      'another state of a second live subscription',
      synced(listed, another),
      { ...listed, collectionPaused: true },
      'row_differs',
    ],
    ['a live subscription that the row does not show', agreeing, another, 'subscription_not_synced'],
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
      'another one that never began, created at the margin before the last sync',
      synced({ ...listed, status: 'incomplete' }),
      { ...another, status: 'incomplete', createdAt: SYNCED - SYNC_MARGIN_SECONDS },
      'subscription_not_synced',
    ],
    [
      'nothing if another one that never began was created a second earlier',
      synced({ ...listed, status: 'incomplete' }),
      { ...another, status: 'incomplete', createdAt: SYNCED - SYNC_MARGIN_SECONDS - 1 },
      undefined,
    ],
    [
      'nothing if a new one that never began ranks lower',
      agreeing,
      { ...another, status: 'incomplete', createdAt: SYNCED + DAY },
      undefined,
    ],
    [
      'nothing if neither of two old subscriptions is alive',
      { ...agreeing, stripeStatus: 'canceled' },
      { ...another, status: 'canceled', endedAt: T0 + 2 * DAY },
      undefined,
    ],
    [
      'nothing if the row’s subscription is of an unknown status and the other has ended',
      synced(unknown),
      { ...another, status: 'canceled', endedAt: T0 + 2 * DAY },
      undefined,
    ],
    [
      'a live subscription next to one of an unknown status',
      synced(unknown),
      another,
      'subscription_not_synced',
    ],
    [
      'nothing in another product’s subscription that the row does not show',
      agreeing,
      { ...another, items: [item({ role: 'other_product' })] },
      undefined,
    ],
    [
      'nothing if the row shows that its subscription has ended',
      synced({ ...listed, status: 'canceled' }),
      { ...listed, status: 'canceled' },
      undefined,
    ],
    [
      'any subscription of a row that was synced before there was one',
      row({ customerIds: ['cus_a'], syncedAt: SYNCED }),
      another,
      'subscription_not_synced',
    ],
    [
      'an attempt to pay next to the subscription of a row without a time of its sync',
      { ...agreeing, syncedAt: null },
      { ...another, status: 'incomplete' },
      'subscription_not_synced',
    ],
    [
      'a live subscription that ranks lower than the row’s own',
      agreeing,
      { ...another, status: 'past_due' },
      'subscription_not_synced',
    ],
    [
      'a subscription that has ended, if the row’s own never began',
      synced({ ...listed, status: 'incomplete' }),
      { ...another, status: 'canceled', endedAt: T0 + 2 * DAY },
      'subscription_not_synced',
    ],
    [
      'a live subscription that the row has no place left for',
      synced(...many(MAX_SUBSCRIPTIONS)),
      another,
      'two_live_subscriptions',
    ],
    [
      'a live subscription that the row has one place left for',
      synced(...many(MAX_SUBSCRIPTIONS - 1)),
      another,
      'subscription_not_synced',
    ],
    [
      'nothing if a subscription has ended that a full row does not show',
      synced(...many(MAX_SUBSCRIPTIONS)),
      { ...another, status: 'canceled', endedAt: T0 + 2 * DAY },
      undefined,
    ],
    [
      'nothing if another writer says more than the same subscription',
      changedByOther(synced(pastDue)),
      pastDue,
      undefined,
    ],
    [
      'another state of the subscription under what another writer says',
      changedByOther(synced(pastDue)),
      listed,
      'row_differs',
    ],
    [
      'a live subscription that ranks as the row’s own, under what another writer says',
      changedByOther(synced(pastDue)),
      { ...another, status: 'past_due', customerId: 'cus_b' },
      'customer_not_synced',
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
