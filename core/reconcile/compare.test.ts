import { describe, expect, it } from 'vitest';
import { row } from '../../tests/support/rows.ts';
import { DAY, subscription, T0 } from '../../tests/support/subscriptions.ts';
import { project } from '../entitlement/project.ts';
import type { EntitlementRow } from '../entitlement/row.ts';
import { compare, type Difference } from './compare.ts';

const listed = subscription();
const agreeing = row({
  ...project([listed]).state,
  customerIds: ['cus_a'],
  syncedAt: T0 + 10 * DAY,
});
const another = { ...listed, id: 'sub_b', createdAt: T0 + DAY };

describe('a row and a listed subscription', () => {
  it.each<[string, EntitlementRow | undefined, typeof listed, Difference | undefined]>([
    ['agree', agreeing, listed, undefined],
    ['differ in the status', agreeing, { ...listed, status: 'canceled' }, 'row_differs'],
    ['differ in a scheduled end', agreeing, { ...listed, cancelAtPeriodEnd: true }, 'row_differs'],
    ['no row, and it lives', undefined, listed, 'row_missing'],
    ['no row, and it has ended', undefined, { ...listed, status: 'canceled' }, undefined],
    ['a row that was never synced', row(), listed, 'subscription_unseen'],
    ['another one that lives too', agreeing, another, 'two_live_subscriptions'],
    ['one of long ago', agreeing, { ...another, status: 'canceled', endedAt: T0 + 2 * DAY }, undefined],
    [
      'one that ended since',
      agreeing,
      { ...another, status: 'canceled', endedAt: T0 + 11 * DAY },
      'subscription_unseen',
    ],
    ['one begun since', agreeing, { ...another, createdAt: T0 + 11 * DAY }, 'subscription_unseen'],
    ['a better one', { ...agreeing, stripeStatus: 'canceled' }, another, 'subscription_unseen'],
    [
      'of a customer that the row has not seen',
      agreeing,
      { ...another, customerId: 'cus_b' },
      'customer_unseen',
    ],
  ])('%s', (_, given, subscription, difference) => {
    expect(compare(given, subscription)).toBe(difference);
  });
});
