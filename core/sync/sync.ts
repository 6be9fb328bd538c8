/**
 * The only writer of entitlements. A sync reads the row, reads the user's state from Stripe, and writes that state only
 * if the row is unchanged. So the last write always holds Stripe's newest state, in whatever order events arrive.
 */
import { type CustomerIndex, dropFromIndex } from '../account/customer-index.ts';
import type { ProfileStore } from '../account/profile.ts';
import { isProvablyOf, restoreName } from '../account/restore-name.ts';
import type { CustomerWriter, SubscriptionReader } from '../billing/billing.ts';
import type { PlanOrder } from '../entitlement/plan-order.ts';
import type { EntitlementRow, EntitlementStore } from '../entitlement/row.ts';
import { endRow } from '../gate/act.ts';
import type { Evidence } from '../gate/decide.ts';
import type { Clock, Random } from '../system/clock.ts';
import { Fault } from '../system/fault.ts';
import type { Log } from '../system/log.ts';
import type { SnapshotServices } from './fetch-snapshot.ts';
import { announceFeatures, begin, createTurns, endLeases, type Turns } from './lease.ts';
import { type NextRow, readNext } from './next-row.ts';
import {
  type ConfirmedOwner,
  confirmOwner,
  exists,
  guessOwner,
  isLive,
  isProven,
  lookUpOwner,
  type OwnerCache,
  type OwnerClaim,
  ownerByIndex,
  type PossibleOwner,
} from './owner.ts';
import { type SalesSeen, seeingSales } from './sales-seen.ts';
import type { SyncRequest } from './sync-request.ts';

/** A sync created the row, and its profile is deleted or marked for deletion. */
export const provisionalRow: Evidence = { ownership: 'own', basis: { kind: 'own_work' } };

/** Each lost attempt is another writer's success. Together the waits between attempts exceed the margin. */
export const MAX_ATTEMPTS = 9;
const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 3_000;

export interface SyncServices {
  readonly billing: SubscriptionReader & Pick<CustomerWriter, 'describeCustomer'>;
  readonly entitlements: EntitlementStore;
  readonly profiles: Pick<ProfileStore, 'read'>;
  readonly index: CustomerIndex;
  /** Null if it is not configured. Then no name is written back into a customer. */
  readonly poolId: string | null;
  readonly owners: OwnerCache;
  /** The same for every writer, since it decides which item of a subscription with several plans the row shows. */
  readonly planOrder: PlanOrder;
  readonly clock: Pick<Clock, 'nowMs' | 'sleep' | 'within'>;
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
interface Run extends SyncServices, Pick<SnapshotServices, 'failedFeatures' | 'announceFeatures'> {
  readonly turns: Turns;
  readonly isSoldTo: SalesSeen['isSoldTo'];
}

export function createSync(parts: SyncServices) {
  return async (request: SyncRequest): Promise<SyncOutcome> => {
    const turns = createTurns(parts.random);
    try {
      const announce = (sub: string) => announceFeatures(parts, turns, sub);
      const { isSoldTo, billing } = seeingSales(parts.billing, parts.owners);
      const run = {
        ...parts,
        billing: { ...parts.billing, ...billing },
        isSoldTo,
        failedFeatures: new Map(),
        announceFeatures: announce,
        turns,
      };
      return await runSync(run, request);
    } finally {
      await endLeases(parts, turns);
    }
  };
}

async function runSync(services: Run, request: SyncRequest): Promise<SyncOutcome> {
  const guess = await guessOwner(services, request);
  if (guess === undefined) return { kind: 'unknown_customer' };
  let owner = guess;
  let added: readonly string[] = [];
  for (let attempts = 1; attempts <= MAX_ATTEMPTS; attempts += 1) {
    const result = await attempt(services, request, owner);
    const { sub } = owner;
    switch (result.kind) {
      case 'owner_is':
        owner = { sub: result.sub, isConfirmed: true };
        break;
      case 'ask': {
        const asked = await lookUpOwner(services, request);
        if (asked === undefined) return { kind: 'unknown_customer' };
        owner = asked;
        break;
      }
      case 'conflict':
        added = [...added, ...result.added];
        await services.clock.sleep(waitMs(attempts, services.random));
        break;
      case 'written':
        // The row is written, so the user who asked is let in. Everyone else must ask again for the rest.
        if (result.unread !== null && request.cause.kind !== 'user') throw result.unread;
        return { kind: 'written', status: result.status, sub, attempts };
      case 'unknown_customer': {
        const indexed = owner.byIndex === true ? undefined : await ownerByIndex(services, request);
        if (indexed === undefined || indexed.sub === sub) return result;
        owner = indexed;
        break;
      }
      case 'already_current':
        if (added.length > 0) await dropIfDeleted(services, sub, added);
        return { ...result, sub };
      case 'no_such_user':
        // The user was deleted while this sync ran.
        await dropFromIndex(services, sub, added);
        return { ...result, sub };
    }
  }
  throw new Fault({ code: 'contention', system: 'dynamodb', operation: 'sync' });
}

/**
 * Another sync has written what this one was asked for. A deletion that has dropped the customers from the index already does
 * not do so again, because this sync has written nothing since. One that begins later finds what this sync has added.
 */
async function dropIfDeleted(services: Run, sub: string, added: readonly string[]): Promise<void> {
  const profile = await services.profiles.read(sub);
  const isMarked = profile !== undefined && profile.deletion !== null;
  if (isMarked || (await services.entitlements.read(sub)) === undefined)
    await dropFromIndex(services, sub, added);
}

type Attempt =
  | { readonly kind: 'written'; readonly status: string; readonly unread: Fault | null }
  | { readonly kind: 'already_current' }
  | { readonly kind: 'no_such_user' }
  | { readonly kind: 'unknown_customer' }
  /** `added`: the customers that the index leads to the user since. */
  | { readonly kind: 'conflict'; readonly added: readonly string[] }
  | { readonly kind: 'owner_is'; readonly sub: string }
  /** Only a hint leads to the user, and Stripe must say which user the customer names. */
  | { readonly kind: 'ask' };

async function attempt(services: Run, request: SyncRequest, possible: PossibleOwner): Promise<Attempt> {
  const { sub } = possible;
  // The row must be read before Stripe: its version is the fence.
  const beginning = await begin(services, services.turns, { request, sub });
  if (beginning.kind === 'included') return { kind: 'already_current' };
  const { row } = beginning;
  const listed = row?.customerIds.includes(request.customerId) ?? false;
  // A confirmed row that lists the customer proves that the user exists. Any other row needs the profile's proof. The
  // profile of a former owner may still name the customer.
  const needsProfile = row === undefined || row.provisional || !listed || sub === request.formerSub;
  const profile = needsProfile ? await services.profiles.read(sub) : undefined;
  const claim = { ...possible, request, row, profile };
  if (!isProven(claim)) return { kind: 'unknown_customer' };
  // The list of subscriptions shows the owner of a listed customer, unless it is empty.
  const asks = !listed || possible.isHint === true || (request.reassigned && row?.provisional === false);
  const confirmed = asks ? await confirmOwner(services, claim) : { owner: sub };
  if (confirmed === 'ask') return { kind: 'ask' };
  const { owner } = confirmed;
  // The row of a former owner is written also without the customer: a sync that is under way may have read from Stripe
  // before the change, and would add the customer after this one. Its write is then refused.
  const isFenced = sub === request.formerSub && exists(claim);
  if (owner !== sub && !isFenced) return ownerIs(owner);
  if (row === undefined) return createRow(services, { ...claim, row }, confirmed);
  if (row.provisional && !isLive(profile)) return rollBack(services, claim, row);
  return write(services, claim, { row, next: await readNext(services, claim, confirmed) });
}

function ownerIs(owner: string | undefined): Attempt {
  return owner === undefined ? { kind: 'unknown_customer' } : { kind: 'owner_is', sub: owner };
}

async function write(
  services: Run,
  claim: OwnerClaim,
  { row, next }: { readonly row: EntitlementRow; readonly next: NextRow },
): Promise<Attempt> {
  const { sub } = claim;
  const written = await services.entitlements.replace(row, next.row);
  if (written === 'conflict') return { kind: 'conflict', added: next.added };
  services.turns.held.delete(sub);
  await dropFromIndex(services, sub, next.dropped);
  if (next.named !== sub) return ownerIs(next.named);
  await restore(services, claim, next);
  return { kind: 'written', status: next.row.status, unread: next.unread };
}

/** The row is written: whatever becomes of the customer's metadata, the user has the access that it gives. */
async function restore(services: SyncServices, claim: OwnerClaim, { unnamed }: NextRow): Promise<void> {
  const { poolId, log } = services;
  const { request, sub } = claim;
  const { customerId } = request;
  const wasNamed = request.formerSub === sub && request.sub === null;
  if (poolId === null || (unnamed === undefined && claim.byIndex !== true && !wasNamed)) return;
  const shown = unnamed ?? { pool: null, stamps: [] };
  const evidence = { ...claim, ...shown, customerId, poolId, named: wasNamed };
  if (!isProvablyOf(evidence)) return;
  try {
    await restoreName({ ...services, poolId }, { customerId, sub });
  } catch (cause) {
    if (!(cause instanceof Fault)) throw cause;
    const fields = { metric: 'customer_name_not_restored', customer_id: customerId, user_id: sub };
    log.warn('A customer names no user, and its user could not be written back into it.', fields, cause);
  }
}

/**
 * Creates the row that sign-up failed to create. A deletion may run between the read of the profile and the write, so
 * the row is provisional until the profile has been read again after it. A crash in between leaves the mark, and the
 * next sync checks again.
 */
async function createRow(
  services: Run,
  claim: OwnerClaim & { readonly row: undefined },
  confirmed: ConfirmedOwner,
): Promise<Attempt> {
  const { sub } = claim;
  if (!isLive(claim.profile)) return { kind: 'no_such_user' };
  const next = await readNext(services, claim, confirmed);
  const created = await services.entitlements.createIfAbsent(sub, { ...next.row, provisional: true });
  if (created === 'exists') return { kind: 'conflict', added: next.added };
  if (!isLive(await services.profiles.read(sub))) return rollBack(services, claim, created);
  return write(services, claim, { row: created, next });
}

/**
 * Keeps a row that another sync has confirmed in between: it may be the only record of a customer that it lists. If the
 * user is the former owner, the next attempt finds the new one.
 */
async function rollBack(services: Run, { request, sub }: OwnerClaim, row: EntitlementRow): Promise<Attempt> {
  const ended = await endRow(services, { row, evidence: provisionalRow });
  if (ended === 'removed') await dropFromIndex(services, sub, row.customerIds);
  return ended === 'removed' && sub !== request.formerSub
    ? { kind: 'no_such_user' }
    : { kind: 'conflict', added: [] };
}

/** Returns a wait that doubles with each attempt, with full jitter so that rivals spread out. */
export function waitMs(attempts: number, random: Random): number {
  return random() * Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempts);
}
