/**
 * Writes what one source other than Stripe says about a user, under the protocol of the Stripe sync: the row is read before the
 * source, and written only if it is unchanged. So two sources never overwrite each other.
 */
import type { ProfileStore } from '../account/profile.ts';
import { claimsOf } from '../entitlement/claims.ts';
import { historyWith } from '../entitlement/history.ts';
import { mergeClaims, type Statement, stateOfClaims } from '../entitlement/merge-claims.ts';
import { keysOfStorePlans, keysToKeep } from '../entitlement/plan-keys.ts';
import {
  type EntitlementRow,
  type EntitlementState,
  type EntitlementStore,
  neverSynced,
  type SyncState,
} from '../entitlement/row.ts';
import { endRow } from '../gate/act.ts';
import type { Clock, Random } from '../system/clock.ts';
import { Fault } from '../system/fault.ts';
import { isLive } from './owner.ts';
import { MAX_ATTEMPTS, provisionalRow, waitMs } from './sync.ts';
import { causeLabel, type SyncCause } from './sync-request.ts';

export interface ClaimWriterServices {
  readonly entitlements: Pick<EntitlementStore, 'read' | 'createIfAbsent' | 'replace' | 'removeIfUnchanged'>;
  readonly profiles: Pick<ProfileStore, 'read'>;
  readonly clock: Pick<Clock, 'sleep'>;
  readonly random: Random;
}

export interface ClaimRequest {
  readonly sub: string;
  readonly cause: SyncCause;
}

/** What a source said, and when by its own clock. */
export interface Said {
  readonly statement: Statement;
  /** Unix seconds. Null if its answer had no time. */
  readonly asOf: number | null;
  /** The source's own part of what the row knows about its syncs. */
  readonly sync?: Partial<Pick<SyncState, 'storesSyncedAt'>>;
}

export type ClaimsWritten =
  | { readonly kind: 'written'; readonly status: string; readonly attempts: number }
  /** The row needs no change. */
  | { readonly kind: 'unchanged' }
  /** The user is deleted or being deleted, or is not of this installation. Nothing is written. */
  | { readonly kind: 'no_such_user' };

/** Asks the source after the row was read. Null: the row needs no change. It is asked again if the row has changed since. */
export type AskSource = (row: EntitlementRow | undefined) => Promise<Said | null>;

export async function writeClaims(
  services: ClaimWriterServices,
  request: ClaimRequest,
  ask: AskSource,
): Promise<ClaimsWritten> {
  for (let attempts = 1; attempts <= MAX_ATTEMPTS; attempts += 1) {
    const outcome = await attempt(services, request, ask);
    if (outcome === 'no_such_user') return { kind: 'no_such_user' };
    if (outcome === 'unchanged') return { kind: 'unchanged' };
    if (outcome !== 'conflict') return { kind: 'written', status: outcome.status, attempts };
    await services.clock.sleep(waitMs(attempts, services.random));
  }
  throw new Fault({ code: 'contention', system: 'dynamodb', operation: 'write claims' });
}

type Attempt = { readonly status: string } | 'unchanged' | 'no_such_user' | 'conflict';

async function attempt(
  services: ClaimWriterServices,
  request: ClaimRequest,
  ask: AskSource,
): Promise<Attempt> {
  const { entitlements, profiles } = services;
  const { sub } = request;
  const row = await entitlements.read(sub);
  // A confirmed row proves that the user exists.
  if (row === undefined || row.provisional) {
    const profile = await profiles.read(sub);
    if (!isLive(profile)) return row === undefined ? 'no_such_user' : rollBack(services, row);
  }
  const said = await ask(row);
  if (said === null) return 'unchanged';
  const next = nextRow(row, said, request);
  if (row !== undefined) return written(await entitlements.replace(row, next), next);
  // A deletion may run between the read of the profile and the write, as in the Stripe sync.
  const created = await entitlements.createIfAbsent(sub, { ...next, provisional: true });
  if (created === 'exists') return 'conflict';
  if (!isLive(await profiles.read(sub))) return rollBack(services, created);
  return written(await entitlements.replace(created, next), next);
}

function written(result: 'written' | 'conflict', { status }: EntitlementState): Attempt {
  return result === 'conflict' ? 'conflict' : { status };
}

/** Keeps a row that another sync has confirmed in between. */
async function rollBack(services: ClaimWriterServices, row: EntitlementRow): Promise<Attempt> {
  const ended = await endRow(services, { row, evidence: provisionalRow });
  return ended === 'removed' ? 'no_such_user' : 'conflict';
}

function nextRow(
  row: EntitlementRow | undefined,
  { statement, asOf, sync }: Said,
  { cause }: ClaimRequest,
): EntitlementState & SyncState {
  const known = row === undefined ? [] : claimsOf(row);
  const state = stateOfClaims(mergeClaims(known, statement), row?.features ?? null);
  const lastAt = row?.history.at(-1)?.at ?? null;
  // The last change may have been read by another source's clock, and the history stays in order.
  const times = [asOf, lastAt].filter((time) => time !== null);
  const at = times.length === 0 ? null : Math.max(...times);
  const history = historyWith(row, state, { at, by: causeLabel(cause) });
  const { syncedAt, syncs, featuresSyncedAt, featuresOf, featuresRead, ...others } = row ?? neverSynced;
  const {
    purchasesSyncedAt,
    storesSyncedAt,
    customerIds,
    formerCustomerIds,
    billingFacts,
    featuresUnread,
    planKeys,
  } = others;
  return {
    ...state,
    syncedAt,
    syncs,
    featuresSyncedAt,
    featuresOf,
    featuresRead,
    purchasesSyncedAt,
    storesSyncedAt,
    customerIds,
    formerCustomerIds,
    billingFacts,
    ...(featuresUnread === true ? { featuresUnread } : {}),
    ...sync,
    provisional: false,
    planKeys: keysToKeep(planKeys, keysOfStorePlans(statement.claims), { claims: state.claims, history }),
    history,
  };
}
