/** The invariants of deletions: no customer of the user is billed, and nothing of the user is left. */
import type { Profile } from '../core/account/profile.ts';
import type { EntitlementRow } from '../core/entitlement/row.ts';
import { isDuplicateOfLate, isUnusedDuplicate } from './account-invariants.ts';
import { checkForgottenByStores } from './store-invariants.ts';
import { isBilled, liveCustomersOf, SEARCH_LAG_MS, subscriptionsOf } from './stripe-state.ts';
import { reportViolation, type User, type World } from './world.ts';
import { type Customer, ownerOf, stampOf } from './worlds/stripe.ts';

/** How long a call of an interrupted sign-up may still be on its way. */
const MAX_FLIGHT_MS = 15_000;

/** Whether calls of an interrupted sign-up may take effect after the deletion. The reconcile removes what they create. */
export function overlapsInterruptedSignUp({ signUpInterruptedMs, deletionRequestedMs }: User): boolean {
  return signUpInterruptedMs !== null && (deletionRequestedMs ?? 0) < signUpInterruptedMs + MAX_FLIGHT_MS;
}

/**
 * Other code created the customer, and nothing of this service ever named it, or the records that named it were lost. It is
 * reported, because nothing proves that it is this stage’s. A deletion that the user requested ends it unless the search
 * could not show it yet.
 */
function isUnproven(world: World, user: User, { id, poolId, namedMs }: Customer): boolean {
  const { sub, deletionRequestedMs, missingSinceMs, recordsLostMs } = user;
  if (poolId !== null) return false;
  const missedSinceMs = (deletionRequestedMs ?? missingSinceMs ?? 0) - SEARCH_LAG_MS;
  if (recordsLostMs !== null || namedMs >= missedSinceMs) return true;
  const { removed, entitlements } = world.dynamodb;
  const rows = [...removed, ...entitlements.values()].filter((row) => row.sub === sub);
  return deletionRequestedMs === null && !rows.some(({ customerIds }) => customerIds.includes(id));
}

export function checkDeleted(
  world: World,
  user: User,
  limit: { readonly namedBeforeMs: number; readonly unfinished: boolean },
): void {
  if (isContradicted(world, user) || isUndated(world, user)) return;
  const profile = world.dynamodb.profiles.get(user.sub);
  const onRecord = limit.unfinished && profile?.deletion !== null;
  if (profile !== undefined && !onRecord)
    reportViolation(world, user, '3. the profile of a deleted user exists');
  if (world.dynamodb.entitlements.has(user.sub) && !isRecordOfMissedCustomer(world, user, limit))
    reportViolation(world, user, '3. the entitlement row of a deleted user exists');
  if (world.cognito.users.has(user.username))
    reportViolation(world, user, '3. a deleted user can still sign in');
  checkForgottenByIndex(world, user, limit);
  const isReconciled = limit.namedBeforeMs === Number.POSITIVE_INFINITY;
  const inStores = checkForgottenByStores(world, user, { isReconciled });
  // A user of that nothing was left to end has left nothing to find the customer by.
  const isEnded = world.dynamodb.marked.has(user.sub) || world.installation.endings.has(user.sub);
  if (inStores !== undefined && !onRecord && isEnded) reportViolation(world, user, inStores);
  for (const customer of liveCustomersOf(world, user)) {
    // The deletion's search could not show it, or one that was under way created it in addition to such a customer or key.
    const isLate =
      customer.createdBy === 'app' ||
      world.history.storedFailureRate > 0 ||
      isUnusedDuplicate(world, user, customer) ||
      // The deletion repeats the creation of the customer that is another user’s by now.
      [...world.stripe.customers.values()].some(({ formerSub }) => formerSub === user.sub) ||
      isDuplicateOfLate(world, user, customer);
    const isMissed = isLate && customer.namedMs >= limit.namedBeforeMs;
    if (customer.hasContact && !isMissed)
      reportViolation(world, user, `3. ${customer.id} holds the contact of a deleted user`);
    if (customer.namedMs >= limit.namedBeforeMs || isUnproven(world, user, customer)) continue;
    const billed = subscriptionsOf(world, user).filter(
      (subscription) => subscription.customerId === customer.id && isBilled(subscription),
    );
    if (billed.length > 0) reportViolation(world, user, `3. a deleted user is billed through ${customer.id}`);
  }
}

/**
 * Whether a live subscription of the user, or the customer of the profile, names another one, or another user’s records name
 * a customer of this one. What no request ends is then only reported: the account of a user who was deleted in Cognito
 * itself, or a customer that the deletion could not find.
 */
function isContradicted(world: World, user: User): boolean {
  const { missingSinceMs, deletionRequestedMs } = user;
  const profile = world.dynamodb.profiles.get(user.sub);
  const linked = world.stripe.customers.get(profile?.customerId ?? '');
  const owner = linked === undefined ? null : ownerOf(linked);
  if (profile?.deletion?.requested !== true && owner !== null && owner !== user.sub) return true;
  const missedSinceMs = missingSinceMs === null ? (deletionRequestedMs ?? 0) - SEARCH_LAG_MS : 0;
  const isRecorded = ({ id, namedMs }: Customer) =>
    namedMs >= missedSinceMs && isRecordedByAnother(world, user, id);
  if (liveCustomersOf(world, user).some(isRecorded)) return true;
  return subscriptionsOf(world, user).some((subscription) => {
    const { sub } = stampOf(world.stripe, subscription);
    const { namedMs = 0 } = world.stripe.customers.get(subscription.customerId) ?? {};
    const namesAnother = sub !== null && sub !== user.sub;
    return namesAnother && isBilled(subscription) && namedMs >= missedSinceMs;
  });
}

function isRecordedByAnother(world: World, { sub }: User, id: string): boolean {
  const { profiles, entitlements } = world.dynamodb;
  const isNamed = ({ userId, customerId }: Profile) => userId !== sub && customerId === id;
  const isListed = (row: EntitlementRow) =>
    row.sub !== sub && [...row.customerIds, ...row.formerCustomerIds].includes(id);
  return [...profiles.values()].some(isNamed) || [...entitlements.values()].some(isListed);
}

/** Whether nothing says how old the records are: the app wrote them without a time, and no customer is left. They are only reported. */
function isUndated(world: World, user: User): boolean {
  const { profiles, entitlements } = world.dynamodb;
  const { createdAt = null } = profiles.get(user.sub) ?? {};
  const { updatedAt = null, history = [] } = entitlements.get(user.sub) ?? {};
  const hasTime = createdAt !== null || updatedAt !== null || history.length > 0;
  return user.deletionRequestedMs === null && !hasTime && liveCustomersOf(world, user).length === 0;
}

/**
 * Whether the row names a customer that the deletion could not find: other code created it while the search was behind,
 * and a webhook wrote the row while a checkout was about to roll back its profile. The reconcile ends both.
 */
function isRecordOfMissedCustomer(
  world: World,
  user: User,
  { namedBeforeMs }: { readonly namedBeforeMs: number },
): boolean {
  const listed = world.dynamodb.entitlements.get(user.sub)?.customerIds ?? [];
  return liveCustomersOf(world, user).some(
    ({ id, createdBy, namedMs }) => listed.includes(id) && createdBy === 'app' && namedMs >= namedBeforeMs,
  );
}

/**
 * A removed row was the only record of the customers that it lists. So none of them may be billed any more. A provisional
 * row is no record yet: the sync that created it removes it.
 */
export function checkRemovedRows(world: World, user: User): void {
  if (user.deletedMs === null || overlapsInterruptedSignUp(user)) return;
  const listed = new Set(
    world.dynamodb.removed
      .filter(({ sub, provisional }) => sub === user.sub && !provisional)
      .flatMap(({ customerIds }) => customerIds),
  );
  const billed = subscriptionsOf(world, user).filter(
    (subscription) => listed.has(subscription.customerId) && isBilled(subscription),
  );
  for (const { customerId } of billed)
    reportViolation(world, user, `3. ${customerId} of a removed row is billed`);
}

/** If Stripe refuses to delete one customer, the deletion has still ended the others. Only a fault can prevent that. */
export function checkRefusedDeletion(world: World, user: User): void {
  const { faultRate, killRate } = world.history.faultRates;
  if (!user.deletionRefused || faultRate > 0 || killRate > 0) return;
  const knownSinceMs = (user.deletionRequestedMs ?? 0) - SEARCH_LAG_MS;
  for (const { id, namedMs } of liveCustomersOf(world, user)) {
    const isKnown = namedMs < knownSinceMs || user.customersAtDeletion.includes(id);
    if (!isKnown || world.stripe.undeletable.has(id)) continue;
    reportViolation(world, user, `3. ${id} exists because another customer could not be deleted`);
  }
}

const signUps: ReadonlySet<string> = new Set(['sign_up_again', 'delete_during_sign_up']);

/** A sign-up ends within five seconds, and what it has sent arrives within ten more. */
const SIGN_UP_FLIGHT_MS = 15_000;

/** Without faults the deletion itself removes the user from the index. Otherwise the reconcile does. */
function checkForgottenByIndex(
  world: World,
  user: User,
  { namedBeforeMs }: { readonly namedBeforeMs: number },
): void {
  const { faultRate, killRate } = world.history.faultRates;
  const isReconciled = namedBeforeMs === Number.POSITIVE_INFINITY;
  // A write that a sign-up or a checkout gave up at its time limit may arrive after the deletion. The next run removes it.
  const repeats = world.history.actions.some(({ kind }) => signUps.has(kind));
  const overlaps = (user.deletionRequestedMs ?? 0) < (user.signedUpMs ?? 0) + SIGN_UP_FLIGHT_MS;
  const isLate = repeats || overlaps || user.checkoutSyncGivenUp;
  if (!isReconciled && (faultRate > 0 || killRate > 0 || isLate)) return;
  for (const [customerId, users] of world.dynamodb.index) {
    if (users.includes(user.sub))
      reportViolation(world, user, `3. the index leads from ${customerId} to a deleted user`);
  }
}
