/**
 * Lets the syncs that events request of one row follow each other, so that a burst of events reads Stripe once at a time, and
 * not once for each event. The lease only saves calls: what a sync writes is correct without it, because of the fence.
 */
import type { EntitlementRow, EntitlementStore } from '../entitlement/row.ts';
import type { Clock, Random } from '../system/clock.ts';
import { Fault } from '../system/fault.ts';
import { beforeFeatures, includes, type Seen, SYNC_MARGIN_SECONDS } from './includes.ts';
import { concernsReversal, type SyncRequest } from './sync-request.ts';

/** Several times what a sync takes. If its holder dies, the next event waits this long. */
export const LEASE_MS = 1_000;
/** A sync loses no more time with others, its calls for them included, whatever the clocks of their machines say. */
export const LONGEST_WAIT_MS = 2 * LEASE_MS;
const POLL_MS = 100;
/** What is delivered so much later is often included already, so the row is read before its lease is taken. */
const LATE_MS = 10_000;

export interface LeaseServices {
  readonly entitlements: Pick<EntitlementStore, 'read' | 'takeLease' | 'announceFeatures' | 'endLease'>;
  readonly clock: Pick<Clock, 'nowMs' | 'sleep' | 'within'>;
  readonly random: Random;
}

/** What one sync knows of the rows that it has read, in all its attempts. */
export interface Turns {
  /** Names this sync as the holder of a lease. */
  readonly id: string;
  /** By user. The event had arrived when the row was first read. */
  readonly seen: Map<string, SeenByThis>;
  /** The users whose leases this sync has taken, and not ended by a write. */
  readonly held: Set<string>;
  /** What this sync has slept. A clock may be set back. */
  sleptMs: number;
  /** What it has spent with leases in all, by the clock. */
  spentMs: number;
  /** A call for a lease has failed, so this sync goes on without. */
  isAlone: boolean;
}

interface SeenByThis extends Seen {
  readonly beforeFeatures: Set<string>;
}

export function createTurns(random: Random): Turns {
  const id = Math.floor(random() * Number.MAX_SAFE_INTEGER).toString(36);
  return { id, seen: new Map(), held: new Set(), sleptMs: 0, spentMs: 0, isAlone: false };
}

export interface Asked {
  readonly request: SyncRequest;
  readonly sub: string;
}

export type Beginning =
  /** The row includes the change that requested the sync. */
  | { readonly kind: 'included' }
  /** The row as it was before Stripe is read. */
  | { readonly kind: 'begun'; readonly row: EntitlementRow | undefined };

/** Reads the row, whose version is the fence of the sync. A sync for an event first waits for one that is under way. */
export async function begin(services: LeaseServices, turns: Turns, asked: Asked): Promise<Beginning> {
  const { request, sub } = asked;
  let row = (await takeAtOnce(services, turns, asked)) ?? (await services.entitlements.read(sub));
  for (;;) {
    const seen = see(turns, sub, row);
    if (row !== undefined && includes(row, request, seen)) return { kind: 'included' };
    if (row === undefined || goesAhead(row, turns, request)) return { kind: 'begun', row };
    row = await nextRow(services, turns, row);
  }
}

function see({ seen }: Turns, sub: string, row: EntitlementRow | undefined): Seen {
  const ofRow = seen.get(sub) ?? { syncs: row?.syncs ?? 0, beforeFeatures: new Set() };
  seen.set(sub, ofRow);
  const other = row === undefined ? undefined : beforeFeatures(row);
  if (other !== undefined) ofRow.beforeFeatures.add(other);
  return ofRow;
}

/** Returns the row with its lease taken if it is free, or else as it is a moment later. */
async function nextRow(
  services: LeaseServices,
  turns: Turns,
  row: EntitlementRow,
): Promise<EntitlementRow | undefined> {
  const { clock, entitlements, random } = services;
  const { sub } = row;
  const taken = isHeld(row, clock) ? undefined : await take(services, turns, { sub });
  if (taken !== undefined || turns.isAlone) return taken ?? row;
  // The waits differ, so that one of several goes on first, and takes the lease.
  const ms = Math.min(leftMsOf(turns), POLL_MS * (0.5 + random()));
  await spending(services, turns, () => clock.sleep(ms));
  turns.sleptMs += ms;
  try {
    return await spending(services, turns, (leftMs) => clock.within(leftMs, () => entitlements.read(sub)));
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    // The row as it was read before is a fence, too.
    turns.isAlone = true;
    return row;
  }
}

/** A user does not wait for others, nor does a run of reconcile. */
function follows({ cause, foundByReconcile }: SyncRequest): boolean {
  return cause.kind === 'stripe_event' && foundByReconcile !== true;
}

function goesAhead({ lease }: EntitlementRow, turns: Turns, request: SyncRequest): boolean {
  return !follows(request) || turns.isAlone || lease?.id === turns.id || leftMsOf(turns) <= 0;
}

function leftMsOf({ sleptMs, spentMs }: Turns): number {
  return Math.max(0, LONGEST_WAIT_MS - Math.max(sleptMs, spentMs));
}

async function spending<T>(
  { clock }: Pick<LeaseServices, 'clock'>,
  turns: Turns,
  work: (leftMs: number) => Promise<T>,
): Promise<T> {
  const startedMs = clock.nowMs();
  try {
    return await work(leftMsOf(turns));
  } finally {
    turns.spentMs += Math.max(0, clock.nowMs() - startedMs);
  }
}

/** The first read for an event takes the lease in the same call, unless the row may include the change. */
async function takeAtOnce(
  services: LeaseServices,
  turns: Turns,
  { request, sub }: Asked,
): Promise<EntitlementRow | undefined> {
  if (!follows(request) || turns.isAlone || turns.seen.has(sub) || request.includesFeatures) return undefined;
  const { changedAt } = request;
  const mayBeIncluded =
    changedAt !== null && !concernsReversal(request) && request.includesPurchases !== true;
  if (mayBeIncluded && services.clock.nowMs() - changedAt * 1_000 > LATE_MS) return undefined;
  const guard = mayBeIncluded ? { notSyncedAfter: changedAt + SYNC_MARGIN_SECONDS } : {};
  return take(services, turns, { sub, ...guard });
}

/** The lease is taken only to save calls, so nothing that becomes of it fails the sync. */
async function take(
  services: LeaseServices,
  turns: Turns,
  { sub, ...guard }: { readonly sub: string; readonly notSyncedAfter?: number },
): Promise<EntitlementRow | undefined> {
  const { entitlements, clock } = services;
  const { id, held } = turns;
  // A call whose answer is lost may have taken it.
  held.add(sub);
  const lease = { id, nowMs: clock.nowMs(), lastsMs: LEASE_MS, ...guard };
  try {
    const row = await spending(services, turns, (leftMs) =>
      clock.within(leftMs, () => entitlements.takeLease(sub, lease)),
    );
    if (row === undefined) held.delete(sub);
    return row;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    turns.isAlone = true;
    return undefined;
  }
}

/**
 * Says in the lease that the features are read from now on, so that events about features can rely on it. Returns the id under
 * which they know this sync; null if they cannot.
 */
export async function announceFeatures(
  { entitlements, clock }: Pick<LeaseServices, 'entitlements' | 'clock'>,
  turns: Turns,
  sub: string,
): Promise<string | null> {
  if (turns.isAlone || !turns.held.has(sub)) return null;
  try {
    const isKnown = await clock.within(LEASE_MS, () => entitlements.announceFeatures(sub, turns.id));
    return isKnown ? turns.id : null;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return null;
  }
}

/** One that began long ago, or by a clock that is far ahead, is not waited for. */
function isHeld({ lease }: EntitlementRow, clock: Pick<Clock, 'nowMs'>): boolean {
  return lease !== undefined && Math.abs(clock.nowMs() - lease.sinceMs) <= LEASE_MS;
}

/** Lets the next sync begin at once, after one that has written nothing. If that fails, the lease ends by itself. */
export async function endLeases(
  { entitlements, clock }: Pick<LeaseServices, 'entitlements' | 'clock'>,
  { id, held }: Turns,
): Promise<void> {
  for (const sub of held) {
    try {
      await clock.within(LEASE_MS, () => entitlements.endLease(sub, id));
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
    }
  }
}
