/**
 * The only writer of entitlements. A sync reads the row, reads the user's state from Stripe, and writes that state only
 * if the row is unchanged. So the last write always holds Stripe's newest state, in whatever order events arrive.
 */
import type { ProfileStore } from '../account/profile.ts';
import type { SubscriptionReader } from '../billing/billing.ts';
import { claimsOf } from '../entitlement/claims.ts';
import { historyWith } from '../entitlement/history.ts';
import { keysToKeep } from '../entitlement/plan-keys.ts';
import type { PlanOrder } from '../entitlement/plan-order.ts';
import { nextState } from '../entitlement/project.ts';
import type { EntitlementRow, EntitlementState, EntitlementStore, SyncState } from '../entitlement/row.ts';
import { endRow } from '../gate/act.ts';
import type { Evidence } from '../gate/decide.ts';
import type { Clock, Random } from '../system/clock.ts';
import { Fault } from '../system/fault.ts';
import type { Log } from '../system/log.ts';
import { fetchSnapshot } from './fetch-snapshot.ts';
import {
  confirmOwner,
  exists,
  guessOwner,
  isLive,
  type OwnerCache,
  type OwnerClaim,
  type PossibleOwner,
  reportClaim,
} from './owner.ts';
import type { FeatureServices } from './read-features.ts';
import { causeLabel, type SyncRequest } from './sync-request.ts';

/**
 * How much later than an event a sync must be to be sure to include it. Stripe's `created` and `Date` are whole
 * seconds, and a change may become visible a moment after its event's time.
 */
export const SYNC_MARGIN_SECONDS = 3;

/** A sync created the row, and its profile is deleted or marked for deletion. */
export const provisionalRow: Evidence = { ownership: 'own', basis: { kind: 'own_work' } };

/** Each lost attempt is another writer's success. Together the waits between attempts exceed the margin. */
export const MAX_ATTEMPTS = 9;
const FIRST_WAIT_MS = 50;
/** More would make the row ever larger. */
const MAX_FORMER_CUSTOMERS = 20;
const LONGEST_WAIT_MS = 3_000;

export interface SyncServices {
  readonly billing: SubscriptionReader;
  readonly entitlements: EntitlementStore;
  readonly profiles: Pick<ProfileStore, 'read'>;
  readonly owners: OwnerCache;
  /** The same for every writer, since it decides which item of a subscription with several plans the row shows. */
  readonly planOrder: PlanOrder;
  readonly clock: Pick<Clock, 'sleep' | 'within'>;
  readonly random: Random;
  readonly log: Log;
}

export type SyncOutcome =
  | { readonly kind: 'written'; readonly sub: string; readonly status: string; readonly attempts: number }
  /** The row already holds a later state than the change that requested the sync. */
  | { readonly kind: 'already_current'; readonly sub: string }
  /** The customer belongs to no user of this pool. */
  | { readonly kind: 'unknown_customer' }
  /** The user is deleted or being deleted, so nothing is written. */
  | { readonly kind: 'no_such_user'; readonly sub: string };

/** The services of one sync. */
type Run = SyncServices & Pick<FeatureServices, 'failedFeatures'>;

export function createSync(parts: SyncServices) {
  return async (request: SyncRequest): Promise<SyncOutcome> => {
    const services: Run = { ...parts, failedFeatures: new Map() };
    const guess = await guessOwner(services, request);
    if (guess === undefined) return { kind: 'unknown_customer' };
    let owner = guess;
    for (let attempts = 1; attempts <= MAX_ATTEMPTS; attempts += 1) {
      const result = await attempt(services, request, owner);
      const { sub } = owner;
      switch (result.kind) {
        case 'owner_is':
          owner = { sub: result.sub, isConfirmed: true };
          break;
        case 'conflict':
          await services.clock.sleep(waitMs(attempts, services.random));
          break;
        case 'written':
          // The row is written, so the user who asked is let in. Everyone else must ask again for the rest.
          if (result.unread !== null && request.cause.kind !== 'user') throw result.unread;
          return { kind: 'written', status: result.status, sub, attempts };
        case 'unknown_customer':
          return result;
        default:
          return { ...result, sub };
      }
    }
    throw new Fault({ code: 'contention', system: 'dynamodb', operation: 'sync' });
  };
}

type Attempt =
  | { readonly kind: 'written'; readonly status: string; readonly unread: Fault | null }
  | { readonly kind: 'already_current' }
  | { readonly kind: 'no_such_user' }
  | { readonly kind: 'unknown_customer' }
  | { readonly kind: 'conflict' }
  | { readonly kind: 'owner_is'; readonly sub: string };

async function attempt(services: Run, request: SyncRequest, possible: PossibleOwner): Promise<Attempt> {
  const { sub } = possible;
  // The row must be read before Stripe: its version is the fence.
  const row = await services.entitlements.read(sub);
  const listed = row?.customerIds.includes(request.customerId) ?? false;
  // A sync for another reason did not read the reversal.
  const skips = row !== undefined && listed && !row.provisional && !concernsReversal(request);
  if (skips && isLaterThanChange(row.syncedAt, request)) return { kind: 'already_current' };
  // A confirmed row that lists the customer proves that the user exists. Any other row needs the profile's proof. The
  // profile of a former owner may still name the customer.
  const needsProfile = row === undefined || row.provisional || !listed || sub === request.formerSub;
  const profile = needsProfile ? await services.profiles.read(sub) : undefined;
  const claim = { ...possible, request, row, profile };
  // The list of subscriptions shows the owner of a listed customer, unless it is empty.
  const asks = !listed || (request.reassigned && row?.provisional === false);
  const owner = asks ? await confirmOwner(services, claim) : sub;
  // The row of a former owner is written also without the customer: a sync that is under way may have read from Stripe
  // before the change, and would add the customer after this one. Its write is then refused.
  const isFenced = sub === request.formerSub && exists(claim);
  if (owner !== sub && !isFenced) return ownerIs(owner);
  if (row === undefined) return createRow(services, { ...claim, row }, owner);
  if (row.provisional && !isLive(profile)) return rollBack(services, claim, row);
  const next = await readNext(services, claim, owner);
  return outcomeOf(await services.entitlements.replace(row, next.row), next);
}

function ownerIs(owner: string | undefined): Attempt {
  return owner === undefined ? { kind: 'unknown_customer' } : { kind: 'owner_is', sub: owner };
}

function outcomeOf(written: 'written' | 'conflict', { outcome }: NextRow): Attempt {
  return written === 'conflict' ? { kind: 'conflict' } : outcome;
}

/**
 * Creates the row that sign-up failed to create. A deletion may run between the read of the profile and the write, so
 * the row is provisional until the profile has been read again after it. A crash in between leaves the mark, and the
 * next sync checks again.
 */
async function createRow(
  services: Run,
  claim: OwnerClaim & { readonly row: undefined },
  owner: string | undefined,
): Promise<Attempt> {
  const { sub } = claim;
  if (!isLive(claim.profile)) return { kind: 'no_such_user' };
  const next = await readNext(services, claim, owner);
  const created = await services.entitlements.createIfAbsent(sub, { ...next.row, provisional: true });
  if (created === 'exists') return { kind: 'conflict' };
  if (!isLive(await services.profiles.read(sub))) return rollBack(services, claim, created);
  return outcomeOf(await services.entitlements.replace(created, next.row), next);
}

/**
 * Keeps a row that another sync has confirmed in between: it may be the only record of a customer that it lists. If the
 * user is the former owner, the next attempt finds the new one.
 */
async function rollBack(services: Run, { request, sub }: OwnerClaim, row: EntitlementRow): Promise<Attempt> {
  const ended = await endRow(services, { row, evidence: provisionalRow });
  return ended === 'removed' && sub !== request.formerSub ? { kind: 'no_such_user' } : { kind: 'conflict' };
}

/** Without the request's customer if it has another owner, or none. */
async function readNext(services: Run, claim: OwnerClaim, owner: string | undefined): Promise<NextRow> {
  const { request, sub, row, profile } = claim;
  const known = [...(row?.customerIds ?? []), ...(profile?.customerId ? [profile.customerId] : [])];
  const customerIds = union(
    owner === sub ? [...known, request.customerId] : known.filter((id) => id !== request.customerId),
  );
  const readsReversal = (id: string) => needsReversal(request, row, id);
  const snapshot = await fetchSnapshot(services, request, { sub, customerIds, readsReversal });
  for (const other of snapshot.ofOthers) {
    services.owners.set(other.customerId, other.sub);
    reportClaim(services, claim, other);
  }
  if (row?.unreadable === true) {
    services.log.error('Another writer stored an end in the row that is no time; it gives no access.', {
      metric: 'row_unreadable',
      user_id: sub,
    });
  }
  const foreign = new Set(snapshot.ofOthers.map(({ customerId }) => customerId));
  const listed = customerIds.filter((id) => !foreign.has(id));
  const state = nextState(row, snapshot.facts);
  const lastAt = row?.history.at(-1)?.at ?? null;
  // The last change may have been read by another source's clock, and the history stays in order.
  const change = { at: latest([snapshot.asOf ?? request.changedAt, lastAt]), by: causeLabel(request.cause) };
  const history = historyWith(row, state, change);
  const next = {
    ...state,
    // A row without its features does not include every change, so no event may be skipped.
    syncedAt: snapshot.unread === null ? snapshot.asOf : null,
    storesSyncedAt: row?.storesSyncedAt ?? null,
    customerIds: listed,
    formerCustomerIds: union([...(row?.formerCustomerIds ?? []), ...(row?.customerIds ?? [])])
      .filter((id) => !listed.includes(id))
      .slice(-MAX_FORMER_CUSTOMERS),
    ...(snapshot.unread === null ? {} : { featuresUnread: true }),
    provisional: false,
    planKeys: keysToKeep(row?.planKeys ?? {}, snapshot.facts.planKeys, { claims: state.claims, history }),
    history,
  };
  const named = snapshot.ofOthers.find(({ customerId }) => customerId === request.customerId)?.sub ?? owner;
  const { unread } = snapshot;
  const written = { kind: 'written', status: next.status, unread } as const;
  return { row: next, outcome: named === sub ? written : ownerIs(named) };
}

interface NextRow {
  readonly row: EntitlementState & SyncState;
  /** The outcome once the row is written. If the request's customer names another user, that row must be synced too. */
  readonly outcome: Attempt;
}

/**
 * Returns whether the sync must read the reversal. Reversals arrive as separate events, so most syncs need not.
 * Two others do: a sync that finds a subscription which did not decide before, and a sync for no particular change of a
 * row that already has a reversal.
 */
function needsReversal(
  request: SyncRequest,
  row: EntitlementRow | undefined,
  subscriptionId: string,
): boolean {
  if (concernsReversal(request)) return true;
  if (row === undefined) return false;
  const ofStripe = claimsOf(row).filter(({ source }) => source === 'stripe');
  const known = ofStripe.find((claim) => claim.subscriptionId === subscriptionId);
  if (known === undefined) return ofStripe.length > 0;
  return request.changedAt === null && known.reversal !== null;
}

/** The payment of a re-assigned customer may have been reversed while it was another user's. */
function concernsReversal({ includesReversal, reassigned }: SyncRequest): boolean {
  return includesReversal || reassigned;
}

function isLaterThanChange(syncedAt: number | null, { changedAt }: SyncRequest): boolean {
  return syncedAt !== null && changedAt !== null && syncedAt > changedAt + SYNC_MARGIN_SECONDS;
}

/** Returns a wait that doubles with each attempt, with full jitter so that rivals spread out. */
export function waitMs(attempts: number, random: Random): number {
  return random() * Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempts);
}

function latest(times: readonly (number | null)[]): number | null {
  const known = times.filter((at) => at !== null);
  return known.length === 0 ? null : Math.max(...known);
}

function union(ids: readonly string[]): readonly string[] {
  return [...new Set(ids)];
}
