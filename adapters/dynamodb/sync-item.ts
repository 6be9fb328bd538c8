/**
 * Converts between what a row knows about its syncs and the attributes of its item. Functions of an older version write rows
 * too, in a gradual deployment and after a roll-back. They know `synced_at`, `features_unread` and `version`, and keep the rest.
 */
import type { EntitlementRow, FeaturesRead, SyncState } from '../../core/entitlement/row.ts';
import { flagAt, textAt, type UnknownRecord } from '../../core/system/record.ts';
import { secondsAt, textsAt } from './attributes.ts';

type Synced = Pick<
  SyncState,
  | 'syncedAt'
  | 'syncs'
  | 'featuresSyncedAt'
  | 'featuresOf'
  | 'featuresRead'
  | 'featuresUnread'
  | 'purchasesSyncedAt'
>;

export function syncIn(item: UnknownRecord): Synced & Pick<EntitlementRow, 'lease'> {
  const isUnread = flagAt(item, 'features_unread') === true;
  const featuresSyncedAt = isUnread ? null : secondsAt(item, 'synced_at');
  const times = [featuresSyncedAt, isUnread ? null : secondsAt(item, 'subscriptions_synced_at')];
  const known = times.filter((time) => time !== null);
  return {
    syncedAt: known.length === 0 ? null : Math.max(...known),
    syncs: syncsIn(item),
    featuresSyncedAt,
    featuresOf: isOfThisVersion(item, 'features_version') ? textAt(item, 'features_of') : null,
    purchasesSyncedAt: isOfThisVersion(item, 'purchases_version')
      ? secondsAt(item, 'purchases_synced_at')
      : null,
    featuresRead: featuresReadIn(item),
    ...(isUnread ? { featuresUnread: true } : {}),
    ...leaseIn(item),
  };
}

/**
 * The features of a row that an older function wrote last are those of other subscriptions than the row says, and it may lack
 * what was bought once: functions of a version before that do not keep it.
 */
function isOfThisVersion(item: UnknownRecord, name: 'features_version' | 'purchases_version'): boolean {
  return item[name] === item['version'];
}

/** What other code has put there counts as no sync. */
function syncsIn(item: UnknownRecord): number {
  const value = item['syncs'];
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0;
}

/** No sync has an id that is not greater. */
export const BLANK = ' ';

/** A lease is what the condition of `takeLease` takes for one. */
function leaseIn(item: UnknownRecord): Pick<EntitlementRow, 'lease'> {
  const [id, sinceMs] = [item['lease_id'], item['lease_since']];
  const isLease = typeof id === 'string' && id > BLANK && typeof sinceMs === 'number';
  if (!isLease) return {};
  const readsFeatures = item['lease_features'] === id;
  return { lease: { id, sinceMs, ...(readsFeatures ? { readsFeatures } : {}) } };
}

function featuresReadIn(item: UnknownRecord): FeaturesRead | null {
  const [by, ...customerIds] = textsAt(item, 'features_read') ?? [];
  return by === undefined ? null : { by, customerIds };
}

/** Each write ends the lease. */
export function syncAttributes(state: Synced): UnknownRecord {
  const { syncedAt, featuresSyncedAt } = state;
  // Older functions skip every event before it, those about features too.
  const allSyncedAt =
    syncedAt === null || featuresSyncedAt === null ? null : Math.min(syncedAt, featuresSyncedAt);
  return {
    synced_at: allSyncedAt,
    subscriptions_synced_at: syncedAt === allSyncedAt ? null : syncedAt,
    syncs: state.syncs > 0 ? state.syncs : null,
    // Without a subscription there is nothing to read.
    features_of: state.featuresOf === '' ? null : state.featuresOf,
    features_read:
      state.featuresRead === null ? null : [state.featuresRead.by, ...state.featuresRead.customerIds],
    features_unread: state.featuresUnread === true ? true : null,
    purchases_synced_at: state.purchasesSyncedAt,
    lease_features: null,
    lease_id: null,
    lease_since: null,
  };
}

/** What was read counts as long as no older function has written the row. */
export function versionAttributes(
  { featuresOf, purchasesSyncedAt }: Pick<SyncState, 'featuresOf' | 'purchasesSyncedAt'>,
  version: number,
): UnknownRecord {
  return {
    version,
    features_version: featuresOf === null || featuresOf === '' ? null : version,
    purchases_version: purchasesSyncedAt === null ? null : version,
  };
}
