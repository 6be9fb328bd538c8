/**
 * The one writer of entitlements. Whatever happened, it reads the row, asks Stripe how things stand, and writes that
 * only if nobody wrote in between: so the last write always rests on the newest truth, in whatever order events come.
 */
import type { Profile, ProfileStore } from '../account/profile.ts';
import type { SubscriptionReader } from '../billing/billing.ts';
import { historyWith } from '../entitlement/history.ts';
import { nextState } from '../entitlement/project.ts';
import type { EntitlementRow, EntitlementState, EntitlementStore, SyncState } from '../entitlement/row.ts';
import type { Clock, Random } from '../system/clock.ts';
import { Fault } from '../system/fault.ts';
import type { Log } from '../system/log.ts';
import { fetchTruth } from './fetch-truth.ts';
import type { Hint } from './hint.ts';
import { confirmOwner, guessOwner, type OwnerCache } from './owner.ts';

/**
 * How much later than an event a fetch must have been to hold it for certain. `created` and `Date` are whole
 * seconds, and a change may show a moment after its event's time.
 */
export const SYNC_MARGIN_SECONDS = 3;

/** Each try lost is another writer's success; the waits between add up to more than the margin. */
const MAX_TRIES = 9;
const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 3_000;

export interface SyncServices {
  readonly billing: SubscriptionReader;
  readonly entitlements: EntitlementStore;
  readonly profiles: Pick<ProfileStore, 'read'>;
  readonly owners: OwnerCache;
  readonly clock: Pick<Clock, 'sleep'>;
  readonly random: Random;
  readonly log: Log;
}

export type SyncOutcome =
  | { readonly kind: 'written'; readonly sub: string; readonly status: string; readonly tries: number }
  /** The row already rests on a later look at Stripe. */
  | { readonly kind: 'already_seen'; readonly sub: string }
  /** Not a customer of any user of ours. */
  | { readonly kind: 'unknown_customer' }
  /** The user is gone, or going: nothing of them is written again. */
  | { readonly kind: 'no_such_user'; readonly sub: string };

export function createSync(services: SyncServices) {
  return async (hint: Hint): Promise<SyncOutcome> => {
    const guess = await guessOwner(services, hint);
    if (guess === undefined) return { kind: 'unknown_customer' };
    let sub = guess;
    for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
      const result = await attempt(services, hint, sub);
      switch (result.kind) {
        case 'owner_is':
          sub = result.sub;
          break;
        case 'conflict':
          await services.clock.sleep(waitMs(tries, services.random));
          break;
        case 'written':
          return { ...result, sub, tries };
        default:
          return { ...result, sub };
      }
    }
    throw new Fault({ code: 'contention', system: 'dynamodb', operation: 'sync' });
  };
}

type Attempt =
  | { readonly kind: 'written'; readonly status: string }
  | { readonly kind: 'already_seen' }
  | { readonly kind: 'no_such_user' }
  | { readonly kind: 'conflict' }
  | { readonly kind: 'owner_is'; readonly sub: string };

async function attempt(services: SyncServices, hint: Hint, sub: string): Promise<Attempt> {
  // Read before Stripe is asked: its version is the fence.
  const row = await services.entitlements.read(sub);
  const seen = row?.customerIds.includes(hint.customerId) ?? false;
  // A look for another reason did not ask what became of the money.
  if (
    row !== undefined &&
    seen &&
    !row.provisional &&
    !hint.reversal &&
    isLaterThanEvent(row.syncedAt, hint)
  ) {
    return { kind: 'already_seen' };
  }
  // A row that knows its customers and is no stopgap needs no second opinion.
  const profile =
    row === undefined || row.provisional || !seen ? await services.profiles.read(sub) : undefined;
  if (!seen) {
    const owner = await confirmOwner(services, { hint, sub, profile });
    if (owner !== sub) return { kind: 'owner_is', sub: owner };
  }
  if (row === undefined) return provision(services, hint, { sub, profile });
  if (row.provisional && !standing(profile)) {
    await services.entitlements.remove(sub);
    return { kind: 'no_such_user' };
  }
  const next = await truthFor(services, hint, { row, profile });
  const written = await services.entitlements.replace(row, next);
  return written === 'written' ? { kind: 'written', status: next.status } : { kind: 'conflict' };
}

/**
 * Makes the row that sign-up failed to make. A deletion may run between the look at the profile and the write, so
 * the row is provisional until the profile has been seen standing after it; a crash in between leaves the mark, and
 * whoever comes next looks again.
 */
async function provision(
  services: SyncServices,
  hint: Hint,
  user: { readonly sub: string; readonly profile: Profile | undefined },
): Promise<Attempt> {
  const { sub } = user;
  if (!standing(user.profile)) return { kind: 'no_such_user' };
  const next = await truthFor(services, hint, { row: undefined, profile: user.profile });
  const created = await services.entitlements.createIfAbsent(sub, { ...next, provisional: true });
  if (created === 'exists') return { kind: 'conflict' };
  if (!standing(await services.profiles.read(sub))) {
    await services.entitlements.remove(sub);
    return { kind: 'no_such_user' };
  }
  const settled = await services.entitlements.replace(created, next);
  return settled === 'written' ? { kind: 'written', status: next.status } : { kind: 'conflict' };
}

function standing(profile: Profile | undefined): boolean {
  return profile !== undefined && profile.deletion === null;
}

async function truthFor(
  services: SyncServices,
  hint: Hint,
  known: { readonly row: EntitlementRow | undefined; readonly profile: Profile | undefined },
): Promise<EntitlementState & SyncState> {
  const customerIds = union([
    ...(known.row?.customerIds ?? []),
    ...(known.profile?.customerId ? [known.profile.customerId] : []),
    hint.customerId,
  ]);
  const looksForReversal = (id: string) => isReversalDue(hint, known.row, id);
  const truth = await fetchTruth(services, hint, { customerIds, looksForReversal });
  const state = nextState(known.row, truth.found);
  return {
    ...state,
    syncedAt: truth.asOf,
    customerIds,
    provisional: false,
    history: historyWith(known.row, state, { at: truth.asOf ?? hint.changedAt, by: hint.eventId }),
  };
}

/**
 * The row is told of money that goes back by an event of its own. It knows nothing of a subscription that did not
 * decide until now; and a pass over everything looks again at what it knows to have gone back.
 */
function isReversalDue(hint: Hint, row: EntitlementRow | undefined, subscriptionId: string): boolean {
  if (hint.reversal) return true;
  if (row === undefined) return false;
  if (row.subscriptionId !== null && row.subscriptionId !== subscriptionId) return true;
  return hint.changedAt === null && row.reversal !== null;
}

function isLaterThanEvent(syncedAt: number | null, hint: Hint): boolean {
  return syncedAt !== null && hint.changedAt !== null && syncedAt > hint.changedAt + SYNC_MARGIN_SECONDS;
}

/** Doubling, with full jitter, so that rivals part. */
function waitMs(tries: number, random: Random): number {
  return random() * Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** tries);
}

function union(ids: readonly string[]): readonly string[] {
  return [...new Set(ids)];
}
