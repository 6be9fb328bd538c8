/** The oracle agrees with the examples of docs/contract.md, and the product with the oracle. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerOf } from '../../core/entitlement/answer.ts';
import type { Rule as ProductRule } from '../../core/entitlement/policy.ts';
import { project } from '../../core/entitlement/project.ts';
import { type EntitlementRow, neverSynced } from '../../core/entitlement/row.ts';
import type { Subscription } from '../../core/subscription/subscription.ts';
import { isLongRun } from '../../tests/support/extent.ts';
import { DAY, item, subscription, T0 } from '../../tests/support/subscriptions.ts';
import { defaultPolicy, expectedAnswer, type Policy, type Reversal } from './answer.ts';
import { expectedState } from './state.ts';

const answerTo = (
  subscriptions: readonly Subscription[],
  options: { readonly at?: number; readonly policy?: Policy; readonly reversal?: Reversal } = {},
) => {
  const { at = T0 + DAY, policy = defaultPolicy, reversal = null } = options;
  return expectedAnswer({ state: expectedState(subscriptions), reversal, features: ['pro'] }, at, policy);
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
    expect(expectedState([older, newestTrial, newer]).subscriptionId).toBe('sub_a');
    expect(expectedState([older, newestTrial]).subscriptionId).toBe('sub_z');
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
    unitAmount: fc.constantFrom(null, 0, 990, 1_990),
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

describe('The product', () => {
  it('projects every set of subscriptions as the oracle does', () => {
    fc.assert(
      fc.property(subscriptions, (own) => {
        expect(project(own).state).toEqual(expectedState(own));
      }),
      { numRuns: isLongRun ? 2_000 : 500 },
    );
  });

  it('answers as the oracle does, for every state, policy and moment', () => {
    const moments = fc.tuple(times, fc.constantFrom(-1, 0, 1, DAY, 2 * DAY)).map(([at, shift]) => at + shift);
    fc.assert(
      fc.property(subscriptions, policies, moments, reversals, (own, policy, at, reversal) => {
        const state = expectedState(own);
        // A renewal cannot have failed before it was due.
        fc.pre(at >= (state.pastDueSince ?? 0));
        const row: EntitlementRow = {
          ...neverSynced,
          ...project(own).state,
          reversal,
          features: ['pro'],
          sub: 'user',
          updatedAt: null,
          fence: { version: 1 },
        };
        const { updated_at: _, ...answer } = answerOf(row, at, policy);
        expect(answer).toEqual(expectedAnswer({ state, reversal, features: ['pro'] }, at, policy));
      }),
      { numRuns: isLongRun ? 5_000 : 1_000 },
    );
  });
});
