/** The invariants of the row and of access. The oracle says what they must be; no decision of the product is used here. */
import type { AccessPolicy } from '../core/entitlement/policy.ts';
import type { EntitlementRow } from '../core/entitlement/row.ts';
import type { Functions } from './functions.ts';
import {
  decidingOf,
  defaultPolicy,
  type ExpectedAnswer,
  expectedAnswer,
  type Facts,
  type Policy,
} from './oracle/answer.ts';
import { factsOf } from './stripe-state.ts';
import { reportViolation, type User, type World } from './world.ts';

export function checkRow(world: World, user: User): void {
  const row = world.dynamodb.entitlements.get(user.sub);
  if (row === undefined) return;
  const facts = factsOf(world, user, row);
  // Until the next sync, the row holds only what another writer put there. The answer takes both into account.
  const isOverwritten = world.dynamodb.statements.get(user.sub)?.version === row.fence.version;
  if (!isOverwritten) {
    const { state, reversal } = decidingOf(facts.purchases);
    const wrong = differencesIn({ ...state, reversal }, row);
    if (wrong.length > 0) reportViolation(world, user, `1. the row differs from Stripe: ${wrong.join(', ')}`);
    checkHistory(world, user, row);
  }
  if (row.provisional) reportViolation(world, user, '1. the row is still provisional');
  checkFeatures(world, user, { row, facts });
}

function checkFeatures(
  world: World,
  user: User,
  { row, facts }: { readonly row: EntitlementRow; readonly facts: Facts },
): void {
  const actual = (row.features ?? []).join(', ');
  const expected = [...facts.features].sort().join(', ');
  if (actual !== expected) reportViolation(world, user, `1. features are ${actual}, not ${expected}`);
}

const recorded = [
  'status',
  'plan',
  'currentPeriodEnd',
  'trialExpiresAt',
  'cancelAt',
  'pastDueSince',
  'subscriptionId',
  'stripeStatus',
  'collectionPaused',
  'reversal',
] as const;

/** The last entry equals the row's state, and no entry is older than the one before it. */
function checkHistory(world: World, user: User, { history, ...row }: EntitlementRow): void {
  const after = history.at(-1)?.after;
  if (after !== undefined && recorded.some((name) => after[name] !== row[name]))
    reportViolation(world, user, '6. the last history entry differs from the row');
  const times = history.map(({ at }) => at ?? 0);
  if (times.some((at, index) => at < (times[index - 1] ?? 0)))
    reportViolation(world, user, '6. the history is out of order');
}

type Order = NonNullable<Policy['order']>;
/** An order of plans, as the oracle and as the product take it. */
function ordered(order: Order) {
  const places = order.flatMap((names, place) => names.map((name) => [name, place] as const));
  return { order, planOrder: new Map(places) };
}

/** The defaults of the contract, the same with an order of plans, and a policy that decides otherwise in every situation. */
const policies: readonly (Policy & AccessPolicy)[] = [
  { ...defaultPolicy, plans: {} },
  {
    ...defaultPolicy,
    ...ordered([['prod_pro'], ['feature_of_monthly_1', 'price_a'], ['gift'], ['monthly_pro']]),
    plans: {},
  },
  {
    renewalGraceSeconds: 0,
    ...ordered([['gift'], ['feature_of_monthly_0', 'prod_team'], ['lifetime', 'price_a']]),
    plans: {},
    rules: {
      past_due: { graceSeconds: 3 * 86_400 },
      unpaid: 'granted',
      paused: 'granted',
      collection_paused: 'denied',
      payment_pending: 'granted',
      refunded: 'granted',
      dispute_open: 'denied',
      dispute_lost: 'granted',
      voided: 'denied',
      uncollectible: 'granted',
    },
  },
];

/** Checks the answer that the user would get now, and at every moment at which it changes if no webhook arrives. */
export function checkAnswer(world: World, user: User, answer: Functions['answer']): void {
  const row = world.dynamodb.entitlements.get(user.sub);
  const facts = factsOf(world, user, row);
  const now = Math.floor(world.context.timeline.nowMs / 1000);
  for (const policy of policies) {
    for (const at of momentsOf(facts, policy, now)) {
      const expected = expectedAnswer(facts, at, policy);
      const { updated_at: _, billing_notices: __, features, ...actual } = answer(row, at, policy);
      if (!reportDifference(world, user, { expected, actual: { ...actual, features: features ?? [] } }))
        break;
    }
  }
}

/** Checks that the user has no access that the subscriptions of the own customers do not grant. */
export function checkNoExcessAccess(world: World, user: User, answer: Functions['answer']): void {
  const row = world.dynamodb.entitlements.get(user.sub);
  const now = Math.floor(world.context.timeline.nowMs / 1000);
  const expected = expectedAnswer(factsOf(world, user, row), now, defaultPolicy);
  const actual = answer(row, now, { ...defaultPolicy, plans: {} });
  if (actual.access_granted && !expected.access_granted)
    reportViolation(world, user, `5. access is granted, although it is ${expected.access_reason}`);
}

function momentsOf({ purchases }: Facts, policy: Policy, now: number): readonly number[] {
  const { past_due: grace } = policy.rules;
  const states = purchases.map(({ state }) => state);
  const ends = states
    .flatMap((state) => [state.currentPeriodEnd, state.trialExpiresAt, state.cancelAt])
    .filter((end) => end !== null);
  const failures = states.map(({ pastDueSince }) => pastDueSince ?? 0);
  const graces = [...failures, ...ends];
  const pastDueEnd = typeof grace === 'object' ? graces.map((at) => at + grace.graceSeconds) : [];
  const changes = [...ends, ...ends.map((end) => end + policy.renewalGraceSeconds), ...pastDueEnd];
  const moments = [now, ...changes.flatMap((at) => [at - 1, at])];
  // A renewal may fail here before its time. An answer for the time before it would be about another state.
  return moments.filter((at) => failures.every((failedAt) => at >= failedAt));
}

/** Returns whether the answers are equal. */
function reportDifference(
  world: World,
  user: User,
  { expected, actual }: { readonly expected: ExpectedAnswer; readonly actual: ExpectedAnswer },
): boolean {
  if (actual.access_granted && !expected.access_granted)
    reportViolation(world, user, `5. access is granted, although it is ${expected.access_reason}`);
  if (!actual.access_granted && expected.access_granted)
    reportViolation(world, user, `7. access is denied as ${actual.access_reason}, although it is paid for`);
  const wrong = differencesIn(expected, actual);
  if (wrong.length > 0) reportViolation(world, user, `1. the answer is wrong: ${wrong.join(', ')}`);
  return wrong.length === 0;
}

/** Returns the fields of which the actual value is not the expected one, in words. */
export function differenceIn<T extends object>(
  expected: T,
  actual: Readonly<Partial<Record<keyof T, unknown>>>,
): string {
  return differencesIn(expected, actual).join(', ');
}

function differencesIn<T extends object>(
  expected: T,
  actual: Readonly<Partial<Record<keyof T, unknown>>>,
): string[] {
  const names = Object.keys(expected) as (keyof T & string)[];
  return names
    .filter((name) => JSON.stringify(actual[name]) !== JSON.stringify(expected[name]))
    .map((name) => `${name} is ${JSON.stringify(actual[name])}, not ${JSON.stringify(expected[name])}`);
}
