/** What must hold once all is quiet, whatever happened before. */
import { access } from '../core/entitlement/access.ts';
import { defaultRules } from '../core/entitlement/policy.ts';
import { project } from '../core/entitlement/project.ts';
import type { EntitlementRow, SubscriptionState } from '../core/entitlement/row.ts';
import { accessStateOf } from '../core/entitlement/state-fields.ts';
import { isBilled, liveCustomersOf, subscriptionsOf } from './actions/subscriptions.ts';
import type { User, World } from './world.ts';
import { featuresOf, reversalOf } from './worlds/stripe.ts';

/** As Stripe's search is at most this late, customers younger than that may be missed by a deletion. */
const SEARCH_LAG_MS = 61_000;
const MAX_FLIGHT_MS = 15_000;

/** After all deliveries. A history that lost some for good says nothing of the rows yet. */
export function checkAfterDeliveries(world: World): void {
  for (const user of world.users) {
    // A deletion that repeats the creation after a day makes one more, and deletes it with the others.
    if (user.deletionRequestedMs === null) checkCustomers(world, user);
    if (user.deletedMs === null) {
      // Of a deletion on record that broke off, events are left out by design; its row goes with the reconcile.
      const stays = !world.dynamodb.marked.has(user.sub) && !user.eventSkipped;
      if (stays && world.history.dropRate === 0) checkRow(world, user);
    } else if (!overlapsInterruptedSignUp(user)) {
      checkDeleted(world, user, {
        madeBeforeMs: (user.deletionRequestedMs ?? 0) - SEARCH_LAG_MS,
        unfinished: user.deletionInterrupted,
      });
    }
  }
}

/** What a sign-up that broke off had sent may land after the deletion; the reconcile removes it. */
function overlapsInterruptedSignUp({
  signUpInterruptedMs: signUpBrokeOffMs,
  deletionRequestedMs: deletionAskedMs,
}: User): boolean {
  return signUpBrokeOffMs !== null && (deletionAskedMs ?? 0) < signUpBrokeOffMs + MAX_FLIGHT_MS;
}

/** After a reconcile nothing may be left to heal. */
export function checkAfterReconcile(world: World): void {
  for (const user of world.users) {
    checkCustomers(world, user);
    // What could not even be put on record was answered with an error, and changed nothing.
    if (world.dynamodb.marked.has(user.sub)) {
      checkDeleted(world, user, { madeBeforeMs: Number.POSITIVE_INFINITY, unfinished: false });
      continue;
    }
    checkRow(world, user);
    const paying = subscriptionsOf(world, user).some(
      ({ status }) => status === 'active' || status === 'trialing',
    );
    if (paying && !world.dynamodb.entitlements.has(user.sub))
      reportViolation(world, user, '1. who pays has no row');
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

/** Everything of the user's customers: those that live, and those that the row has seen. */
function truthOf(world: World, user: User, row: EntitlementRow): Truth {
  const live = liveCustomersOf(world, user).map(({ id }) => id);
  const known = new Set([...live, ...row.customerIds]);
  const all = [...world.stripe.subscriptions.values()];
  const { state } = project(all.filter((one) => known.has(one.customerId)));
  const best = all.find(({ id }) => id === state.subscriptionId);
  const reversal = best === undefined || state.plan === null ? null : reversalOf(world.stripe, best);
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

/** The last entry is how the row stands, and no entry is older than one before it. */
function checkHistory(world: World, user: User, row: EntitlementRow): void {
  const last = row.history.at(-1);
  if (last !== undefined && JSON.stringify(last.after) !== JSON.stringify(accessStateOf(row)))
    reportViolation(world, user, '6. the history does not end with how the row stands');
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
    reportViolation(world, user, '5. access without paid or trial time');
  const paidUntil = Math.max(row.currentPeriodEnd ?? 0, row.trialExpiresAt ?? 0);
  const afterwards = paidUntil + policy.renewalGraceSeconds;
  if (access(row, afterwards, policy).granted)
    reportViolation(world, user, '5. access long after the time paid for');
}

function checkCustomers(world: World, user: User): void {
  const ours = liveCustomersOf(world, user).filter(({ madeBy }) => madeBy === 'service');
  if (ours.length > 1) reportViolation(world, user, `2. ${ours.length} live customers made by the service`);
}

function checkDeleted(
  world: World,
  user: User,
  limit: { readonly madeBeforeMs: number; readonly unfinished: boolean },
): void {
  const profile = world.dynamodb.profiles.get(user.sub);
  const onRecord = limit.unfinished && profile?.deletion !== null;
  if (profile !== undefined && !onRecord)
    reportViolation(world, user, '3. the profile of a deleted user stands');
  if (world.dynamodb.entitlements.has(user.sub))
    reportViolation(world, user, '3. the entitlement of a deleted user stands');
  if (world.cognito.users.has(user.username))
    reportViolation(world, user, '3. a deleted user can still sign in');
  for (const customer of liveCustomersOf(world, user)) {
    if (customer.createdMs >= limit.madeBeforeMs) continue;
    const billed = subscriptionsOf(world, user).filter(
      (one) => one.customerId === customer.id && isBilled(one),
    );
    if (billed.length > 0) reportViolation(world, user, `3. a deleted user is billed through ${customer.id}`);
  }
}

function reportViolation(world: World, user: User, what: string): void {
  const [number, ...words] = what.split(' ');
  world.violations.push(`${number} ${user.sub}: ${words.join(' ')}`);
}
