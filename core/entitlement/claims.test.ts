import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { row } from '../../tests/support/rows.ts';
import { DAY, subscription, T0 } from '../../tests/support/subscriptions.ts';
import { access } from './access.ts';
import { claimsOf, inOrder, isForeign, subscriptionsIn } from './claims.ts';
import { historyWith } from './history.ts';
import { type AccessPolicy, defaultRules } from './policy.ts';
import { nextState, project } from './project.ts';
import type { Claim, EntitlementRow, Reversal } from './row.ts';
import { accessStateOf } from './state-fields.ts';

const policy: AccessPolicy = { renewalGraceSeconds: 3 * DAY, rules: defaultRules, plans: {} };
const older = subscription({ id: 'sub_old', createdAt: T0 - DAY });
const newer = subscription({ id: 'sub_new', createdAt: T0 });
const noEnd = { currentPeriodEnd: null } as const;
const onPhone = { status: 'active', plan: 'monthly_pro', currentPeriodEnd: T0 + 20 * DAY } as const;

/** The row after a sync that found these subscriptions. */
function synced(
  own: readonly ReturnType<typeof subscription>[],
  { before, reversed = {} }: { before?: EntitlementRow; reversed?: Readonly<Record<string, Reversal>> } = {},
): EntitlementRow {
  const { states, sold, planKeys } = project(own);
  const state = nextState(before, {
    states,
    sold,
    planKeys,
    features: null,
    reversals: new Map(Object.entries(reversed)),
  });
  return row({ ...state, syncedAt: T0, history: historyWith(before, state, { at: T0, by: 'evt_1' }) });
}

const granted = (given: EntitlementRow, at = T0 + DAY) => access(claimsOf(given), at, policy).granted;

describe('Access through several subscriptions', () => {
  it('lasts while one of them is paid, although the newer one was refunded and ends', () => {
    const given = synced([older, { ...newer, cancelAtPeriodEnd: true }], {
      reversed: { sub_new: 'refunded' },
    });
    expect(given).toMatchObject({ subscriptionId: 'sub_old', reversal: null });
    expect(granted(given)).toBe(true);
  });

  it.each([
    ['is paused', { status: 'paused' }],
    ['collects no payment', { collectionPaused: true }],
    ['ends in an hour', { cancelAt: T0 + 3_600 }],
    ['was not renewed', { items: [{ ...newer.items[0], periodEnd: T0 - 9 * DAY }] }],
    ['is past due', { status: 'past_due' }],
  ])('does not end because the newer one %s', (_, change) => {
    const strict = { ...policy, rules: { ...defaultRules, collection_paused: 'denied' as const } };
    const given = synced([older, subscription({ ...newer, ...change } as object)]);
    const decision = access(claimsOf(given), T0 + DAY, strict);
    expect(decision).toMatchObject({ granted: true, by: { subscriptionId: 'sub_old' } });
  });

  it('keeps the reversal and the end of the paid time of each of them', () => {
    const late = { ...newer, status: 'past_due' };
    const first = synced([older, late], { reversed: { sub_old: 'dispute_open' } });
    const renewed = subscription({ ...late, items: [{ ...late.items[0], periodStart: T0 + DAY }] } as object);
    const claims = claimsOf(synced([older, renewed], { before: first }));
    expect(claims).toMatchObject([
      { subscriptionId: 'sub_old', reversal: 'dispute_open' },
      { subscriptionId: 'sub_new', pastDueSince: T0 },
    ]);
  });

  it('is shown by the one that lasts longest', () => {
    const soon = { ...newer, cancelAt: T0 + 2 * DAY };
    expect(synced([soon, older]).subscriptionId).toBe('sub_old');
  });
});

describe('What another writer put into a row', () => {
  it('is a claim in addition to those of Stripe, before and after a sync keeps it', () => {
    const canceled = synced([{ ...newer, status: 'canceled' }]);
    const overwritten = { ...canceled, ...onPhone };
    for (const given of [overwritten, synced([{ ...newer, status: 'canceled' }], { before: overwritten })]) {
      expect(claimsOf(given)).toMatchObject([
        { source: 'other_writer', ...onPhone },
        { source: 'stripe', status: 'canceled' },
      ]);
      expect(granted(given)).toBe(true);
      expect(granted(given, T0 + 24 * DAY)).toBe(false);
    }
  });

  it('takes no access away that Stripe gives', () => {
    for (const status of ['canceled', 'inactive', 'none', 'past_due']) {
      const given = { ...synced([newer]), status, plan: 'monthly_pro', currentPeriodEnd: T0 - DAY };
      expect(claimsOf(given)[0]).toMatchObject({ source: 'stripe', subscriptionId: 'sub_new' });
      expect(granted(given)).toBe(true);
    }
  });

  it('replaces what was written there before', () => {
    const first = synced([], { before: row(onPhone) });
    expect(claimsOf(first)).toMatchObject([onPhone]);
    expect(claimsOf({ ...first, status: 'inactive', plan: null, currentPeriodEnd: null })).toMatchObject([
      { source: 'other_writer', status: 'inactive' },
    ]);
    expect(claimsOf({ ...first, status: 'none', plan: null, currentPeriodEnd: null })).toEqual([]);
  });

  it('has the plan that the same writer changes it to', () => {
    const first = synced([], { before: row(onPhone) });
    expect(claimsOf({ ...first, plan: 'yearly_pro' })).toMatchObject([{ ...onPhone, plan: 'yearly_pro' }]);
  });

  it('says nothing if it copies a price or a subscription that Stripe has sold, until the same end or without one', () => {
    const ended = { ...newer, status: 'canceled' };
    const copies = [
      { plan: 'price_base' },
      { subscriptionId: 'sub_new' },
      { plan: 'price_former', ...noEnd },
    ];
    for (const copied of copies) {
      const given = row({ ...onPhone, plan: 'pro', ...copied });
      expect(granted(given)).toBe(true);
      expect(synced([ended], { before: given })).toMatchObject({ status: 'canceled', plan: null });
    }
    expect(claimsOf({ ...synced([newer]), currentPeriodEnd: T0 + DAY })).toHaveLength(1);
  });

  it('counts with the plan of a subscription that ended before, or that was never paid', () => {
    const again = { ...onPhone, plan: 'price_base', currentPeriodEnd: T0 + 60 * DAY };
    for (const status of ['canceled', 'incomplete_expired']) {
      const given = synced([{ ...newer, status }], { before: { ...synced([newer]), ...again } });
      expect(granted(given)).toBe(true);
    }
  });

  it('continues what the same writer said before if it leaves the plan as it is', () => {
    const before = { ...synced([newer]), ...onPhone };
    const both = synced([newer], { before });
    expect(both).toMatchObject({ plan: 'price_base' });
    const renewed = { ...both, status: 'active', currentPeriodEnd: T0 + 90 * DAY };
    const ended = synced([{ ...newer, status: 'canceled' }], { before: renewed });
    expect(claimsOf(ended)[0]).toMatchObject({ ...onPhone, currentPeriodEnd: T0 + 90 * DAY });
  });

  it('has the plan that the same writer changes it to, although Stripe’s was shown', () => {
    const both = synced([newer], { before: { ...synced([newer]), ...onPhone } });
    expect(both).toMatchObject({ plan: 'price_base' });
    const yearly = { status: 'active', plan: 'yearly_pro', currentPeriodEnd: T0 + 300 * DAY };
    expect(claimsOf({ ...both, ...yearly })).toMatchObject([
      { source: 'other_writer', ...yearly },
      { source: 'stripe', plan: 'price_base' },
    ]);
  });

  it('gives no access if no one can read its end, and does not hide what Stripe gives', () => {
    const given = { ...row({ status: 'active', plan: 'monthly_pro' }), unreadable: true };
    expect(granted(given)).toBe(false);
    expect(granted(synced([newer], { before: given }))).toBe(true);
    const kept = synced([], { before: given });
    expect(kept).toMatchObject({ status: 'active', unreadable: true });
    expect(granted(kept)).toBe(false);
    const corrected = { ...kept, currentPeriodEnd: T0 + 9 * DAY, unreadable: false };
    expect(granted(corrected)).toBe(true);
  });

  it('ends if an end that no one can read replaces none', () => {
    const endless = synced([{ ...newer, status: 'canceled' }], {
      before: row({ status: 'active', plan: 'vip' }),
    });
    expect(granted(endless, T0 + 900 * DAY)).toBe(true);
    expect(granted({ ...endless, unreadable: true }, T0 + 900 * DAY)).toBe(false);
  });

  it('does not hide a late payment once it is over', () => {
    const late = { ...newer, status: 'past_due' };
    const over = { ...onPhone, currentPeriodEnd: T0 - 100 * DAY };
    const decision = access(claimsOf(synced([late], { before: row(over) })), T0 + DAY, policy);
    expect(decision).toMatchObject({ granted: false, reason: 'past_due', by: { source: 'stripe' } });
  });

  it('counts without an end if it has none', () => {
    expect(granted(row({ status: 'active' }), T0 + 9_999 * DAY)).toBe(true);
    expect(granted(synced([], { before: row({ status: 'active', plan: 'vip' }) }), T0 + 9_999 * DAY)).toBe(
      true,
    );
  });

  it('is foreign until a sync keeps it, and again when it changes', () => {
    const given = row(onPhone);
    const kept = synced([], { before: given });
    expect([given, kept, { ...kept, currentPeriodEnd: T0 }].map(isForeign)).toEqual([true, false, true]);
    expect([row(), synced([newer]), { ...synced([newer]), status: 'none' }].map(isForeign)).toEqual([
      false,
      false,
      false,
    ]);
  });
});

describe('A trial that the app granted', () => {
  const trial = row({ status: 'trialing', trialExpiresAt: T0 + 9 * DAY });

  it('counts if it is given after a subscription, and not after the next one begins', () => {
    const ended = { ...newer, status: 'canceled' };
    const given = { ...synced([ended]), status: 'trialing', trialExpiresAt: T0 + 14 * DAY };
    expect(granted(given)).toBe(true);
    const kept = synced([ended], { before: given });
    expect(granted(synced([ended], { before: kept }))).toBe(true);
    const again = { ...older, status: 'canceled', createdAt: T0 + DAY };
    expect(granted(synced([again], { before: kept }))).toBe(false);
  });

  it('ends with a payment that completes an attempt', () => {
    const attempt = synced([{ ...newer, status: 'incomplete' }], { before: trial });
    expect(claimsOf(synced([newer], { before: attempt }))).toMatchObject([{ source: 'stripe' }]);
  });

  it('is not ended by a status that no one knows', () => {
    expect(granted(synced([{ ...newer, status: 'dormant' }], { before: trial }))).toBe(true);
  });

  it('is a claim of its own, until something is bought', () => {
    expect(claimsOf(trial)).toMatchObject([{ source: 'trial' }]);
    expect(synced([{ ...newer, status: 'incomplete' }], { before: trial }).claims).toMatchObject([
      { source: 'trial', trialExpiresAt: T0 + 9 * DAY },
      { source: 'stripe', stripeStatus: 'incomplete' },
    ]);
    expect(claimsOf(synced([newer], { before: trial }))).toMatchObject([{ source: 'stripe' }]);
  });
});

describe('The claims of a row', () => {
  it('include every subscription that it shows or has shown', () => {
    const first = synced([older, newer]);
    const second = synced([subscription({ id: 'sub_next' })], { before: first });
    expect([...new Set(subscriptionsIn(second))].sort()).toEqual(['sub_new', 'sub_next', 'sub_old']);
  });

  it('of a single subscription need not be stored: the row says the same', () => {
    const given = synced([newer]);
    expect(claimsOf({ ...given, claims: [] })).toMatchObject(given.claims);
  });

  it('do not count if a former version has written another state since', () => {
    const kept = synced([newer], { before: row(onPhone) });
    const after = { ...accessStateOf(kept), status: 'canceled', stripeStatus: 'canceled', plan: null };
    const history = [...kept.history, { at: T0, by: 'evt_2', before: kept, after }];
    const given = { ...kept, ...after, currentPeriodEnd: kept.currentPeriodEnd, history };
    expect(claimsOf(given).filter(({ source }) => source === 'stripe')).toMatchObject([
      { status: 'canceled' },
    ]);
  });

  const claims = fc.array(
    fc.record({
      source: fc.constantFrom('stripe', 'trial', 'other_writer'),
      status: fc.constantFrom('active', 'trialing', 'past_due', 'canceled', 'trial_expired', 'odd'),
      plan: fc.constantFrom(null, 'pro'),
      end: fc.constantFrom(null, T0 - DAY, T0 + DAY, T0 + 30 * DAY),
      reversal: fc.constantFrom<Reversal | null>(null, 'refunded', 'dispute_open'),
    }),
    { maxLength: 5 },
  );

  it('together give access at exactly the moments at which one of them does', () => {
    fc.assert(
      fc.property(claims, fc.integer({ min: -2, max: 40 }), (drawn, day) => {
        const all = drawn.map(({ end, ...fields }): Claim => {
          const stripeStatus = fields.source === 'stripe' ? fields.status : null;
          const order = { cancelAtPeriodEnd: null, quantity: null, addOns: [] };
          const times = { currentPeriodEnd: end, trialExpiresAt: end };
          return { ...accessStateOf(row()), ...fields, ...times, ...order, stripeStatus };
        });
        const now = T0 + day * DAY;
        const single = all.map((claim) => access([claim], now, policy).granted);
        const decision = access(inOrder(all), now, policy);
        expect(decision.granted).toBe(single.includes(true));
        expect([undefined, ...all]).toContain(decision.by);
      }),
    );
  });
});
