/** The oracle agrees with the examples of docs/contract.md, and the product with the oracle. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerOf } from '../../core/entitlement/answer.ts';
import type { Rule as ProductRule } from '../../core/entitlement/policy.ts';
import { nextState, project } from '../../core/entitlement/project.ts';
import { type EntitlementRow, neverSynced } from '../../core/entitlement/row.ts';
import type { Subscription } from '../../core/subscription/subscription.ts';
import { isLongRun } from '../../tests/support/extent.ts';
import { DAY, item, subscription, T0 } from '../../tests/support/subscriptions.ts';
import { decidingOf, defaultPolicy, expectedAnswer, type Policy, type Reversal } from './answer.ts';
import { expectedStates } from './state.ts';

const answerTo = (
  subscriptions: readonly Subscription[],
  options: { readonly at?: number; readonly policy?: Policy; readonly reversal?: Reversal } = {},
) => {
  const { at = T0 + DAY, policy = defaultPolicy, reversal = null } = options;
  const purchases = expectedStates(subscriptions).map((state) => ({ state, reversal }));
  return expectedAnswer({ purchases, features: ['pro'] }, at, policy);
};

const trial = subscription({ status: 'trialing', trialEnd: T0 + 30 * DAY });
const pastDue = subscription({ status: 'past_due' });
const graceOfThreeDays: Policy = {
  ...defaultPolicy,
  rules: { ...defaultPolicy.rules, past_due: { graceSeconds: 3 * DAY } },
};

describe('The oracle', () => {
  it.each([
    ['an active subscription', answerTo([subscription()]), true, 'active_subscription'],
    [
      'one within the grace',
      answerTo([subscription()], { at: T0 + 33 * DAY - 1 }),
      true,
      'active_subscription',
    ],
    ['one after the grace', answerTo([subscription()], { at: T0 + 33 * DAY }), false, 'lapsed'],
    [
      'one that ends with its period',
      answerTo([subscription({ cancelAtPeriodEnd: true })], { at: T0 + 30 * DAY }),
      false,
      'lapsed',
    ],
    ['a refunded one', answerTo([subscription()], { reversal: 'refunded' }), false, 'lapsed'],
    ['a disputed one', answerTo([subscription()], { reversal: 'dispute_open' }), true, 'active_subscription'],
    ['a trial', answerTo([trial]), true, 'trial'],
    ['a trial after its grace', answerTo([trial], { at: T0 + 33 * DAY }), false, 'trial_expired'],
    ['a failed renewal', answerTo([pastDue]), false, 'past_due'],
    [
      'a failed renewal within a grace',
      answerTo([pastDue], { at: T0 + 3 * DAY - 1, policy: graceOfThreeDays }),
      true,
      'past_due_grace',
    ],
    [
      'a failed renewal after a grace',
      answerTo([pastDue], { at: T0 + 3 * DAY, policy: graceOfThreeDays }),
      false,
      'past_due',
    ],
    ['a paused subscription', answerTo([subscription({ status: 'paused' })]), false, 'canceled'],
    ['an ended subscription', answerTo([subscription({ status: 'canceled' })]), false, 'canceled'],
    ['an unpaid first invoice', answerTo([subscription({ status: 'incomplete' })]), false, 'no_entitlement'],
    ['no subscription', answerTo([]), false, 'no_entitlement'],
  ])('answers as the contract says for %s', (_, answer, granted, reason) => {
    expect([answer.access_granted, answer.access_reason]).toEqual([granted, reason]);
    expect(answer.features).toEqual(granted ? ['pro'] : []);
  });

  it('lets the newest of equal subscriptions decide, and any active one before a trial', () => {
    const older = subscription({ id: 'sub_z', createdAt: T0 - 1 });
    const newer = subscription({ id: 'sub_a', createdAt: T0 });
    const newestTrial = subscription({ id: 'sub_t', status: 'trialing', createdAt: T0 + 1 });
    const deciding = (own: readonly Subscription[]) =>
      decidingOf(expectedStates(own).map((state) => ({ state, reversal: null }))).state.subscriptionId;
    expect(deciding([older, newestTrial, newer])).toBe('sub_a');
    expect(deciding([older, newestTrial])).toBe('sub_z');
  });
});

const statuses = [
  'active',
  'active',
  'trialing',
  'past_due',
  'unpaid',
  'paused',
  'canceled',
  'incomplete',
  'incomplete_expired',
  'added_later',
];
/** Few values, so that equals and boundaries are frequent. */
const times = fc.constantFrom(T0 - DAY, T0, T0 + DAY, T0 + 2 * DAY, T0 + 3 * DAY);

const items = fc
  .record({
    priceId: fc.constantFrom('price_a', 'price_b', 'price_c'),
    metered: fc.boolean(),
    role: fc.constantFrom(null, null, null, 'plan', 'add_on', 'other_product'),
    quantity: fc.constantFrom(null, 1, 5),
    createdAt: times,
    periodStart: times,
  })
  .map((fields) => item({ ...fields, periodEnd: fields.periodStart + 2 * DAY }));

const subscriptions = fc.uniqueArray(
  fc
    .record({
      id: fc.constantFrom('sub_a', 'sub_b', 'sub_c', 'sub_d'),
      status: fc.constantFrom(...statuses),
      createdAt: times,
      items: fc.array(items, { minLength: 1, maxLength: 3 }),
      trialEnd: times,
      hadTrial: fc.boolean(),
      cancelAtPeriodEnd: fc.boolean(),
      cancelAt: fc.option(times),
      collectionPaused: fc.boolean(),
    })
    .map(({ hadTrial, ...fields }) => {
      // Stripe gives every trial an end.
      const trialEnd = hadTrial || fields.status === 'trialing' ? fields.trialEnd : null;
      return subscription({ ...fields, trialEnd });
    }),
  { selector: ({ id }) => id, maxLength: 3 },
);

const rule = fc.constantFrom<ProductRule>('granted', 'denied');
const ruleWithGrace = fc.oneof(rule, fc.constantFrom({ graceSeconds: DAY }, { graceSeconds: 3 * DAY }));
const policies = fc.record({
  renewalGraceSeconds: fc.constantFrom(0, DAY),
  plans: fc.constant({}),
  rules: fc.record({
    past_due: ruleWithGrace,
    unpaid: ruleWithGrace,
    paused: rule,
    collection_paused: rule,
    refunded: rule,
    dispute_open: rule,
    dispute_lost: rule,
  }),
});

const reversals = fc.constantFrom<Reversal | null>(null, null, 'refunded', 'dispute_open', 'dispute_lost');

/** What a sync writes after it has read the subscriptions and the reversals. */
const syncedRow = (
  own: readonly Subscription[],
  reversalOf: (id: string) => Reversal | null,
): EntitlementRow => {
  const { states, sold, planKeys } = project(own);
  const reversals = new Map(own.map(({ id }) => [id, reversalOf(id)]));
  const state = nextState(undefined, { states, sold, planKeys, features: ['pro'], reversals });
  return {
    ...neverSynced,
    ...state,
    sub: 'user',
    trialStartedAt: null,
    unreadable: false,
    updatedAt: null,
    fence: { version: 1 },
  };
};

/** The payment of each of the four subscriptions, in the order of their ids. */
const reversalsById = fc
  .array(reversals, { minLength: 4, maxLength: 4 })
  .map((drawn) => (id: string) => drawn['abcd'.indexOf(id.slice(-1))] ?? null);

describe('The product', () => {
  it('projects every set of subscriptions as the oracle does', () => {
    fc.assert(
      fc.property(subscriptions, (own) => {
        expect(project(own).states).toEqual(expectedStates(own));
      }),
      { numRuns: isLongRun ? 2_000 : 500 },
    );
  });

  it('shows the purchase in the row, and answers, as the oracle does, for every state, policy and moment', () => {
    const moments = fc.tuple(times, fc.constantFrom(-1, 0, 1, DAY, 2 * DAY)).map(([at, shift]) => at + shift);
    fc.assert(
      fc.property(subscriptions, policies, moments, reversalsById, (own, policy, at, reversalOf) => {
        const purchases = expectedStates(own).map((state) => ({
          state,
          reversal: reversalOf(state.subscriptionId ?? ''),
        }));
        // A renewal cannot have failed before it was due.
        fc.pre(purchases.every(({ state }) => at >= (state.pastDueSince ?? 0)));
        const row = syncedRow(own, reversalOf);
        expect(row).toMatchObject(decidingOf(purchases).state);
        const { updated_at: _at, trial_started_at: _start, ...answer } = answerOf(row, at, policy);
        expect(answer).toEqual(expectedAnswer({ purchases, features: ['pro'] }, at, policy));
      }),
      { numRuns: isLongRun ? 5_000 : 1_000 },
    );
  });
});
