/** The invariants that hold at the end of a history, whatever happened in it. */
import { checkCustomers, checkHasCustomer } from './account-invariants.ts';
import {
  checkDeleted,
  checkRefusedDeletion,
  checkRemovedRows,
  overlapsInterruptedSignUp,
} from './deletion-invariants.ts';
import { checkAnswer, checkNoExcessAccess, checkRow } from './entitlement-invariants.ts';
import type { Functions } from './functions.ts';
import { checkNotices } from './notice-invariants.ts';
import { checkKeptPayments, checkRefunds } from './purchase-invariants.ts';
import { checkRefundedOnLeaving } from './refund-invariants.ts';
import { checkLetInByStores } from './store-invariants.ts';
import { isTrialUnclear, SEARCH_LAG_MS } from './stripe-state.ts';
import { reportViolation, type User, type World } from './world.ts';

/** Checks a history after all deliveries. Rows are not checked yet in a history that lost events permanently. */
export function checkAfterDeliveries(world: World, functions: Functions): void {
  for (const user of world.users) {
    // A deletion that repeats the creation after a day creates one more customer, and deletes it with the others.
    const isBeingDeleted = user.deletionRequestedMs !== null || user.missingSinceMs !== null;
    if (!isBeingDeleted) checkCustomers(world, user);
    checkRemovedRows(world, user);
    const isReported = areAllDelivered(world) && world.history.isAdopted;
    if (isReported && !overlapsInterruptedSignUp(user)) checkRefunds(world, user);
    // Only the reconcile ends or creates again what is left of these users.
    if (user.missingSinceMs !== null || user.recordsLostMs !== null) continue;
    if (user.profileContradicted) {
      if (isSynced(world, user)) checkNoExcessAccess(world, user, functions.answer);
      continue;
    }
    if (user.deletedMs === null) {
      checkRefusedDeletion(world, user);
      if (isSynced(world, user)) {
        checkRow(world, user);
        if (!user.noticesRefused) checkNotices(world, user);
        checkAnswer(world, user, functions.answer);
      }
    } else if (!overlapsInterruptedSignUp(user)) {
      checkDeleted(world, user, {
        namedBeforeMs: (user.deletionRequestedMs ?? 0) - SEARCH_LAG_MS,
        unfinished: user.deletionInterrupted,
      });
    }
  }
}

function areAllDelivered({ undelivered, queue }: World): boolean {
  return undelivered.length === 0 && queue.deadLetters.length === 0;
}

/** Whether every event has reached the row. By design a sync ignores users marked for deletion, whose row the reconcile deletes. */
function isSynced(world: World, user: User): boolean {
  const { dynamodb, history } = world;
  const { sub, syncInterrupted, eventSkipped } = user;
  if (isTrialUnclear(world, user)) return false;
  const isUnconfirmed = syncInterrupted && dynamodb.entitlements.get(sub)?.provisional === true;
  return history.dropRate === 0 && !isUnconfirmed && !dynamodb.marked.has(sub) && !eventSkipped;
}

/** Checks a history after the reconcile, which must have repaired everything. */
export function checkAfterReconcile(world: World, functions: Functions): void {
  // Above the deletion limit nothing is ended.
  const isOverLimit = world.history.strangers > 0;
  for (const user of world.users) {
    const isGone = world.dynamodb.marked.has(user.sub) || user.missingSinceMs !== null;
    checkKeptPayments(world, user);
    if (isOverLimit && isGone) continue;
    if (!isOverLimit) checkCustomers(world, user);
    // The row that such a sign-up leaves makes a late payment look like one of an existing user.
    if (!overlapsInterruptedSignUp(user)) checkRefunds(world, user);
    // A deletion whose mark could not be written was answered with an error and changed nothing.
    if (isGone) {
      checkRefundedOnLeaving(world, user);
      checkDeleted(world, user, { namedBeforeMs: Number.POSITIVE_INFINITY, unfinished: false });
      continue;
    }
    // A person must correct it. Until then the user has what the own customers grant, and nothing of another user.
    if (user.profileContradicted) {
      checkNoExcessAccess(world, user, functions.answer);
      continue;
    }
    checkHasCustomer(world, user, (what) => reportViolation(world, user, what));
    checkLetInByStores(world, user, functions.answer);
    if (isTrialUnclear(world, user)) continue;
    checkRow(world, user);
    checkNotices(world, user);
    checkAnswer(world, user, functions.answer);
  }
}
