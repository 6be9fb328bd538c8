import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { row } from '../../tests/support/rows.ts';
import { DAY, item, subscription, T0 } from '../../tests/support/subscriptions.ts';
import { nextState, project, type StripeFacts } from './project.ts';
import type { SubscriptionState } from './row.ts';

/** Nothing else was asked of Stripe. */
function found(subscriptions: SubscriptionState): StripeFacts {
  return { subscriptions, features: null, reversal: 'not_read' };
}

describe('each Stripe status gives one status of the row', () => {
  it.each([
    ['active', 'active', 'price_base'],
    ['trialing', 'trialing', 'price_base'],
    ['past_due', 'past_due', 'price_base'],
    ['unpaid', 'past_due', 'price_base'],
    ['paused', 'canceled', 'price_base'],
    ['canceled', 'canceled', null],
    ['incomplete', 'none', null],
    ['incomplete_expired', 'none', null],
  ])('%s → %s, plan %s', (stripeStatus, status, plan) => {
    const { state, alarms } = project([subscription({ status: stripeStatus })]);
    expect(state).toMatchObject({ status, plan, stripeStatus });
    expect(alarms).toEqual([]);
  });

  it('no subscription at all → none, and nothing else', () => {
    expect(project([]).state).toEqual({
      status: 'none',
      plan: null,
      currentPeriodEnd: null,
      trialExpiresAt: null,
      cancelAtPeriodEnd: null,
      cancelAt: null,
      pastDueSince: null,
      subscriptionId: null,
      stripeStatus: null,
      collectionPaused: false,
    });
  });

  it.each(['dormant', 'constructor', '__proto__', ''])(
    'the unknown status %j gives no access and an alarm',
    (status) => {
      const { state, alarms } = project([subscription({ status })]);
      expect(state.status).toBe('none');
      expect(alarms).toEqual([{ kind: 'unknown_status', subscriptionId: 'sub_a', status }]);
    },
  );
});

describe('of several subscriptions the best speaks', () => {
  const ranked = [
    'active',
    'trialing',
    'past_due',
    'unpaid',
    'paused',
    'canceled',
    'incomplete',
    'incomplete_expired',
  ];

  it.each(ranked.slice(1).map((status, index) => [ranked[index] ?? '', status]))(
    '%s before %s, whichever is newer',
    (better, worse) => {
      const old = subscription({ id: 'sub_old', status: better, createdAt: T0 - DAY });
      const recent = subscription({ id: 'sub_new', status: worse, createdAt: T0 });
      expect(project([recent, old]).state.subscriptionId).toBe('sub_old');
    },
  );

  it('failure mode 40: a first attempt that expires takes nothing from the subscription that was paid', () => {
    const dead = subscription({ id: 'sub_a', status: 'incomplete_expired', createdAt: T0 + DAY });
    const paid = subscription({ id: 'sub_b', items: [item({ priceId: 'price_b' })] });
    expect(project([dead, paid]).state).toMatchObject({ status: 'active', plan: 'price_b' });
  });

  it('of equals the newest speaks', () => {
    const old = subscription({ id: 'sub_z', createdAt: T0 });
    const recent = subscription({ id: 'sub_a', createdAt: T0 + 1 });
    expect(project([old, recent]).state.subscriptionId).toBe('sub_a');
  });

  it('the order of the list never matters', () => {
    const status = fc.constantFrom(...ranked, 'dormant');
    const any = fc.record({
      status,
      createdAt: fc.integer({ min: T0, max: T0 + 2 }),
      id: fc.constantFrom('sub_a', 'sub_b', 'sub_c'),
    });
    const lists = fc.uniqueArray(any, { selector: ({ id }) => id, maxLength: 3 });
    fc.assert(
      fc.property(lists, fc.infiniteStream(fc.nat()), (list, picks) => {
        const subscriptions = list.map((overrides) => subscription(overrides));
        const shuffled = [...subscriptions].sort(() => (Number(picks.next().value) % 2) - 0.5);
        expect(project(shuffled).state).toEqual(project(subscriptions).state);
      }),
    );
  });
});

describe('the plan is found by what it is, not by where it stands', () => {
  const base = item({ id: 'si_1', priceId: 'price_base', unitAmount: 990 });
  const addon = item({ id: 'si_2', priceId: 'price_addon', unitAmount: 300 });
  const metered = item({ id: 'si_3', priceId: 'price_metered', unitAmount: 5_000, metered: true });

  it.each([[[base, addon, metered]], [[metered, addon, base]], [[addon, metered, base]]])(
    'failure mode 42: the base price, however the items are ordered',
    (items) => {
      expect(project([subscription({ items })]).state.plan).toBe('price_base');
    },
  );

  it('a metered price alone is the plan', () => {
    expect(project([subscription({ items: [metered] })]).state.plan).toBe('price_metered');
  });

  it('a subscription without items has no plan, and an alarm, but does not fail', () => {
    const { state, alarms } = project([subscription({ items: [] })]);
    expect(state).toMatchObject({ status: 'active', plan: null, currentPeriodEnd: null });
    expect(alarms).toEqual([{ kind: 'missing_period', subscriptionId: 'sub_a', fatal: false }]);
  });
});

describe('paid time', () => {
  it('failure mode 37: an item without a period is an error to tell, never 0 or 1970', () => {
    const { state, alarms } = project([subscription({ items: [item({ periodEnd: null })] })]);
    expect(state.currentPeriodEnd).toBeNull();
    expect(alarms).toEqual([{ kind: 'missing_period', subscriptionId: 'sub_a', fatal: true }]);
  });

  it('the period of the subscription serves where the items have none', () => {
    const old = subscription({ items: [item({ periodEnd: null, periodStart: null })], periodEnd: T0 + 5 });
    expect(project([old]).state.currentPeriodEnd).toBe(T0 + 5);
  });

  it('failure mode 38: either signal is a scheduled end, and both clear when it is undone', () => {
    const end = T0 + 30 * DAY;
    expect(project([subscription({ cancelAtPeriodEnd: true })]).state).toMatchObject({
      cancelAtPeriodEnd: true,
      cancelAt: end,
    });
    expect(project([subscription({ cancelAt: end })]).state).toMatchObject({
      cancelAtPeriodEnd: true,
      cancelAt: end,
    });
    expect(project([subscription({ cancelAt: T0 + DAY })]).state).toMatchObject({
      cancelAtPeriodEnd: false,
      cancelAt: T0 + DAY,
    });
    expect(project([subscription()]).state).toMatchObject({ cancelAtPeriodEnd: false, cancelAt: null });
  });

  it('failure mode 49: that a trial happened stays readable after it turned into a subscription', () => {
    expect(project([subscription({ trialEnd: T0 - DAY })]).state.trialExpiresAt).toBe(T0 - DAY);
  });
});

describe('what is the row’s own', () => {
  it('a trial that the app gave survives an attempt to pay that failed', () => {
    const given = row({ status: 'trialing', trialExpiresAt: T0 + DAY });
    const projected = project([subscription({ status: 'incomplete' })]).state;
    const first = nextState(given, found(projected));
    expect(first).toMatchObject({ status: 'trialing', trialExpiresAt: T0 + DAY, stripeStatus: 'incomplete' });
    const again = nextState(row({ ...first }), found(project([]).state));
    expect(again).toMatchObject({ status: 'trialing', trialExpiresAt: T0 + DAY });
  });

  it('a trial that the app gave ends with the first subscription that began', () => {
    const given = row({ status: 'trialing', trialExpiresAt: T0 + DAY });
    expect(nextState(given, found(project([subscription()]).state))).toMatchObject({
      status: 'active',
      trialExpiresAt: null,
    });
  });

  it('a trial of Stripe’s is gone when it is gone at Stripe', () => {
    const ours = row({
      status: 'trialing',
      trialExpiresAt: T0 + DAY,
      plan: 'price_base',
      stripeStatus: 'trialing',
    });
    expect(nextState(ours, found(project([]).state)).status).toBe('none');
  });

  it('failure mode 50: past due counts from the first period that was not paid, and no later one moves it', () => {
    const first = nextState(undefined, found(project([subscription({ status: 'past_due' })]).state));
    expect(first.pastDueSince).toBe(T0);
    const later = subscription({
      status: 'past_due',
      items: [item({ periodStart: T0 + 30 * DAY, periodEnd: T0 + 60 * DAY })],
    });
    expect(nextState(row({ ...first }), found(project([later]).state)).pastDueSince).toBe(T0);
    const other = { ...later, id: 'sub_b' };
    expect(nextState(row({ ...first }), found(project([other]).state)).pastDueSince).toBe(T0 + 30 * DAY);
    expect(nextState(row({ ...first }), found(project([subscription()]).state)).pastDueSince).toBeNull();
  });
});
