import { describe, expect, it } from 'vitest';
import {
  type CheckName,
  checkNames,
  checkOf,
  checks,
  defaultChecks,
  manualChecks,
  parseCheckName,
  storedCheckName,
} from './index.ts';

/** Each check with its reasons, in the order of a run. */
const inOrder: readonly (readonly [CheckName, readonly string[]])[] = [
  ['email_matches', ['customer_email_match', 'customer_email_match_uncertain']],
  ['users', ['user_without_profile', 'customer_missing', 'row_missing']],
  ['former_trials', ['trial_not_recorded']],
  ['events', ['event_not_applied']],
  ['undelivered_events', ['event_undelivered']],
  [
    'profiles',
    [
      'deletion_unfinished',
      'customer_missing',
      'customer_deleted_in_stripe',
      'owner_contradiction',
      'row_missing',
      'index_missing',
    ],
  ],
  [
    'subscriptions',
    [
      'row_differs',
      'row_missing',
      'subscription_not_synced',
      'customer_not_synced',
      'owner_contradiction',
      'two_live_subscriptions',
    ],
  ],
  ['customers', ['customer_without_profile', 'second_customer', 'customer_unnamed']],
  ['reversals', ['reversal_missing']],
  ['store_customers', ['purchases_not_synced', 'stores_unread']],
  ['foreign_rows', ['foreign_row']],
  [
    'rows',
    [
      'profile_missing',
      'row_provisional',
      'features_not_read',
      'foreign_row',
      'period_expired',
      'one_time_differs',
      'bought_twice',
      'purchases_differ',
      'paid_twice',
      'refunded_continues',
      'store_customer_remains',
    ],
  ],
  ['live_rows', ['stripe_differs']],
  ['customer_index', ['index_outdated']],
  ['missing_users', ['user_missing']],
  ['trials', ['trial_not_recorded']],
];

const scheduled: readonly CheckName[] = [
  'undelivered_events',
  'profiles',
  'subscriptions',
  'customers',
  'reversals',
  'store_customers',
  'rows',
  'live_rows',
  'customer_index',
  'missing_users',
];

const optional = ['email_matches', 'users', 'former_trials', 'events', 'foreign_rows', 'trials'];

describe('The checks', () => {
  it('run in an order in which each one can rely on the repairs of the earlier ones', () => {
    expect(checks.map(({ name, reasons }) => [name, Object.keys(reasons)])).toEqual(inOrder);
    expect(checkNames).toEqual(inOrder.map(([name]) => name));
  });

  it('explain each of their reasons, and say when they run if a scheduled run leaves them out', () => {
    for (const { reasons } of checks) {
      for (const text of Object.values(reasons)) {
        expect(text).toEqual({ meaning: expect.stringMatching(/\.$/), repair: expect.stringMatching(/\.$/) });
      }
    }
    const described = checks.flatMap(({ name, optIn }) => (optIn === null ? [] : [[name, optIn !== '']]));
    expect(described).toEqual(optional.map((name) => [name, true]));
  });

  it('of a scheduled run leave out what only a person asks for', () => {
    expect(defaultChecks).toEqual(scheduled);
  });

  it('of a run by hand also look for users who exist only in the pool', () => {
    expect(manualChecks).toEqual(['users', ...scheduled]);
  });

  it('are found by their name, and no other name is a check', () => {
    expect(checkNames.map((name) => checkOf(name).name)).toEqual(checkNames);
    expect(() => checkOf('unheard_of' as CheckName)).toThrow(new TypeError('There is no check unheard_of'));
  });
});

describe('The name of a check', () => {
  it('is read as such, and under the name that version 0.1 gave it', () => {
    expect(checkNames.map(parseCheckName)).toEqual(checkNames);
    for (const name of checkNames) expect(parseCheckName(storedCheckName(name))).toBe(name);
  });

  it('is no other text or value', () => {
    expect(['unheard_of', '', null, undefined, 1].map(parseCheckName)).toEqual(Array(5).fill(undefined));
  });

  it('is saved as the first name that the check had, so that saved progress is found', () => {
    const renamed = checkNames.filter((name) => storedCheckName(name) !== name);
    expect(renamed).toEqual(['email_matches', 'undelivered_events']);
    expect(storedCheckName('undelivered_events')).toBe('undelivered');
    expect(storedCheckName('email_matches')).toBe('lookalikes'); // lint-words: allow (a name of version 0.1)
  });
});
