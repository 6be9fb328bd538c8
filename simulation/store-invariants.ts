/** The invariants of purchases in stores: who may change what a store said, and who is offered a second subscription. */
import { isDeepStrictEqual } from 'node:util';
import type { DeletionResult } from '../core/account/delete-account.ts';
import type { Claim, EntitlementRow } from '../core/entitlement/row.ts';
import { Fault } from '../core/system/fault.ts';
import { differenceIn } from './entitlement-invariants.ts';
import type { Functions } from './functions.ts';
import { defaultPolicy } from './oracle/answer.ts';
import { saidBy } from './said-by.ts';
import { expectedOfStores, isPaid, purchasesOf } from './store-state.ts';
import { reportViolation, type User, type World } from './world.ts';

/** Checks a write of a row at the moment at which it takes effect. */
export function checkRowWrite(world: World, before: EntitlementRow, after: EntitlementRow): void {
  const changed = (['stripe', 'revenuecat'] as const).filter(
    (source) => !isDeepStrictEqual(saidBy(source, before), saidBy(source, after)),
  );
  if (changed.length > 1)
    reportViolation(world, before, '18. one write changes what Stripe and what the stores said');
  // What another writer has just written replaces what one said before.
  const isOverwritten = world.dynamodb.statements.get(before.sub)?.version === before.fence.version;
  if (!isDeepStrictEqual(saidBy('grant', before), saidBy('grant', after)))
    reportViolation(world, before, '18. a write changes what a person gave');
  if (saidBy('trial', before).length > saidBy('trial', after).length)
    world.context.tally.add('trial of the app ended');
  const kept = saidBy('other_writer', after);
  const lost = isOverwritten
    ? undefined
    : saidBy('other_writer', before).find((said) => !kept.some((one) => isDeepStrictEqual(one, said)));
  if (lost !== undefined) reportViolation(world, before, '18. a write takes away what another writer gave');
  if (!changed.includes('revenuecat')) return;
  const writtenMs = Number(before.updatedAt ?? 0);
  const reads = world.stores.reads.get(before.sub) ?? [];
  if (!reads.some(({ atMs }) => atMs >= writtenMs))
    reportViolation(world, before, '17. what a store said has changed without a new answer of RevenueCat');
}

/** What the row showed when a checkout began. */
export interface CheckoutStart {
  readonly startedMs: number;
  readonly row: EntitlementRow | undefined;
}

/** The clocks of two machines can be twenty minutes apart. */
const CLOCKS_APART_SECONDS = 1_200;

/** A user who has been paying in a store since before the request, and is known to, must not be offered a page to pay on. */
export function checkStoreOffer(
  world: World,
  user: User,
  offer: CheckoutStart & { readonly sessionId: string; readonly hasHeard: boolean },
): void {
  const { startedMs, sessionId, hasHeard } = offer;
  const { recordsLostMs } = user;
  if (world.dynamodb.marked.has(user.sub) || (recordsLostMs ?? 0) >= startedMs) return;
  const latest = Math.floor(world.context.timeline.nowMs / 1000) + CLOCKS_APART_SECONDS;
  for (const purchase of purchasesOf(world, user)) {
    const { id, until, billsAgain, changedMs } = purchase;
    if (!isPaid(purchase) || changedMs >= startedMs) continue;
    // What ends without a further payment may have ended by the clock of the machine.
    if (!billsAgain && until !== null && until <= latest) continue;
    if (hasHeard || wasShown(offer, id, latest))
      reportViolation(world, user, `8. is offered ${sessionId} although ${id} is paid in a store`);
  }
}

function wasShown({ row }: CheckoutStart, id: string, latest: number): boolean {
  const shown = row?.claims.find(({ origin }) => origin?.id === id);
  if (shown === undefined) return false;
  const { status, currentPeriodEnd, origin } = shown;
  const isRunning = status === 'active' || status === 'trialing';
  return origin?.continues === true || (isRunning && (currentPeriodEnd ?? latest + 1) > latest);
}

/** Checks the answer to a user's own sync, if nothing changed in the stores while it ran. */
export function checkOwnStores(world: World, user: User, row: EntitlementRow): void {
  const expected = expectedOfStores(world, user, row);
  // A sync that finds no purchase for a user who asks writes nothing. So one that has read before a transfer may write after it.
  const { transferred } = world.stores;
  const isFormer = ({ origin }: Claim) => expected.length === 0 && transferred.has(origin?.id ?? '');
  const shown = row.claims.filter((claim) => claim.source === 'revenuecat' && !isFormer(claim));
  if (shown.length !== expected.length)
    reportViolation(
      world,
      user,
      `11. the answer to the own sync shows ${shown.length} purchases, not ${expected.length}`,
    );
  for (const { state, origin: bought } of expected) {
    const claim = shown.find(({ origin }) => origin?.id === bought?.id);
    const wrong = claim === undefined ? '' : differenceIn(state, claim);
    if (wrong !== '') reportViolation(world, user, `11. the answer to the own sync is old: ${wrong}`);
  }
}

/** What the stores had, and how often that had changed, when a user first requested the deletion of the account. */
export interface DeletionStart {
  readonly startedMs: number;
  readonly storeEvents: number;
  /** The ids of what bills again. */
  readonly billing: readonly string[];
}

/** Undefined if other calls may fail than those of RevenueCat. */
export function deletionStartOf(world: World, user: User): DeletionStart | undefined {
  const { history, stores, context } = world;
  const { faultRate, killRate } = history.faultRates;
  const startedMs = context.timeline.nowMs;
  if (user.deletionRequests > 0 || faultRate > 0 || killRate > 0) return undefined;
  const billing = purchasesOf(world, user).filter(({ billsAgain }) => billsAgain);
  return { startedMs, storeEvents: stores.events.length, billing: billing.map(({ id }) => id) };
}

/** The answer to a deletion names every subscription in a store that goes on, or says that it may not know of all. */
export function checkDeletionAnswer(
  world: World,
  user: User,
  { start, result }: { readonly start: DeletionStart | undefined; readonly result: DeletionResult },
): void {
  const { stores } = world;
  if (result.storeCustomerRemains) world.context.tally.add('deletion leaves a store customer');
  if (start === undefined || stores.events.length !== start.storeEvents) return;
  // Another request of the user may have made RevenueCat forget the purchases before this one read them.
  if (result.billingKnown !== 'current' || user.deletionRequests > 1) return;
  const { length } = result.billingContinues;
  if (length !== start.billing.length)
    reportViolation(world, user, `3. the deletion names ${length} stores, not ${start.billing.length}`);
}

/** A user that RevenueCat lets in is let in after a reconcile, also past the end of the paid time. */
export function checkLetInByStores(world: World, user: User, answer: Functions['answer']): void {
  const row = world.dynamodb.entitlements.get(user.sub);
  // Of access that the store names no end of, the run that read it can promise no more than a day.
  const readMs = world.stores.reads.get(user.sub)?.at(-1)?.atMs ?? world.context.timeline.nowMs;
  const now = Math.floor(readMs / 1000);
  const purchase = purchasesOf(world, user).find(({ givesAccess }) => givesAccess);
  if (purchase !== undefined && !answer(row, now, { ...defaultPolicy, plans: {} }).access_granted)
    reportViolation(world, user, `7. access is denied, although RevenueCat gives it for ${purchase.id}`);
}

/**
 * A deletion leaves no customer at RevenueCat, or a record of it that the reconcile finishes. Subscriptions in stores go on: only
 * their user can end them.
 */
export function checkForgottenByStores(
  { stores, hasStores, dynamodb }: World,
  { sub }: User,
  { isReconciled }: { readonly isReconciled: boolean },
): string | undefined {
  if (!hasStores) return undefined;
  const isOnRecord = dynamodb.removals.has(sub);
  if (isReconciled && isOnRecord) return '3. a removal at RevenueCat is still on record';
  return stores.customers.has(sub) && !isOnRecord ? '3. RevenueCat still knows a deleted user' : undefined;
}

/** An outage of RevenueCat fails no deletion. */
export function checkFailedDeletion(world: World, user: User, error: unknown): void {
  if (error instanceof Fault && error.details.system === 'revenuecat')
    reportViolation(world, user, '3. a deletion fails because of RevenueCat');
}
