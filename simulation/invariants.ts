/** The invariants that hold at the end of a history, whatever happened in it. */
import { access } from '../core/entitlement/access.ts';
import { defaultRules } from '../core/entitlement/policy.ts';
import { project } from '../core/entitlement/project.ts';
import type { EntitlementRow, SubscriptionState } from '../core/entitlement/row.ts';
import { accessStateOf } from '../core/entitlement/state-fields.ts';
import { isBilled, liveCustomersOf, subscriptionsOf } from './actions/subscriptions.ts';
import type { User, World } from './world.ts';
import { featuresOf, reversalOf } from './worlds/stripe.ts';

/** The largest lag of Stripe's search, and a second. A deletion may miss customers younger than that. */
const SEARCH_LAG_MS = 61_000;
/** How long a call of an interrupted sign-up may still be on its way. */
const MAX_FLIGHT_MS = 15_000;

/** Checks a history after all deliveries. Rows are not checked yet in a history that lost events permanently. */
export function checkAfterDeliveries(world: World): void {
  for (const user of world.users) {
    // A deletion that repeats the creation after a day creates one more customer, and deletes it with the others.
    if (user.deletionRequestedMs === null) checkCustomers(world, user);
    if (user.deletedMs === null) {
      // By design a sync ignores users marked for deletion. The reconcile deletes the row.
      const isSynced = !world.dynamodb.marked.has(user.sub) && !user.eventSkipped;
      if (isSynced && world.history.dropRate === 0) checkRow(world, user);
    } else if (!overlapsInterruptedSignUp(user)) {
      checkDeleted(world, user, {
        createdBeforeMs: (user.deletionRequestedMs ?? 0) - SEARCH_LAG_MS,
        unfinished: user.deletionInterrupted,
      });
    }
  }
}

/** Whether calls of an interrupted sign-up may take effect after the deletion. The reconcile removes what they create. */
function overlapsInterruptedSignUp({ signUpInterruptedMs, deletionRequestedMs }: User): boolean {
  return signUpInterruptedMs !== null && (deletionRequestedMs ?? 0) < signUpInterruptedMs + MAX_FLIGHT_MS;
}

/** Checks a history after the reconcile, which must have repaired everything. */
export function checkAfterReconcile(world: World): void {
  for (const user of world.users) {
    checkCustomers(world, user);
    // A deletion whose mark could not be written was answered with an error and changed nothing.
    if (world.dynamodb.marked.has(user.sub)) {
      checkDeleted(world, user, { createdBeforeMs: Number.POSITIVE_INFINITY, unfinished: false });
      continue;
    }
    checkRow(world, user);
    const paying = subscriptionsOf(world, user).some(
      ({ status }) => status === 'active' || status === 'trialing',
    );
    if (paying && !world.dynamodb.entitlements.has(user.sub))
      reportViolation(world, user, '1. a paying user has no row');
  }
}

function checkRow(world: World, user: User): void {
  const row = world.dynamodb.entitlements.get(user.sub);
  if (row === undefined) return;
  const truth = truthOf(world, user, row);
  const wrong = differences(row, truth);
  if (wrong.length > 0) reportViolation(world, user, `1. the row differs from Stripe: ${wrong.join(', ')}`);
  if (row.provisional) reportViolation(world, user, '1. the row is still provisional');
  checkFeatures(world, user, row);
  checkHistory(world, user, row);
  checkAccess(world, user, row);
}

/** Returns the state that the row should have, from the user's live customers and those that the row lists. */
function truthOf(world: World, user: User, row: EntitlementRow): Truth {
  const live = liveCustomersOf(world, user).map(({ id }) => id);
  const known = new Set([...live, ...row.customerIds]);
  const all = [...world.stripe.subscriptions.values()];
  const { state } = project(all.filter((subscription) => known.has(subscription.customerId)));
  const leading = all.find(({ id }) => id === state.subscriptionId);
  const reversal = leading === undefined || state.plan === null ? null : reversalOf(world.stripe, leading);
  return { ...state, reversal };
}

type Truth = SubscriptionState & Pick<EntitlementRow, 'reversal'>;

function checkFeatures(world: World, user: User, row: EntitlementRow): void {
  const truth = new Set(row.customerIds.flatMap((id) => featuresOf(world.stripe, id)));
  const actual = row.features ?? [];
  const same = actual.length === truth.size && actual.every((feature) => truth.has(feature));
  if (!same)
    reportViolation(world, user, `1. features are ${actual.join(', ')}, not ${[...truth].join(', ')}`);
}

/** The last entry equals the row's state, and no entry is older than the one before it. */
function checkHistory(world: World, user: User, row: EntitlementRow): void {
  const last = row.history.at(-1);
  if (last !== undefined && JSON.stringify(last.after) !== JSON.stringify(accessStateOf(row)))
    reportViolation(world, user, '6. the last history entry differs from the row');
  const times = row.history.map(({ at }) => at ?? 0);
  if (times.some((at, index) => at < (times[index - 1] ?? 0)))
    reportViolation(world, user, '6. the history is out of order');
}

const compared = [
  'status',
  'plan',
  'currentPeriodEnd',
  'trialExpiresAt',
  'cancelAtPeriodEnd',
  'cancelAt',
  'subscriptionId',
  'stripeStatus',
  'collectionPaused',
  'reversal',
] as const;

function differences(row: EntitlementRow, truth: Truth): readonly string[] {
  return compared
    .filter((name) => row[name] !== truth[name])
    .map((name) => `${name} is ${String(row[name])}, not ${String(truth[name])}`);
}

const policy = { renewalGraceSeconds: 72 * 3_600, rules: defaultRules, plans: {} };

function checkAccess(world: World, user: User, row: EntitlementRow): void {
  const nowSeconds = Math.floor(world.context.timeline.nowMs / 1000);
  const statuses = subscriptionsOf(world, user).map(({ status }) => status);
  const paid = statuses.includes('active') || statuses.includes('trialing');
  if (access(row, nowSeconds, policy).granted && !paid)
    reportViolation(world, user, '5. access without a paid or trial subscription');
  const paidUntil = Math.max(row.currentPeriodEnd ?? 0, row.trialExpiresAt ?? 0);
  const afterwards = paidUntil + policy.renewalGraceSeconds;
  if (access(row, afterwards, policy).granted)
    reportViolation(world, user, '5. access after the paid time and its grace');
}

function checkCustomers(world: World, user: User): void {
  const ours = liveCustomersOf(world, user).filter(({ createdBy }) => createdBy === 'service');
  if (ours.length > 1) reportViolation(world, user, `2. ${ours.length} live customers made by the service`);
}

function checkDeleted(
  world: World,
  user: User,
  limit: { readonly createdBeforeMs: number; readonly unfinished: boolean },
): void {
  const profile = world.dynamodb.profiles.get(user.sub);
  const onRecord = limit.unfinished && profile?.deletion !== null;
  if (profile !== undefined && !onRecord)
    reportViolation(world, user, '3. the profile of a deleted user exists');
  if (world.dynamodb.entitlements.has(user.sub))
    reportViolation(world, user, '3. the entitlement row of a deleted user exists');
  if (world.cognito.users.has(user.username))
    reportViolation(world, user, '3. a deleted user can still sign in');
  for (const customer of liveCustomersOf(world, user)) {
    if (customer.createdMs >= limit.createdBeforeMs) continue;
    const billed = subscriptionsOf(world, user).filter(
      (subscription) => subscription.customerId === customer.id && isBilled(subscription),
    );
    if (billed.length > 0) reportViolation(world, user, `3. a deleted user is billed through ${customer.id}`);
  }
}

function reportViolation(world: World, user: User, what: string): void {
  const [number, ...words] = what.split(' ');
  world.violations.push(`${number} ${user.sub}: ${words.join(' ')}`);
}
