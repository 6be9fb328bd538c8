/** Finds out what a sync would make of a user's row, without writing anything. */
import type { CustomerIndex } from '../account/customer-index.ts';
import type { ProfileStore } from '../account/profile.ts';
import type { CustomerFinder, CustomerWriter, SubscriptionReader } from '../billing/billing.ts';
import type { PlanOrder } from '../entitlement/plan-order.ts';
import type { EntitlementRow, EntitlementStore } from '../entitlement/row.ts';
import type { PurchaseReader } from '../stores/purchase.ts';
import { createSyncStores } from '../stores/sync-stores.ts';
import type { OwnerCache } from '../sync/owner.ts';
import { createSync } from '../sync/sync.ts';
import type { Clock } from '../system/clock.ts';
import type { Log } from '../system/log.ts';
import { syncRequest } from './repair.ts';

export interface PreviewServices {
  readonly entitlements: Pick<EntitlementStore, 'read'>;
  readonly profiles: Pick<ProfileStore, 'read'>;
  readonly billing: SubscriptionReader &
    Pick<CustomerFinder, 'findCustomers'> &
    Pick<CustomerWriter, 'describeCustomer'>;
  /** Null: this installation has no app in a store. */
  readonly stores: PurchaseReader | null;
  readonly planOrder: PlanOrder;
  readonly clock: Pick<Clock, 'sleep' | 'nowMs' | 'within'>;
}

export interface Preview {
  readonly before: EntitlementRow | undefined;
  readonly after: EntitlementRow | undefined;
}

/** Syncs every customer that the user's profile or row names, or that names the user. A user who is being deleted stays as is. */
export function createPreview(services: PreviewServices) {
  return async (sub: string): Promise<Preview> => {
    const [before, profile, found] = await Promise.all([
      services.entitlements.read(sub),
      services.profiles.read(sub),
      services.billing.findCustomers(sub),
    ]);
    if (profile !== undefined && profile.deletion !== null) return { before, after: before };
    const store = overlayOf(sub, before);
    // The run creates a profile that is missing. Another user, whose customer these records name, is none of this preview.
    const shown = profile ?? { userId: sub, ...emptyProfile };
    const profiles = { read: async (asked: string) => (asked === sub ? shown : undefined) };
    const parts = { ...services, profiles, entitlements: store, random: () => 0, log: silent };
    const sync = createSync({ ...parts, owners: noCache, index: noIndex, poolId: null });
    const named = [profile?.customerId ?? null, ...(before?.customerIds ?? [])];
    const customerIds = [...named, ...(found === 'unavailable' ? [] : found)].filter((id) => id !== null);
    for (const customerId of new Set(customerIds)) await sync(syncRequest(customerId, sub));
    if (services.stores !== null) {
      await createSyncStores({ ...parts, stores: services.stores })({ sub, cause: { kind: 'reconcile' } });
    }
    return { before, after: await store.read(sub) };
  };
}

const emptyProfile = { customerId: null, deletion: null, createdAt: null };

/** What a preview finds is reported by its caller. */
const silent: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

const noCache: OwnerCache = { get: () => undefined, set: () => undefined };

/** Every customer is passed with its user, and nothing is written. */
const noIndex: CustomerIndex = {
  usersOf: async () => [],
  add: async () => undefined,
  drop: async () => undefined,
};

/** A store that shows what would have been written to the row of one user. */
function overlayOf(sub: string, before: EntitlementRow | undefined): EntitlementStore {
  let current = before;
  const write = (state: Parameters<EntitlementStore['replace']>[1]): EntitlementRow => {
    const { trialStartedAt = null, updatedAt = null, platform = null, soldOnceSince } = current ?? {};
    current = {
      ...state,
      trialStartedAt,
      updatedAt,
      platform,
      ...(soldOnceSince === undefined ? {} : { soldOnceSince }),
      sub,
      unreadable: state.unreadable === true,
      fence: { version: undefined },
    };
    return current;
  };
  return {
    // Rows of others are read by no sync of this user's customers.
    read: async (asked) => (asked === sub ? current : undefined),
    createIfAbsent: async (_, state) => (current === undefined ? write(state) : 'exists'),
    replace: async (_, state) => {
      write(state);
      return 'written';
    },
    // Only a sync for an event takes it, and a preview is none.
    takeLease: async () => undefined,
    announceFeatures: async () => false,
    endLease: async () => undefined,
    removeIfUnchanged: async () => {
      current = undefined;
      return 'removed';
    },
  };
}
