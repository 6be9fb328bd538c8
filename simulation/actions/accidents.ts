/** What happens to an installation from outside: users deleted in Cognito, lost records, other writers, strangers. */
import { emptyState, neverSynced } from '../../core/entitlement/row.ts';
import type { Functions } from '../functions.ts';
import type { Action, ActionKind } from '../history.ts';
import { liveCustomersOf } from '../stripe-state.ts';
import type { User, World } from '../world.ts';
import { addCustomer, nameUser, putSubscription, stampOf } from '../worlds/stripe.ts';
import { newMonthly, prices } from './new-subscription.ts';

interface Accident {
  readonly user: User;
  readonly functions: Functions;
  readonly action: Action;
}

/** An administrator or the app deletes the user in Cognito. No trigger and no event reports it. */
function deleteInCognito(world: World, { user }: Accident): void {
  if (!world.cognito.users.has(user.username) || user.deletionRequestedMs !== null) return;
  if (hasErasedName(world, user)) return;
  world.trace(`${user.sub}: is deleted in Cognito`);
  world.context.tally.add('action user_deleted_in_cognito');
  world.cognito.users.delete(user.username);
  user.missingSinceMs = world.context.timeline.nowMs;
}

/** The profile and the row disappear, as after a restore of the tables from an older backup. */
function loseRecords(world: World, { user }: Accident): void {
  if (user.deletionRequestedMs !== null || !world.dynamodb.profiles.has(user.sub)) return;
  if (hasErasedName(world, user)) return;
  world.trace(`${user.sub}: the profile and the row are lost`);
  world.context.tally.add('action records_lost');
  world.dynamodb.profiles.delete(user.sub);
  world.dynamodb.entitlements.delete(user.sub);
  world.dynamodb.statements.delete(user.sub);
  world.dynamodb.grants.delete(user.sub);
  user.recordsLostMs = world.context.timeline.nowMs;
}

/** Other code writes another user's customer into the profile. */
function contradictProfile(world: World, { user }: Accident): void {
  const profile = world.dynamodb.profiles.get(user.sub);
  const other = world.users.find(({ sub }) => sub !== user.sub);
  const [customer] = other === undefined ? [] : liveCustomersOf(world, other);
  if (profile === undefined || profile.deletion !== null || customer === undefined) return;
  if (customer.sub === null || hasErasedName(world, user)) return;
  world.trace(`${user.sub}: the profile names ${customer.id} of ${other?.sub ?? ''}`);
  world.context.tally.add('action profile_contradicted');
  world.dynamodb.profiles.set(user.sub, { ...profile, customerId: customer.id });
  user.profileContradicted = true;
}

/** The app writes an attribute of its own to the profile, such as a hold of 30 days before it deletes the account. */
function markByApp(world: World, { user }: Accident): void {
  if (!world.dynamodb.profiles.has(user.sub)) return;
  world.trace(`${user.sub}: the app marks the profile`);
  world.context.tally.add('action app_marks_profile');
  world.dynamodb.appMarks.set(user.sub, String(world.context.timeline.nowMs));
}

const shared = ['status', 'plan', 'currentPeriodEnd', 'trialExpiresAt'] as const;

/** Another payer's webhook, a job of the app or a person writes the row. None of them raises its version. */
function writeByOther(world: World, { user, action }: Accident): void {
  const { entitlements, statements } = world.dynamodb;
  const row = entitlements.get(user.sub);
  if (row === undefined || !isSettled(world, user)) return;
  const until = Math.floor(world.context.timeline.nowMs / 1000) + 20 * 86_400;
  const none = { status: 'none', plan: null, currentPeriodEnd: null, trialExpiresAt: null };
  const written =
    [
      { ...none, status: 'active', plan: 'monthly_pro', currentPeriodEnd: until },
      { ...none, status: 'active' },
      { ...none, status: 'trialing', trialExpiresAt: until },
      { ...none, status: 'past_due', plan: 'monthly_pro', currentPeriodEnd: until },
      { ...none, status: 'canceled', plan: 'monthly_pro', currentPeriodEnd: until },
      { ...none, status: 'inactive' },
      none,
    ][action.variant % 7] ?? none;
  // Nothing distinguishes a statement from what the row shows already, or a new plan from one that is left as it is.
  const repeats = shared.every((name) => written[name] === row[name]);
  const last = row.claims.find(({ source }) => source === 'other_writer' || source === 'trial');
  if (row.claims.length > 0 && (repeats || (written.plan === row.plan && written.plan !== last?.plan)))
    return;
  world.trace(`${user.sub}: another writer sets the row to ${written.status}`);
  world.context.tally.add('action other_writer_writes');
  entitlements.set(user.sub, { ...row, ...written });
  const past = row.history.flatMap(({ after, others = [] }) => [after, ...others]);
  const begun = [row, ...row.claims, ...past].filter(({ stripeStatus }) => stripeStatus !== 'incomplete');
  const bought = row.claims.map(({ origin }) => origin?.id ?? null);
  const ids = [...begun.map(({ subscriptionId }) => subscriptionId), ...bought];
  const shown = ids.filter((id) => id !== null);
  statements.set(user.sub, { ...written, version: row.fence.version, shown });
}

/** The app has created the profile and the row. Neither says when, and the row has no version that this service knows. */
export function addRecordsOfApp(world: World, { sub }: User): void {
  const { profiles, entitlements } = world.dynamodb;
  world.trace(`${sub}: the app creates a profile and a row`);
  world.context.tally.add('action app_creates_records');
  profiles.set(sub, { userId: sub, customerId: null, deletion: null, createdAt: null });
  const stored = { sub, trialStartedAt: null, unreadable: false, updatedAt: null };
  const fence = { version: undefined };
  entitlements.set(sub, { ...emptyState, ...neverSynced, ...stored, fence });
}

/** A person gives a customer to another user who exists: writes that user into its metadata. */
function reassignCustomer(world: World, { user }: Accident): void {
  const { random, stripe, dynamodb } = world;
  const others = world.users.filter((other) => other !== user && isSettled(world, other));
  const paying = liveCustomersOf(world, user).filter(({ id }) => hasSubscription(world, id));
  const [other, customer] = [others[random.below(others.length)], paying[random.below(paying.length)]];
  // No person re-assigns what a deletion is about to end.
  if (other === undefined || customer === undefined || user.deletionRequestedMs !== null) return;
  if (user.missingSinceMs !== null) return;
  // Whether a sync has ended the app's trial because of a subscription of this customer is not known afterwards.
  if (dynamodb.statements.get(user.sub)?.status === 'trialing') return;
  world.trace(`${user.sub}: ${customer.id} is re-assigned to ${other.sub}`);
  world.context.tally.add('action customer_reassigned');
  stripe.customers.set(customer.id, { ...nameUser(stripe, customer, other.sub), createdBy: 'app' });
  user.profileContradicted ||= dynamodb.profiles.get(user.sub)?.customerId === customer.id;
}

function hasSubscription({ stripe }: World, id: string): boolean {
  return [...stripe.subscriptions.values()].some(({ customerId }) => customerId === id);
}

/** Whether the user exists and is not being deleted. */
function isSettled({ cognito }: World, { username, deletionRequestedMs }: User): boolean {
  return cognito.users.has(username) && deletionRequestedMs === null;
}

/** A person edits the metadata of a customer in the Dashboard, and takes the user out of them. */
function eraseName(world: World, { user, action }: Accident): void {
  const { random, stripe } = world;
  const recorded = liveCustomersOf(world, user).filter(
    ({ id, sub }) => sub !== null && isRecordedOnlyFor(world, user, id) && !isSoldToAnother(world, user, id),
  );
  const customer = recorded[random.below(recorded.length)];
  if (customer === undefined || !isSettled(world, user) || user.missingSinceMs !== null) return;
  world.trace(`${user.sub}: ${customer.id} names no user any more`);
  world.context.tally.add('action name_edited_away');
  const erased = nameUser(stripe, customer, null);
  // Someone who clears all of them also takes out the pool.
  if (action.variant % 2 === 0) stripe.customers.set(customer.id, { ...erased, poolId: null });
}

function isRecordedOnlyFor({ dynamodb }: World, { sub }: User, id: string): boolean {
  const rows = [...dynamodb.entitlements.values()].filter(({ customerIds }) => customerIds.includes(id));
  const profiles = [...dynamodb.profiles.values()].filter(({ customerId }) => customerId === id);
  const subs = new Set([...rows.map((row) => row.sub), ...profiles.map(({ userId }) => userId)]);
  return subs.size === 1 && subs.has(sub);
}

/** Whether a subscription names another user, who has what the customer pays for if that names no one. */
function isSoldToAnother({ stripe }: World, user: User, id: string): boolean {
  const sold = [...stripe.subscriptions.values()].filter(({ customerId }) => customerId === id);
  return sold.some((subscription) => ![null, user.sub].includes(stampOf(stripe, subscription).sub));
}

/** Nothing but its records says whose such a customer is. So what happens to them afterwards decides. */
function hasErasedName(world: World, user: User): boolean {
  return liveCustomersOf(world, user).some(({ sub }) => sub === null);
}

/** A scheduled run while everything else goes on. */
function reconcileEarly(world: World, { functions }: Accident): void {
  world.context.tally.add(`action reconcile${world.installation.adopted ? '' : ' before adoption'}`);
  for (const user of world.users) user.syncInterrupted ||= world.history.faultRates.faultRate > 0;
  void functions.reconcile('scheduled');
}

export const accidents: Partial<Readonly<Record<ActionKind, (world: World, accident: Accident) => void>>> = {
  user_deleted_in_cognito: deleteInCognito,
  records_lost: loseRecords,
  profile_contradicted: contradictProfile,
  app_marks_profile: markByApp,
  other_writer_writes: writeByOther,
  customer_reassigned: reassignCustomer,
  name_edited_away: eraseName,
  reconcile: reconcileEarly,
};

/** Paying customers of this stage appear whose users its pool does not know: the wrong pool, or a restored one. */
export function addStrangers(world: World, run: number): void {
  const createdAt = Math.floor(world.context.timeline.nowMs / 1000);
  for (let index = 0; index < world.history.strangers; index += 1) {
    const sub = `stranger-${run}-${index}`;
    const { id: customerId } = addCustomer(
      world.stripe,
      { sub, poolId: world.installation.poolId },
      'service',
    );
    const subscription = newMonthly({
      id: `sub_of_${sub}`,
      customerId,
      status: 'active',
      createdAt,
      trialEnd: null,
      priceId: prices[0],
    });
    putSubscription(world.stripe, subscription, 'customer.subscription.created');
    world.context.tally.add('action stranger');
  }
}
