import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { row, stateOf } from '../../tests/support/rows.ts';
import { DAY, item, subscription, T0 } from '../../tests/support/subscriptions.ts';
import { nextState, project, type StripeFacts } from './project.ts';
import type { Reversal, SubscriptionState } from './row.ts';

/** Facts of a sync that read only the subscriptions. */
function factsOf(subscriptions: SubscriptionState): StripeFacts {
  const states =
    subscriptions.status === 'none' && subscriptions.subscriptionId === null ? [] : [subscriptions];
  const sold = { by: 'stripe', ids: new Set<string>(), until: 0 } as const;
  return { states, sold, planKeys: {}, features: null, reversals: new Map() };
}

describe('The projection of one subscription', () => {
  it.each([
    ['active', 'active', 'price_base'],
    ['trialing', 'trialing', 'price_base'],
    ['past_due', 'past_due', 'price_base'],
    ['unpaid', 'past_due', 'price_base'],
    ['paused', 'canceled', 'price_base'],
    ['canceled', 'canceled', null],
    ['incomplete', 'none', null],
    ['incomplete_expired', 'none', null],
  ])('maps the Stripe status %s to %s, with the plan %s', (stripeStatus, status, plan) => {
    const {
      states: [state],
      alarms,
    } = project([subscription({ status: stripeStatus })]);
    expect(state).toMatchObject({ status, plan, stripeStatus });
    expect(alarms).toEqual([]);
  });

  it('is the status none and nothing else for a user without subscriptions', () => {
    expect(stateOf([])).toEqual({
      status: 'none',
      plan: null,
      quantity: null,
      addOns: [],
      currentPeriodEnd: null,
      trialExpiresAt: null,
      cancelAtPeriodEnd: null,
      cancelAt: null,
      pastDueSince: null,
      subscriptionId: null,
      stripeStatus: null,
      collectionPaused: false,
      paymentPending: false,
    });
  });

  it.each(['dormant', 'constructor', '__proto__', ''])(
    'gives no access and raises an alarm for the unknown status %j',
    (status) => {
      const {
        states: [state],
        alarms,
      } = project([subscription({ status })]);
      expect(state?.status).toBe('none');
      expect(alarms).toEqual([{ kind: 'unknown_status', subscriptionId: 'sub_a', status }]);
    },
  );
});

describe('The fields of the state', () => {
  it('show a live subscription with its plan and its paid time', () => {
    const live = subscription({
      status: 'trialing',
      trialEnd: T0 + DAY,
      cancelAt: T0 + DAY,
      collectionPaused: true,
      paymentPending: false,
    });
    expect(stateOf([live])).toEqual({
      status: 'trialing',
      plan: 'price_base',
      quantity: 1,
      addOns: [],
      currentPeriodEnd: T0 + 30 * DAY,
      trialExpiresAt: T0 + DAY,
      cancelAtPeriodEnd: false,
      cancelAt: T0 + DAY,
      pastDueSince: null,
      subscriptionId: 'sub_a',
      stripeStatus: 'trialing',
      collectionPaused: true,
      paymentPending: false,
    });
  });

  const over = { trialEnd: T0 + DAY, cancelAtPeriodEnd: true, cancelAt: T0 + DAY, collectionPaused: true };

  it.each([
    ['canceled', 'canceled', T0 + DAY],
    ['incomplete', 'none', null],
    ['incomplete_expired', 'none', null],
  ])('show a subscription in the status %s without a plan and paid time', (status, shown, trialExpiresAt) => {
    const state = {
      status: shown,
      plan: null,
      quantity: null,
      addOns: [],
      currentPeriodEnd: null,
      trialExpiresAt,
      cancelAtPeriodEnd: null,
      cancelAt: null,
      pastDueSince: null,
      subscriptionId: 'sub_a',
      stripeStatus: status,
      collectionPaused: false,
      paymentPending: false,
    };
    const ids = new Set(status === 'canceled' ? ['sub_a', 'price_base'] : []);
    const sold = { by: 'stripe', ids, until: status === 'canceled' ? T0 + 30 * DAY : 0 };
    const projection = { states: [state], sold, planKeys: {}, alarms: [] };
    expect(project([subscription({ ...over, status })])).toEqual(projection);
  });

  it.each(['past_due', 'unpaid'])('show since when a %s subscription is not paid', (status) => {
    expect(stateOf([subscription({ status })]).pastDueSince).toBe(T0);
    const period = { periodStart: T0 + DAY, periodEnd: T0 + 2 * DAY };
    const old = subscription({ status, items: [item({ periodStart: null, periodEnd: null })], ...period });
    expect(stateOf([old])).toMatchObject({
      pastDueSince: T0 + DAY,
      currentPeriodEnd: T0 + 2 * DAY,
    });
    const empty = subscription({ status, items: [], ...period });
    expect(stateOf([empty])).toMatchObject({ plan: null, pastDueSince: T0 + DAY });
  });

  it('show no scheduled end without one, even if the period has none', () => {
    expect(stateOf([subscription({ items: [] })])).toMatchObject({
      cancelAtPeriodEnd: false,
      cancelAt: null,
    });
  });

  it('raise an alarm only for the subscriptions with an unknown status', () => {
    const { alarms } = project([subscription(), subscription({ id: 'sub_b', status: 'dormant' })]);
    expect(alarms).toEqual([{ kind: 'unknown_status', subscriptionId: 'sub_b', status: 'dormant' }]);
  });
});

describe('The projection of several subscriptions', () => {
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
    'prefers %s to %s, whichever is newer',
    (better, worse) => {
      const old = subscription({ id: 'sub_old', status: better, createdAt: T0 - DAY });
      const recent = subscription({ id: 'sub_new', status: worse, createdAt: T0 });
      expect(stateOf([recent, old]).subscriptionId).toBe('sub_old');
    },
  );

  it('failure mode 40: never lets an expired first attempt override the paid subscription', () => {
    const dead = subscription({ id: 'sub_a', status: 'incomplete_expired', createdAt: T0 + DAY });
    const paid = subscription({ id: 'sub_b', items: [item({ priceId: 'price_b' })] });
    expect(stateOf([dead, paid])).toMatchObject({ status: 'active', plan: 'price_b' });
  });

  it('prefers the newest of two with the same status', () => {
    const old = subscription({ id: 'sub_z', createdAt: T0 });
    const recent = subscription({ id: 'sub_a', createdAt: T0 + 1 });
    expect(stateOf([old, recent]).subscriptionId).toBe('sub_a');
  });

  it('never depends on the order of the list', () => {
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
        expect(stateOf(shuffled)).toEqual(stateOf(subscriptions));
      }),
    );
  });
});

describe('The plan of a subscription', () => {
  const base = item({ id: 'si_1', priceId: 'price_base', quantity: 5 });
  const addon = item({ id: 'si_2', priceId: 'price_addon', createdAt: T0 + 1 });
  const metered = item({ id: 'si_3', priceId: 'price_metered', metered: true, quantity: null });

  it.each([[[base, addon, metered]], [[metered, addon, base]], [[addon, metered, base]]])(
    'failure mode 42: is the base price, however the items are ordered',
    (items) => {
      expect(stateOf([subscription({ items })]).plan).toBe('price_base');
    },
  );

  it('is the first of the items that were created together, whatever they cost, and the others are add-ons', () => {
    const support = item({ id: 'si_0', priceId: 'price_support' });
    expect(stateOf([subscription({ items: [base, support, metered] })])).toMatchObject({
      plan: 'price_base',
      quantity: 5,
      addOns: [
        { price: 'price_metered', quantity: null },
        { price: 'price_support', quantity: 1 },
      ],
    });
  });

  it.each([
    ['a tiered plan and an add-on', 'price_base', { role: 'add_on' }, {}],
    ['a plan and a dearer support pack', 'price_base', {}, { role: 'plan' }],
  ] as const)('is what the metadata of the prices say, in any order: %s', (_, plan, first, second) => {
    const others = item({ id: 'si_0', priceId: 'price_support', ...first });
    const items = [others, item({ id: 'si_1', priceId: 'price_base', ...second })];
    for (const order of [items, [...items].reverse()]) {
      expect(stateOf([subscription({ items: order })])).toMatchObject({
        plan,
        addOns: [{ price: 'price_support', quantity: 1 }],
      });
    }
  });

  it('is null for add-ons alone, which are paid until their end', () => {
    const {
      states: [state],
      alarms,
    } = project([subscription({ items: [item({ role: 'add_on' })] })]);
    expect(state).toMatchObject({ status: 'active', plan: null, currentPeriodEnd: T0 + 30 * DAY });
    expect(alarms).toEqual([]);
  });

  it('is not one of another product, whose subscription gives nothing', () => {
    const other = subscription({ id: 'sub_b', items: [item({ role: 'other_product', priceId: 'price_b' })] });
    expect(project([other]).states).toEqual([]);
    expect(project([other, subscription()]).states).toMatchObject([{ subscriptionId: 'sub_a', addOns: [] }]);
    const mixed = subscription({ items: [item(), item({ role: 'other_product', priceId: 'price_b' })] });
    expect(stateOf([mixed])).toMatchObject({ plan: 'price_base', addOns: [] });
  });

  it('is a metered price if there is no other', () => {
    expect(stateOf([subscription({ items: [metered] })]).plan).toBe('price_metered');
  });

  it('is null for a subscription without items, which raises an alarm and does not fail', () => {
    const {
      states: [state],
      alarms,
    } = project([subscription({ items: [] })]);
    expect(state).toMatchObject({ status: 'active', plan: null, currentPeriodEnd: null });
    expect(alarms).toEqual([{ kind: 'missing_period', subscriptionId: 'sub_a', fatal: false }]);
  });
});

describe('The paid time of a subscription', () => {
  it('failure mode 37: is null with a fatal alarm for an item without a period, never 0 or 1970', () => {
    const {
      states: [state],
      alarms,
    } = project([subscription({ items: [item({ periodEnd: null })] })]);
    expect(state?.currentPeriodEnd).toBeNull();
    expect(alarms).toEqual([{ kind: 'missing_period', subscriptionId: 'sub_a', fatal: true }]);
  });

  it('comes from the subscription if its items have no period', () => {
    const old = subscription({ items: [item({ periodEnd: null, periodStart: null })], periodEnd: T0 + 5 });
    expect(stateOf([old]).currentPeriodEnd).toBe(T0 + 5);
  });

  it('failure mode 38: has a scheduled end if either signal says so, and none after it is undone', () => {
    const end = T0 + 30 * DAY;
    expect(stateOf([subscription({ cancelAtPeriodEnd: true })])).toMatchObject({
      cancelAtPeriodEnd: true,
      cancelAt: end,
    });
    expect(stateOf([subscription({ cancelAt: end })])).toMatchObject({
      cancelAtPeriodEnd: true,
      cancelAt: end,
    });
    expect(stateOf([subscription({ cancelAt: T0 + DAY })])).toMatchObject({
      cancelAtPeriodEnd: false,
      cancelAt: T0 + DAY,
    });
    expect(stateOf([subscription()])).toMatchObject({ cancelAtPeriodEnd: false, cancelAt: null });
  });

  it('failure mode 49: keeps the end of a trial that became a paid subscription', () => {
    expect(stateOf([subscription({ trialEnd: T0 - DAY })]).trialExpiresAt).toBe(T0 - DAY);
  });
});

describe('The next state of a row', () => {
  it('keeps a trial that the app granted through a failed attempt to pay', () => {
    const given = row({ status: 'trialing', trialExpiresAt: T0 + DAY });
    const projected = stateOf([subscription({ status: 'incomplete' })]);
    const first = nextState(given, factsOf(projected));
    expect(first).toMatchObject({ status: 'trialing', trialExpiresAt: T0 + DAY, stripeStatus: null });
    expect(first.claims).toMatchObject([
      { source: 'trial' },
      { source: 'stripe', stripeStatus: 'incomplete' },
    ]);
    const again = nextState(row({ ...first }), factsOf(stateOf([])));
    expect(again).toMatchObject({ status: 'trialing', trialExpiresAt: T0 + DAY });
  });

  it('keeps such a trial after it has expired', () => {
    const given = row({ status: 'trial_expired', trialExpiresAt: T0 });
    const kept = { status: 'trial_expired', trialExpiresAt: T0, stripeStatus: null };
    expect(nextState(given, factsOf(stateOf([])))).toMatchObject(kept);
  });

  it('takes no row with a subscription that began for a trial that the app granted', () => {
    const given = row({ status: 'trialing', trialExpiresAt: T0 + DAY, stripeStatus: 'canceled' });
    expect(nextState(given, factsOf(stateOf([])))).toMatchObject({ status: 'none', trialExpiresAt: null });
  });

  it('has the features and the reversal that were read', () => {
    const subscriptions = stateOf([subscription()]);
    const reversed = row({ ...subscriptions, reversal: 'refunded', features: ['old'] });
    for (const given of [undefined, reversed]) {
      const read = (reversal: Reversal | null) =>
        nextState(given, {
          ...factsOf(subscriptions),
          features: ['pro'],
          reversals: new Map([['sub_a', reversal]]),
        });
      for (const reversal of ['dispute_lost', null] as const) {
        const state = { ...subscriptions, reversal };
        const claims = [{ source: 'stripe', ...state }];
        expect(read(reversal)).toEqual({ ...state, features: ['pro'], claims });
      }
    }
  });

  it('keeps the features that were not read, and has none before the first sync', () => {
    const facts = { ...factsOf(stateOf([subscription()])), features: 'not_read' as const };
    expect(nextState(row({ features: ['pro'] }), facts).features).toEqual(['pro']);
    expect(nextState(undefined, facts).features).toBeNull();
  });

  it('keeps a reversal that was not read, for the same period of the same subscription', () => {
    const subscriptions = stateOf([subscription()]);
    const reversalAfter = (fields: Partial<SubscriptionState>) =>
      nextState(row({ ...subscriptions, reversal: 'refunded', ...fields }), factsOf(subscriptions)).reversal;
    expect(reversalAfter({})).toBe('refunded');
    expect(reversalAfter({ subscriptionId: 'sub_0' })).toBeNull();
    expect(reversalAfter({ currentPeriodEnd: T0 })).toBeNull();
    expect(nextState(undefined, factsOf(subscriptions)).reversal).toBeNull();
  });

  it('begins to count past due with the unpaid period', () => {
    const subscriptions = stateOf([subscription({ status: 'past_due' })]);
    const before = row({ ...stateOf([subscription()]) });
    expect(nextState(before, factsOf(subscriptions)).pastDueSince).toBe(T0);
  });

  it('ends a trial that the app granted with the first subscription', () => {
    const given = row({ status: 'trialing', trialExpiresAt: T0 + DAY });
    expect(nextState(given, factsOf(stateOf([subscription()])))).toMatchObject({
      status: 'active',
      trialExpiresAt: null,
    });
  });

  it('has no Stripe trial after Stripe has removed it', () => {
    const ours = row({
      status: 'trialing',
      trialExpiresAt: T0 + DAY,
      plan: 'price_base',
      stripeStatus: 'trialing',
    });
    expect(nextState(ours, factsOf(stateOf([]))).status).toBe('none');
  });

  it('failure mode 50: counts past due from the first unpaid period, which no later one moves', () => {
    const first = nextState(undefined, factsOf(stateOf([subscription({ status: 'past_due' })])));
    expect(first.pastDueSince).toBe(T0);
    const later = subscription({
      status: 'past_due',
      items: [item({ periodStart: T0 + 30 * DAY, periodEnd: T0 + 60 * DAY })],
    });
    expect(nextState(row({ ...first }), factsOf(stateOf([later]))).pastDueSince).toBe(T0);
    const other = { ...later, id: 'sub_b' };
    expect(nextState(row({ ...first }), factsOf(stateOf([other]))).pastDueSince).toBe(T0 + 30 * DAY);
    expect(nextState(row({ ...first }), factsOf(stateOf([subscription()]))).pastDueSince).toBeNull();
  });
});
