/** The two tables in memory: strong reads, conditional writes, each carried out at one moment. */
import type { NewProfile, Profile, ProfileStore } from '../../core/account/profile.ts';
import type {
  EntitlementRow,
  EntitlementState,
  EntitlementStore,
  SyncState,
} from '../../core/entitlement/row.ts';
import type { Network } from '../engine/invocation.ts';

export interface DynamoDbWorld {
  readonly entitlements: Map<string, EntitlementRow>;
  readonly profiles: Map<string, Profile>;
  /** Whose deletion has ever been put on record. */
  readonly marked: Set<string>;
}

export function createDynamoDbWorld(): DynamoDbWorld {
  return { entitlements: new Map(), profiles: new Map(), marked: new Set() };
}

export function entitlementStoreOf({ entitlements }: DynamoDbWorld, network: Network): EntitlementStore {
  const unchanged = (row: EntitlementRow): boolean =>
    entitlements.get(row.sub)?.fence.version === row.fence.version;
  const asRow = (sub: string, version: number, state: EntitlementState & SyncState): EntitlementRow => {
    return { ...state, sub, updatedAt: null, fence: { version } };
  };
  return {
    read: (sub) => network.call('dynamodb', 'read entitlement', () => entitlements.get(sub)),
    createIfAbsent: (sub, state) =>
      network.call('dynamodb', 'create entitlement', () => {
        if (entitlements.has(sub)) return 'exists';
        const row = asRow(sub, 1, state);
        entitlements.set(sub, row);
        return row;
      }),
    replace: (row, state) =>
      network.call('dynamodb', 'write entitlement', () => {
        if (!entitlements.has(row.sub) || !unchanged(row)) return 'conflict';
        const version = typeof row.fence.version === 'number' ? row.fence.version + 1 : 1;
        entitlements.set(row.sub, asRow(row.sub, version, state));
        return 'written';
      }),
    removeIfUnchanged: (row) =>
      network.call('dynamodb', 'remove entitlement', () => {
        if (entitlements.has(row.sub) && !unchanged(row)) return 'conflict';
        entitlements.delete(row.sub);
        return 'removed';
      }),
    remove: (sub) =>
      network.call('dynamodb', 'remove entitlement', () => {
        entitlements.delete(sub);
      }),
    countSyncRequest: (sub) =>
      network.call('dynamodb', 'count sync request', () => (entitlements.has(sub) ? 'allowed' : 'missing')),
  };
}

export function profileStoreOf(
  { profiles, marked: onRecord }: DynamoDbWorld,
  network: Network,
): ProfileStore {
  return {
    read: (userId) => network.call('dynamodb', 'read profile', () => profiles.get(userId)),
    fillIn: ({ userId, createdAt }: NewProfile) =>
      network.call('dynamodb', 'fill in profile', () => {
        const standing = profiles.get(userId);
        if (standing === undefined) {
          profiles.set(userId, { userId, customerId: null, deletion: null, createdAt });
          return 'created';
        }
        return standing.deletion === null ? 'filled' : 'marked';
      }),
    linkCustomer: ({ userId, customerId }) =>
      network.call('dynamodb', 'link customer', () => {
        const standing = profiles.get(userId);
        if (standing === undefined) return 'missing';
        if (standing.customerId !== null && standing.customerId !== customerId) return 'other_customer';
        profiles.set(userId, { ...standing, customerId });
        return 'linked';
      }),
    replaceCustomer: ({ userId, customerId, expectedCustomerId }) =>
      network.call('dynamodb', 'replace customer', () => {
        const standing = profiles.get(userId);
        if (standing === undefined || standing.deletion !== null) return 'missing';
        if (standing.customerId !== expectedCustomerId) return 'other_customer';
        profiles.set(userId, { ...standing, customerId });
        return 'linked';
      }),
    markForDeletion: ({ userId, username, at }) =>
      network.call('dynamodb', 'mark profile for deletion', () => {
        const standing = profiles.get(userId);
        const deletion = {
          requestedAt: standing?.deletion?.requestedAt ?? at,
          username: username ?? standing?.deletion?.username ?? null,
        };
        const { customerId = null, createdAt = null } = standing ?? {};
        const marked = { userId, customerId, deletion, createdAt };
        profiles.set(userId, marked);
        onRecord.add(userId);
        return marked;
      }),
    removeUnlessMarked: ({ userId, customerId }) =>
      network.call('dynamodb', 'remove profile', () => {
        const standing = profiles.get(userId);
        if (standing === undefined) return 'removed';
        const another = standing.customerId !== null && standing.customerId !== customerId;
        if (standing.deletion !== null || another) return 'kept';
        profiles.delete(userId);
        return 'removed';
      }),
    remove: (userId) =>
      network.call('dynamodb', 'remove profile', () => {
        profiles.delete(userId);
      }),
  };
}
