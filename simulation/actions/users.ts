/** What users do with their accounts, and how Cognito and the users retry after a failure. */
import { Fault } from '../../core/system/fault.ts';
import type { Functions } from '../functions.ts';
import type { Action } from '../history.ts';
import { checkDeletionAnswer, checkFailedDeletion, deletionStartOf } from '../store-invariants.ts';
import { liveCustomersOf } from '../stripe-state.ts';
import type { User, World } from '../world.ts';
import { subscribe } from './subscriptions.ts';

const MAX_COGNITO_TRIES = 3;
const COGNITO_TIMEOUT_MS = 5_000;
const MAX_USER_TRIES = 4;

/** Cognito confirms the user first, then calls the trigger up to three times. An earlier call may still be running. */
export function signUp(world: World, functions: Functions, user: User): void {
  world.cognito.users.set(user.username, user.sub);
  world.cognito.createdMs.set(user.sub, world.context.timeline.nowMs);
  // Both accounts of a person have the same address, in two spellings.
  world.cognito.emails.set(user.sub, `${user.person}+${user.sub}@example.com`);
  user.signedUpMs = world.context.timeline.nowMs;
  runTrigger(world, functions, { user, triesLeft: MAX_COGNITO_TRIES });
}

export function runTrigger(
  world: World,
  functions: Functions,
  call: { readonly user: User; readonly triesLeft: number },
): void {
  const { user, triesLeft } = call;
  world.trace(`${user.sub}: sign-up trigger starts`);
  world.context.tally.add('action sign_up');
  void functions.signUp(user).then((result) => {
    const outcome = result.kind === 'returned' ? result.value : result.kind;
    world.trace(`${user.sub}: sign-up trigger ends: ${outcome}`);
    const finished = outcome === 'complete' || outcome === 'deleted_during_sign_up';
    if (!finished) user.signUpInterruptedMs = world.context.timeline.nowMs;
    if (result.kind === 'returned' && result.tookMs > COGNITO_TIMEOUT_MS) {
      world.violations.push(`4. ${user.sub}: sign-up took ${result.tookMs} ms`);
    }
    if (result.kind === 'threw' || result.kind === 'timed_out') {
      world.violations.push(`4. ${user.sub}: sign-up ${result.kind}`);
    }
    const retries = result.kind !== 'returned' && triesLeft > 1;
    if (retries) runTrigger(world, functions, { user, triesLeft: triesLeft - 1 });
  });
}

/** A subscription of a second customer takes up to four seconds to appear, and its webhook some more. */
const PREPARATION_MS = 12_000;

/** The user has two customers, Stripe refuses to delete one of them, and the user deletes the account. */
export function deleteRefusedAccount(
  world: World,
  functions: Functions,
  call: { readonly user: User; readonly action: Action },
): void {
  const { user, action } = call;
  if (liveCustomersOf(world, user).length < 2)
    subscribe(world, user, { ...action, kind: 'duplicate_customer' });
  world.context.timeline.after(PREPARATION_MS, () => {
    const live = liveCustomersOf(world, user);
    const refused = live[action.variant % 2];
    if (refused === undefined || live.length < 2 || user.deletionRequestedMs !== null) return;
    world.trace(`${user.sub}: Stripe refuses to delete ${refused.id}`);
    world.context.tally.add('action deletion_refused');
    world.stripe.undeletable.add(refused.id);
    deleteAccount(world, functions, { user });
  });
}

/** Deletes the account. A user who sees an error retries a few times; after that the reconcile finishes it. */
export function deleteAccount(
  world: World,
  functions: Functions,
  call: { readonly user: User; readonly triesLeft?: number },
): void {
  const { user, triesLeft = MAX_USER_TRIES } = call;
  // A token outlives its user, but without a sign-up there is no token.
  if (!world.cognito.users.has(user.username) && user.deletionRequestedMs === null) return;
  const start = deletionStartOf(world, user);
  user.deletionRequests += 1;
  user.deletionRequestedMs ??= world.context.timeline.nowMs;
  user.customersAtDeletion = world.dynamodb.entitlements.get(user.sub)?.customerIds ?? [];
  world.trace(`${user.sub}: requests deletion`);
  world.context.tally.add('action delete_account');
  void functions.deleteAccount(user).then((result) => {
    const value = result.kind === 'returned' && result.value.kind !== 'limited' ? result.value : undefined;
    const kind = result.kind === 'returned' ? result.value.kind : result.kind;
    world.trace(`${user.sub}: deletion ends: ${kind}`);
    world.context.tally.add(`deletion ${kind}`);
    for (const { amount, reason } of value?.refunds ?? [])
      world.context.tally.add(`refund on deletion ${amount > 0 ? 'made' : reason}`);
    if (value !== undefined) {
      user.deletedMs ??= world.context.timeline.nowMs;
      checkDeletionAnswer(world, user, { start, result: value });
      return;
    }
    user.deletionInterrupted = true;
    if (result.kind === 'threw') checkFailedDeletion(world, user, result.error);
    user.deletionRefused =
      result.kind === 'threw' && result.error instanceof Fault && result.error.details.code === 'refused';
    if (triesLeft === 1) return;
    world.context.timeline.after(5_000, () =>
      deleteAccount(world, functions, { user, triesLeft: triesLeft - 1 }),
    );
  });
}
