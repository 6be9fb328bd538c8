/**
 * Lets the syncs that events request of one row follow each other, so that a burst of events reads Stripe once at a time, and
 * not once for each event. The lease only saves calls: what a sync writes is correct without it, because of the fence.
 */
import type { EntitlementRow, EntitlementStore, LeaseGuard } from '../entitlement/row.ts';
import type { Clock, Random } from '../system/clock.ts';
import { Fault } from '../system/fault.ts';
import { includes, SYNC_MARGIN_SECONDS } from './includes.ts';
import { concernsReversal, type SyncRequest } from './sync-request.ts';

/** Several times what a sync takes. If its holder dies, the next event waits this long. */
export const LEASE_MS = 1_000;
/** A sync waits no longer for others, whatever the clocks of their machines say. */
export const LONGEST_WAIT_MS = 2 * LEASE_MS;
const POLL_MS = 100;
/** What is delivered so much later is often included already, so the row is read before its lease is taken. */
const LATE_MS = 10_000;

export interface LeaseServices {
  readonly entitlements: Pick<EntitlementStore, 'read' | 'takeLease' | 'endLease'>;
  readonly clock: Pick<Clock, 'nowMs' | 'sleep'>;
  readonly random: Random;
}

/** What one sync knows of the rows that it has read, in all its attempts. */
export interface Turns {
  /** Names this sync as the holder of a lease. */
  readonly id: string;
  /** By user: how many syncs the row had had when it was first read. The event had arrived by then. */
  readonly firstSeen: Map<string, number>;
  /** The users whose leases this sync has taken, and not ended by a write. */
  readonly held: Set<string>;
  waitedMs: number;
}

export function createTurns(random: Random): Turns {
  const id = Math.floor(random() * Number.MAX_SAFE_INTEGER).toString(36);
  return { id, firstSeen: new Map(), held: new Set(), waitedMs: 0 };
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
  const { firstSeen } = turns;
  let row = await takeAtOnce(services, turns, asked);
  for (;;) {
    row ??= await services.entitlements.read(sub);
    const syncs = row?.syncs ?? 0;
    const since = firstSeen.get(sub) ?? syncs;
    firstSeen.set(sub, since);
    if (row !== undefined && includes(row, request, since)) return { kind: 'included' };
    if (row === undefined || goesAhead(row, turns, request)) return { kind: 'begun', row };
    if (!isHeld(row, services.clock)) {
      const taken = await take(services, turns, { sub, guard: { syncs } });
      if (taken !== undefined) return { kind: 'begun', row: taken };
    }
    await wait(services, turns);
    row = undefined;
  }
}

/** A user does not wait for others, nor does a run of reconcile. */
function follows({ cause }: SyncRequest): boolean {
  return cause.kind === 'stripe_event';
}

function goesAhead({ lease }: EntitlementRow, { id, waitedMs }: Turns, request: SyncRequest): boolean {
  return !follows(request) || lease?.id === id || waitedMs >= LONGEST_WAIT_MS;
}

/** The first read for an event takes the lease in the same call, unless the row may include the change. */
async function takeAtOnce(
  services: LeaseServices,
  turns: Turns,
  { request, sub }: Asked,
): Promise<EntitlementRow | undefined> {
  if (!follows(request) || turns.firstSeen.has(sub) || request.includesFeatures) return undefined;
  const { changedAt } = request;
  const mayBeIncluded = changedAt !== null && !concernsReversal(request);
  if (mayBeIncluded && services.clock.nowMs() - changedAt * 1_000 > LATE_MS) return undefined;
  const guard = mayBeIncluded ? { notSyncedAfter: changedAt + SYNC_MARGIN_SECONDS } : {};
  return take(services, turns, { sub, guard });
}

async function take(
  { entitlements, clock }: LeaseServices,
  { id, held }: Turns,
  { sub, guard }: { readonly sub: string; readonly guard: LeaseGuard },
): Promise<EntitlementRow | undefined> {
  // A call whose answer is lost may have taken it.
  held.add(sub);
  const row = await entitlements.takeLease(sub, { id, nowMs: clock.nowMs(), lastsMs: LEASE_MS, ...guard });
  if (row === undefined) held.delete(sub);
  return row;
}

/** One that began long ago, or by a clock that is far ahead, is not waited for. */
function isHeld({ lease }: EntitlementRow, clock: Pick<Clock, 'nowMs'>): boolean {
  return lease !== undefined && Math.abs(clock.nowMs() - lease.sinceMs) <= LEASE_MS;
}

/** The waits differ, so that one of several goes on first, and takes the lease. */
async function wait({ clock, random }: LeaseServices, turns: Turns): Promise<void> {
  const ms = POLL_MS * (0.5 + random());
  turns.waitedMs += ms;
  await clock.sleep(ms);
}

/** Lets the next sync begin at once, after one that has written nothing. If that fails, the lease ends by itself. */
export async function endLeases(
  { entitlements }: Pick<LeaseServices, 'entitlements'>,
  { id, held }: Turns,
): Promise<void> {
  for (const sub of held) {
    try {
      await entitlements.endLease(sub, id);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
    }
  }
}
