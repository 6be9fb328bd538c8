import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accessOf, row } from '../../tests/support/rows.ts';
import { DAY, T0 } from '../../tests/support/subscriptions.ts';
import { answerOf } from './answer.ts';
import { type AccessPolicy, defaultRules } from './policy.ts';
import type { EntitlementRow } from './row.ts';

const HOUR = 3_600;
const policy: AccessPolicy = { renewalGraceSeconds: 72 * HOUR, rules: defaultRules, plans: {} };
const lenient = { ...policy, rules: { ...defaultRules, past_due: { graceSeconds: 7 * DAY } } };

const paid = row({ status: 'active', plan: 'price_a', currentPeriodEnd: T0, stripeStatus: 'active' });
const trial = row({
  status: 'trialing',
  plan: 'price_a',
  trialExpiresAt: T0,
  currentPeriodEnd: T0,
  stripeStatus: 'trialing',
});
const appTrial = row({ status: 'trialing', trialExpiresAt: T0 });
const pastDue = row({
  status: 'past_due',
  stripeStatus: 'past_due',
  pastDueSince: T0,
  currentPeriodEnd: T0 + 30 * DAY,
});

describe('A scheduled end', () => {
  const granting = { ...policy, rules: { ...defaultRules, past_due: 'granted', paused: 'granted' } } as const;
  const paused = row({
    status: 'canceled',
    stripeStatus: 'paused',
    plan: 'price_a',
    currentPeriodEnd: T0 + DAY,
  });
  it.each([
    ['a trial', { ...trial, trialExpiresAt: T0 + 9 * DAY }, 'trial_expired'],
    ['a late payment within its grace', pastDue, 'past_due'],
    ['a pause that a rule grants', paused, 'canceled'],
  ])('ends the access of %s, even if every later webhook is lost', (_, state, reason) => {
    const ending = { ...state, cancelAt: T0 + 2 * DAY };
    for (const rules of [
      granting,
      { ...granting, rules: { ...granting.rules, past_due: { graceSeconds: 9 * DAY } } },
    ]) {
      expect(accessOf(ending, T0 + 2 * DAY - 1, rules).granted).toBe(true);
      expect(accessOf(ending, T0 + 2 * DAY, rules)).toEqual({ granted: false, reason });
    }
  });

  it('shortens the days of a trial that are left', () => {
    const ending = { ...trial, trialExpiresAt: T0 + 9 * DAY, cancelAt: T0 + 2 * DAY };
    expect(answerOf(ending, T0, policy)).toMatchObject({ trial_active: true, trial_days_remaining: 2 });
    expect(answerOf(ending, T0 + 2 * DAY, policy)).toMatchObject({ trial_active: false });
  });
});

describe('Access', () => {
  it.each<[string, EntitlementRow | undefined, number, string, boolean]>([
    ['no row', undefined, T0, 'no_entitlement', false],
    ['none', row(), T0, 'no_entitlement', false],
    ['paid', paid, T0 - 1, 'active_subscription', true],
    ['paid time over, within the renewal grace', paid, T0 + 72 * HOUR - 1, 'active_subscription', true],
    ['paid time over, after the grace', paid, T0 + 72 * HOUR, 'lapsed', false],
    [
      'scheduled to end with the period, which then has no grace',
      { ...paid, cancelAt: T0 },
      T0,
      'lapsed',
      false,
    ],
    ['scheduled to end before the period ends', { ...paid, cancelAt: T0 - DAY }, T0 - DAY, 'lapsed', false],
    [
      'scheduled to end only after more renewals',
      { ...paid, cancelAt: T0 + 180 * DAY },
      T0 + HOUR,
      'active_subscription',
      true,
    ],
    [
      'a trial, scheduled to end only after more renewals',
      { ...trial, cancelAt: T0 + 180 * DAY },
      T0 + HOUR,
      'trial',
      true,
    ],
    ['active without an end, by another writer', row({ status: 'active' }), T0, 'active_subscription', true],
    [
      'active in Stripe without an end',
      row({ status: 'active', stripeStatus: 'active' }),
      T0,
      'lapsed',
      false,
    ],
    ['trial', trial, T0 - 1, 'trial', true],
    ['trial over, within the renewal grace', trial, T0 + HOUR, 'trial', true],
    ['trial over, after the grace', trial, T0 + 72 * HOUR, 'trial_expired', false],
    ['trial over, and canceled for its end', { ...trial, cancelAt: T0 }, T0, 'trial_expired', false],
    ['a trial whose row holds only the period', { ...trial, trialExpiresAt: null }, T0 - 1, 'trial', true],
    ['a trial without any date', row({ status: 'trialing' }), T0, 'trial_expired', false],
    [
      'a trial of a plan without any date',
      row({ status: 'trialing', plan: 'price_a' }),
      T0,
      'trial_expired',
      false,
    ],
    [
      'active until a scheduled end, which alone is known',
      row({ status: 'active', cancelAt: T0 }),
      T0 - 1,
      'active_subscription',
      true,
    ],
    [
      'active, after a scheduled end that alone is known',
      row({ status: 'active', cancelAt: T0 }),
      T0,
      'lapsed',
      false,
    ],
    ['a trial that the app granted', appTrial, T0 - 1, 'trial', true],
    ['a trial that the app granted, over: nothing renews', appTrial, T0, 'trial_expired', false],
    ['past due', pastDue, T0, 'past_due', false],
    ['unpaid', { ...pastDue, stripeStatus: 'unpaid' }, T0, 'past_due', false],
    ['canceled', row({ status: 'canceled', currentPeriodEnd: T0 + DAY }), T0, 'canceled', false],
    [
      'paused',
      row({ status: 'canceled', stripeStatus: 'paused', currentPeriodEnd: T0 + DAY }),
      T0,
      'canceled',
      false,
    ],
    ['trial_expired, by another writer', row({ status: 'trial_expired' }), T0, 'trial_expired', false],
    ['an unknown status', row({ status: 'vip' }), T0, 'no_entitlement', false],
  ])('follows from only the row and the time, for: %s', (_, given, now, reason, granted) => {
    expect(accessOf(given, now, policy)).toEqual({ reason, granted });
  });

  it.each<[string, EntitlementRow, number, string]>([
    ['at its beginning', pastDue, T0, 'past_due_grace'],
    ['within it', pastDue, T0 + 7 * DAY - 1, 'past_due_grace'],
    ['at its end', pastDue, T0 + 7 * DAY, 'past_due'],
    ['for unpaid, which has no grace', { ...pastDue, stripeStatus: 'unpaid' }, T0 + 1, 'past_due'],
    [
      'counted from the end of the paid period if only that is known',
      { ...pastDue, pastDueSince: null, currentPeriodEnd: T0 },
      T0 + 1,
      'past_due_grace',
    ],
    [
      'with a period end in the future, from which no grace can count',
      { ...pastDue, pastDueSince: null },
      T0,
      'past_due',
    ],
  ])(
    'failure mode 50: continues through a fixed grace of 7 days for a past-due user, and no longer: %s',
    (_, given, now, reason) => {
      expect(accessOf(given, now, lenient)).toEqual({ reason, granted: reason === 'past_due_grace' });
    },
  );

  it('is never granted for any other status, nor after the paid time and its grace', () => {
    const seconds = fc.option(fc.integer({ min: T0 - 100 * DAY, max: T0 + 100 * DAY }));
    const status = fc.constantFrom(
      'active',
      'trialing',
      'past_due',
      'canceled',
      'none',
      'trial_expired',
      'odd',
    );
    const rows = fc.record({
      status,
      currentPeriodEnd: seconds,
      trialExpiresAt: seconds,
      cancelAt: seconds,
      pastDueSince: seconds,
    });
    fc.assert(
      fc.property(rows, fc.integer({ min: T0 - 100 * DAY, max: T0 + 100 * DAY }), (overrides, now) => {
        const given = row({ ...overrides, plan: 'price_a' });
        const { granted } = accessOf(given, now, policy);
        const end =
          given.status === 'active'
            ? given.currentPeriodEnd
            : (given.trialExpiresAt ?? given.currentPeriodEnd);
        const paid = given.status === 'active' || given.status === 'trialing';
        const inTime = end === null || now < end + policy.renewalGraceSeconds;
        expect(granted && !(paid && inTime)).toBe(false);
      }),
    );
  });
});

describe('The entitlements answer', () => {
  it('has every field, with null for an unknown value', () => {
    expect(answerOf(undefined, T0, policy)).toEqual({
      status: 'none',
      plan: null,
      quantity: null,
      add_ons: [],
      current_period_end: null,
      trial_expires_at: null,
      trial_active: false,
      trial_started_at: null,
      trial_days_remaining: 0,
      access_granted: false,
      access_reason: 'no_entitlement',
      cancel_at_period_end: null,
      cancel_at: null,
      features: null,
      source: null,
      manage_url: null,
      payment_pending: false,
      updated_at: null,
      billing_notices: [],
    });
  });

  it('shows what the row holds', () => {
    const given = row({
      ...trial,
      trialExpiresAt: T0 + DAY,
      trialStartedAt: '2025-12-25',
      cancelAtPeriodEnd: true,
      cancelAt: T0 + 2 * DAY,
      currentPeriodEnd: T0 + 3 * DAY,
      features: ['pro'],
      updatedAt: '2026-01-01T00:00:00.000Z',
    });
    expect(answerOf(given, T0, policy)).toEqual({
      status: 'trialing',
      plan: 'price_a',
      quantity: null,
      add_ons: [],
      current_period_end: T0 + 3 * DAY,
      trial_expires_at: T0 + DAY,
      trial_active: true,
      trial_started_at: '2025-12-25',
      trial_days_remaining: 1,
      access_granted: true,
      access_reason: 'trial',
      cancel_at_period_end: true,
      cancel_at: T0 + 2 * DAY,
      features: ['pro'],
      source: 'stripe',
      manage_url: null,
      payment_pending: false,
      updated_at: '2026-01-01T00:00:00.000Z',
      billing_notices: [],
    });
  });

  it('has no features without access, and keeps unknown ones unknown', () => {
    const features = (given: EntitlementRow) => answerOf(given, T0, policy).features;
    expect(features({ ...pastDue, features: ['pro'] })).toEqual([]);
    expect(features({ ...pastDue, features: null })).toBeNull();
    expect(features({ ...paid, features: null })).toBeNull();
  });

  it('counts the days of a trial only', () => {
    const days = (given: EntitlementRow) => answerOf(given, T0, policy).trial_days_remaining;
    const later = { trialExpiresAt: T0 + DAY };
    expect(days({ ...paid, ...later })).toBe(0);
    expect(days(row({ status: 'trial_expired', ...later }))).toBe(0);
    expect(days(row({ status: 'trialing' }))).toBe(0);
    expect(days(row({ status: 'trialing', ...later }))).toBe(1);
  });

  it('counts a started day as a whole day, and none after the trial', () => {
    const days = (now: number) => answerOf(trial, now, policy).trial_days_remaining;
    expect([days(T0 - DAY - 1), days(T0 - DAY), days(T0 - 1), days(T0), days(T0 + DAY)]).toEqual([
      2, 1, 1, 0, 0,
    ]);
  });

  it('reports the trial as inactive while the renewal grace still gives access', () => {
    expect(answerOf(trial, T0 + 1, policy)).toMatchObject({
      trial_active: false,
      access_granted: true,
      access_reason: 'trial',
    });
  });

  it('never exposes another writer’s status', () => {
    const given = row({ status: 'trial_expired', trialExpiresAt: T0 - DAY });
    expect(answerOf(given, T0, policy)).toMatchObject({
      status: 'none',
      access_reason: 'trial_expired',
      trial_days_remaining: 0,
    });
  });
});
