/** The two tables in memory, with strong reads and conditional writes. Each takes effect at one moment. */

import type { CustomerIndex } from '../../core/account/customer-index.ts';
import type { NewProfile, Profile, ProfileStore } from '../../core/account/profile.ts';
import type { TrialClaim, TrialStore } from '../../core/checkout/trial-claim.ts';
import type { EntitlementRow, EntitlementStore, NewRow } from '../../core/entitlement/row.ts';
import type { GrantTerms } from '../../core/grants/terms.ts';
import type { PendingRemoval, PendingRemovals } from '../../core/stores/pending-removal.ts';
import type { Network } from '../engine/invocation.ts';
import { leasesOf } from './leases.ts';
import { notePromise, type Promised, withMark } from './marks.ts';
import { createRequestsWorld, type RequestsWorld } from './requests.ts';

export type RemovedRow = EntitlementRow & { readonly removedMs: number };

/** What another writer put into a row, and the row's version at that moment; or the app's own trial that sign-up put there. */
export type Statement = Pick<EntitlementRow, 'status' | 'plan' | 'currentPeriodEnd' | 'trialExpiresAt'> & {
  /** Null for the trial: the row is this service's own. */
  readonly version: unknown;
  /** The subscriptions, and the purchases in stores, that the row had shown by then. */
  readonly shown: readonly string[];
};

export interface Given extends Pick<GrantTerms, 'plan' | 'features' | 'until'> {
  readonly id: string;
}

export interface DynamoDbWorld {
  readonly nowMs: () => number;
  /** Called before a row is created. */
  readonly onCreate: (row: EntitlementRow) => void;
  /** Called before a row is replaced. */
  readonly onWrite: (before: EntitlementRow, after: EntitlementRow) => void;
  readonly entitlements: Map<string, EntitlementRow>;
  readonly profiles: Map<string, Profile>;
  /** The users that the index leads to, by customer. */
  readonly index: Map<string, readonly string[]>;
  /** The rows that were removed, in order, as they were at that moment. */
  readonly removed: RemovedRow[];
  /** When the profiles of users were first marked for deletion, by sub. */
  readonly marked: Map<string, number>;
  /** What the requests to delete an account were promised when they were recorded, by sub. One for each profile. */
  readonly promised: Map<string, Promised[]>;
  /** The app’s own attribute on profiles that is named like a mark of version 0.1, by sub. This service ignores it. */
  readonly appMarks: Map<string, string>;
  /** What other code or a person wrote into rows last, by sub. */
  readonly statements: Map<string, Statement>;
  /** What commands have given and not revoked, by sub, in order. */
  readonly grants: Map<string, readonly Given[]>;
  /** The ends of the trials that rows have begun with, by sub. They outlive the rows. */
  readonly trialsAtSignUp: Map<string, number>;
  /** Claims to trials, by the hash of the address. */
  readonly trials: Map<string, TrialClaim>;
  /** What is counted of the users' requests. */
  readonly requests: RequestsWorld;
  /** What RevenueCat still has to forget, by sub. */
  readonly removals: Map<string, PendingRemoval>;
}

/** More than a row has in any history. */
const VERSIONS_OF_A_ROW = 1_000;

const unwatched = { onCreate: () => {}, onWrite: () => {} };

export function createDynamoDbWorld(
  nowMs: () => number = () => 0,
  { onCreate, onWrite }: Pick<DynamoDbWorld, 'onCreate' | 'onWrite'> = unwatched,
): DynamoDbWorld {
  return {
    nowMs,
    onCreate,
    onWrite,
    entitlements: new Map(),
    profiles: new Map(),
    index: new Map(),
    removed: [],
    marked: new Map(),
    promised: new Map(),
    appMarks: new Map(),
    statements: new Map(),
    grants: new Map(),
    trialsAtSignUp: new Map(),
    trials: new Map(),
    requests: createRequestsWorld(),
    removals: new Map(),
  };
}

export function entitlementStoreOf(world: DynamoDbWorld, network: Network): EntitlementStore {
  const { entitlements, removed, statements, grants, nowMs, onCreate, onWrite } = world;
  const removeRow = (sub: string): void => {
    const row = entitlements.get(sub);
    if (row !== undefined) removed.push({ ...row, removedMs: nowMs() });
    entitlements.delete(sub);
    statements.delete(sub);
    grants.delete(sub);
  };
  const unchanged = (row: EntitlementRow): boolean => isUnchanged(entitlements.get(row.sub), row);
  const asRow = (sub: string, version: number, state: NewRow): EntitlementRow => {
    const trialStartedAt = state.trialStartedAt ?? entitlements.get(sub)?.trialStartedAt ?? null;
    const isRepeated = state.claims.length === 1 && state.claims[0]?.source === 'stripe';
    const claims = isRepeated ? [] : state.claims;
    const stored = {
      sub,
      trialStartedAt,
      ...soldOf(entitlements.get(sub)),
      unreadable: false,
      updatedAt: String(nowMs()),
      fence: { version },
    };
    return { ...state, claims, ...stored };
  };
  return {
    read: (sub) => network.call('dynamodb', 'read entitlement', () => entitlements.get(sub)),
    createIfAbsent: (sub, state) =>
      network.call('dynamodb', 'create entitlement', () => {
        if (entitlements.has(sub)) return 'exists';
        // No version of a row that was removed.
        const former = removed.filter((one) => one.sub === sub).length;
        const row = asRow(sub, 1 + former * VERSIONS_OF_A_ROW, state);
        onCreate(row);
        entitlements.set(sub, row);
        return row;
      }),
    replace: (row, state) =>
      network.call('dynamodb', 'write entitlement', () => {
        const stored = entitlements.get(row.sub);
        if (stored === undefined || !unchanged(row)) return 'conflict';
        const version = typeof row.fence.version === 'number' ? row.fence.version + 1 : 1;
        const next = asRow(row.sub, version, state);
        onWrite(stored, next);
        entitlements.set(row.sub, next);
        return 'written';
      }),
    ...leasesOf(world, network),
    removeIfUnchanged: (row) =>
      network.call('dynamodb', 'remove entitlement', () => {
        if (entitlements.has(row.sub) && !unchanged(row)) return 'conflict';
        removeRow(row.sub);
        return 'removed';
      }),
  };
}

function isUnchanged(stored: EntitlementRow | undefined, row: EntitlementRow): boolean {
  if (stored === undefined) return false;
  // Other writers raise no version.
  const fenced = ['provisional', 'status', 'plan', 'currentPeriodEnd', 'trialExpiresAt'] as const;
  return stored.fence.version === row.fence.version && fenced.every((name) => stored[name] === row[name]);
}

/** A write keeps what it does not know. */
function soldOf(row: EntitlementRow | undefined): Pick<EntitlementRow, 'soldOnceSince'> {
  return row?.soldOnceSince === undefined ? {} : { soldOnceSince: row.soldOnceSince };
}

export function customerIndexOf({ index }: DynamoDbWorld, network: Network): CustomerIndex {
  const others = (customerId: string, sub: string) =>
    (index.get(customerId) ?? []).filter((one) => one !== sub);
  return {
    usersOf: (customerId) =>
      network.call('dynamodb', 'read customer index', () => index.get(customerId) ?? []),
    add: (customerId, sub) =>
      network.call('dynamodb', 'write customer index', () => {
        index.set(customerId, [...others(customerId, sub), sub]);
      }),
    drop: (customerId, sub) =>
      network.call('dynamodb', 'delete from customer index', () => {
        const left = others(customerId, sub);
        if (left.length === 0) index.delete(customerId);
        else index.set(customerId, left);
      }),
  };
}

export function trialStoreOf({ trials }: DynamoDbWorld, network: Network): TrialStore {
  return {
    read: (emailHash) => network.call('dynamodb', 'read trial claim', () => trials.get(emailHash)),
    put: (claim, seen) =>
      network.call('dynamodb', 'write trial claim', () => {
        if (JSON.stringify(trials.get(claim.emailHash)) !== JSON.stringify(seen)) return 'conflict';
        const { emailHash, accountHash, used, customerId, sessionId, claimedAt } = claim;
        trials.set(emailHash, { emailHash, accountHash, used, customerId, sessionId, claimedAt });
        return 'written';
      }),
  };
}

export function removalStoreOf({ removals }: DynamoDbWorld, network: Network): PendingRemovals {
  const stored = ({ sub, since, requested, expected }: PendingRemoval) => ({
    sub,
    since,
    requested,
    expected,
  });
  return {
    read: (sub) => network.call('dynamodb', 'read store removal', () => removals.get(sub)),
    record: (removal) =>
      network.call('dynamodb', 'record store removal', () => {
        if (!removals.has(removal.sub)) removals.set(removal.sub, stored(removal));
      }),
    update: (removal) =>
      network.call('dynamodb', 'update store removal', () => {
        if (removals.has(removal.sub)) removals.set(removal.sub, stored(removal));
      }),
    clear: (sub) =>
      network.call('dynamodb', 'clear store removal', () => {
        removals.delete(sub);
      }),
  };
}

export function profileStoreOf(
  { profiles, marked: everMarked, promised, nowMs }: DynamoDbWorld,
  network: Network,
): ProfileStore {
  return {
    read: (userId) => network.call('dynamodb', 'read profile', () => profiles.get(userId)),
    fillIn: ({ userId, createdAt }: NewProfile) =>
      network.call('dynamodb', 'fill in profile', () => {
        const existing = profiles.get(userId);
        if (existing === undefined) {
          profiles.set(userId, { userId, customerId: null, deletion: null, createdAt });
          return 'created';
        }
        if (existing.deletion !== null) return 'marked';
        profiles.set(userId, { ...existing, createdAt: existing.createdAt ?? createdAt });
        return 'filled';
      }),
    linkCustomer: ({ userId, customerId }) =>
      network.call('dynamodb', 'link customer', () => {
        const existing = profiles.get(userId);
        if (existing === undefined) return 'missing';
        if (existing.customerId !== null && existing.customerId !== customerId) return 'other_customer';
        profiles.set(userId, { ...existing, customerId });
        return 'linked';
      }),
    replaceCustomer: ({ userId, customerId, expectedCustomerId }) =>
      network.call('dynamodb', 'replace customer', () => {
        const existing = profiles.get(userId);
        if (existing === undefined || existing.deletion !== null) return 'missing';
        if (existing.customerId !== expectedCustomerId) return 'other_customer';
        profiles.set(userId, { ...existing, customerId });
        return 'linked';
      }),
    markForDeletion: (mark) =>
      network.call('dynamodb', 'mark profile for deletion', () => {
        const existing = profiles.get(mark.userId);
        if (existing === undefined && mark.mustExist === true) return undefined;
        const marked = withMark(existing, mark);
        profiles.set(mark.userId, marked);
        notePromise(promised, { existing, marked, atMs: nowMs() });
        if (!everMarked.has(mark.userId)) everMarked.set(mark.userId, nowMs());
        return marked;
      }),
    removeUnlessMarked: ({ userId, customerId }) =>
      network.call('dynamodb', 'remove profile', () => {
        const existing = profiles.get(userId);
        if (existing === undefined) return 'removed';
        const another = existing.customerId !== null && existing.customerId !== customerId;
        if (existing.deletion !== null || another) return 'kept';
        profiles.delete(userId);
        return 'removed';
      }),
    remove: (userId) =>
      network.call('dynamodb', 'remove profile', () => {
        profiles.delete(userId);
      }),
  };
}
