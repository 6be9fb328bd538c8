/**
 * Functions of the version before features were kept, as they run in a gradual deployment: they read the features in every
 * sync, know no leases, and keep the attributes that they do not know.
 */
import type { EntitlementRow, EntitlementState, SyncState } from '../core/entitlement/row.ts';
import { Fault } from '../core/system/fault.ts';
import type { Systems } from './systems.ts';
import type { World } from './world.ts';

type State = EntitlementState & SyncState;

/** Makes about every second function an older one. */
export function halfOlder(systems: Systems, world: World): Systems {
  return world.random.chance(0.5) ? older(systems, world) : systems;
}

function older(systems: Systems, { dynamodb }: World): Systems {
  const { entitlements: store } = systems;
  const seen = (row: EntitlementRow | undefined) => (row === undefined ? row : asOlderSees(row));
  const unknown = new Fault({ code: 'unavailable', system: 'self', operation: 'lease' });
  return {
    ...systems,
    entitlements: {
      ...store,
      read: async (sub) => seen(await store.read(sub)),
      takeLease: () => Promise.reject(unknown),
      announceFeatures: () => Promise.reject(unknown),
      endLease: async () => undefined,
      createIfAbsent: async (sub, state) => {
        const made = await store.createIfAbsent(sub, { ...state, ...asOlderWrites(state, undefined) });
        return made === 'exists' ? made : asOlderSees(made);
      },
      replace: (row, state) =>
        store.replace(row, { ...state, ...asOlderWrites(state, dynamodb.entitlements.get(row.sub)) }),
    },
  };
}

/** `synced_at` is the earlier of both times, and counts for every event. */
function asOlderSees(row: EntitlementRow): EntitlementRow {
  const { lease: _lease, ...rest } = row;
  const { syncedAt, featuresSyncedAt } = row;
  const at = syncedAt === null || featuresSyncedAt === null ? null : Math.min(syncedAt, featuresSyncedAt);
  return { ...rest, syncedAt: at, featuresSyncedAt: at, featuresOf: null, featuresRead: null, syncs: 0 };
}

/** As a newer function reads it: the number of syncs and the newer time are still there, and the version has changed. */
function asOlderWrites(state: State, stored: EntitlementRow | undefined): Partial<SyncState> {
  const times = [state.syncedAt, stored?.syncedAt ?? null].filter((time) => time !== null);
  return {
    syncedAt: state.featuresUnread === true || times.length === 0 ? null : Math.max(...times),
    featuresSyncedAt: state.syncedAt,
    featuresOf: null,
    featuresRead: stored?.featuresRead ?? null,
    syncs: stored?.syncs ?? 0,
  };
}
