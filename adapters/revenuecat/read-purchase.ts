/**
 * Converts RevenueCat's subscriptions and purchases. Its times are milliseconds, and become seconds here. Statuses and stores of
 * later versions are read too: `gives_access` decides.
 */
import type { Store, StorePhase, StorePurchase } from '../../core/stores/purchase.ts';
import {
  flagAt,
  integerAt,
  recordAt,
  recordsIn,
  textAt,
  type UnknownRecord,
  valueAt,
} from '../../core/system/record.ts';

/** What a listing says about a purchase. Its product has to be looked up by an id of RevenueCat's own. */
export interface ListedPurchase extends Omit<StorePurchase, 'productId'> {
  readonly revenueCatProductId: string | null;
}

const storeNames: ReadonlyMap<string, Store> = new Map([
  ['app_store', 'app_store'],
  ['mac_app_store', 'app_store'],
  ['play_store', 'play_store'],
  ['amazon', 'amazon'],
  ['rc_billing', 'web'],
  ['paddle', 'web'],
  ['promotional', 'promotional'],
]);

/** What Stripe sold is known from Stripe itself, and must not count twice. */
export function isCountedElsewhere(item: UnknownRecord): boolean {
  return textAt(item, 'store') === 'stripe';
}

/** A purchase in a test environment of a store costs nothing. */
export function isSandbox(item: UnknownRecord): boolean {
  return textAt(item, 'environment') !== 'production';
}

export function readSubscription(item: UnknownRecord): ListedPurchase | undefined {
  const id = textAt(item, 'id');
  if (id === null) return undefined;
  const givesAccess = flagAt(item, 'gives_access') === true;
  const status = textAt(item, 'status') ?? 'unknown';
  const renewal = textAt(item, 'auto_renewal_status') ?? '';
  const store = storeNames.get(textAt(item, 'store') ?? '') ?? null;
  const ends = [endAt(item, 'current_period_ends_at'), endAt(item, 'ends_at')];
  const isForever = store === 'promotional' && ends.every((end) => end === 'never');
  return {
    id,
    revenueCatProductId: textAt(item, 'product_id'),
    store,
    givesAccess,
    phase: phaseOf(status, { givesAccess, isForever }),
    until: latest(ends),
    ends: !isForever && (renewal === 'will_not_renew' || renewal === 'will_pause' || store === 'promotional'),
    billsAgain: store !== 'promotional' && liveStatuses.has(status) && renewal !== 'will_not_renew',
    manageUrl: urlAt(item, 'management_url'),
    features: featuresIn(item),
  };
}

const liveStatuses: ReadonlySet<string> = new Set([
  'trialing',
  'active',
  'in_grace_period',
  'in_billing_retry',
  'paused',
]);

function phaseOf(
  status: string,
  { givesAccess, isForever }: { readonly givesAccess: boolean; readonly isForever: boolean },
): StorePhase {
  if (givesAccess && isForever) return 'owned';
  switch (status) {
    case 'trialing':
      return 'trial';
    case 'active':
    case 'in_grace_period':
      return 'paid';
    case 'in_billing_retry':
      return 'payment_retried';
    case 'paused':
      return 'paused';
    default:
      return givesAccess ? 'paid' : 'over';
  }
}

/** When each entitlement of the customer ends, by its id. */
export type ActiveEntitlements = ReadonlyMap<string, End>;

export function readActiveEntitlements(items: readonly UnknownRecord[]): ActiveEntitlements {
  return new Map(
    items.flatMap((item) => {
      const id = textAt(item, 'entitlement_id');
      return id === null ? [] : [[id, endAt(item, 'expires_at')] as const];
    }),
  );
}

/**
 * Reads a one-time purchase. It gives access while an entitlement that it unlocks is active. Undefined for one that unlocks
 * none, such as coins.
 */
export function readOneTimePurchase(
  item: UnknownRecord,
  active: ActiveEntitlements,
): ListedPurchase | undefined {
  const id = textAt(item, 'id');
  const entitlements = entitlementsIn(item);
  if (id === null || entitlements.length === 0) return undefined;
  const ends = entitlements
    .map((entitlement) => active.get(textAt(entitlement, 'id') ?? ''))
    .filter((end) => end !== undefined);
  const givesAccess = textAt(item, 'status') === 'owned' && ends.length > 0;
  const isForever = ends.includes('never');
  return {
    id,
    revenueCatProductId: textAt(item, 'product_id'),
    store: storeNames.get(textAt(item, 'store') ?? '') ?? null,
    givesAccess,
    phase: givesAccess ? (isForever ? 'owned' : 'paid') : 'over',
    until: givesAccess && !isForever ? latest(ends) : null,
    ends: !isForever,
    billsAgain: false,
    manageUrl: null,
    features: featuresIn(item),
  };
}

function entitlementsIn(item: UnknownRecord): readonly UnknownRecord[] {
  const items = valueAt(recordAt(item, 'entitlements'), 'items');
  return Array.isArray(items) ? recordsIn(items) : [];
}

function featuresIn(item: UnknownRecord): readonly string[] {
  const keys = entitlementsIn(item).map((entitlement) => textAt(entitlement, 'lookup_key'));
  return [...new Set(keys.filter((key) => key !== null))].sort((a, b) => (a < b ? -1 : 1));
}

/** Unix seconds. Only RevenueCat's null says that something never ends: what cannot be read is no access without an end. */
type End = number | 'never' | 'unknown';

/** The end of the year 9999. What is said to end later was not read as it was meant. */
const MAX_SECONDS = 253_402_300_799;

function endAt(item: UnknownRecord, name: string): End {
  if (valueAt(item, name) === null) return 'never';
  const ms = integerAt(item, name);
  const seconds = ms === null ? -1 : Math.floor(ms / 1000);
  return seconds >= 0 && seconds <= MAX_SECONDS ? seconds : 'unknown';
}

function latest(ends: readonly End[]): number | null {
  const known = ends.filter((end) => typeof end === 'number');
  return known.length === 0 ? null : Math.max(...known);
}

/** Longer than any page of a store. */
const MAX_URL_LENGTH = 2_048;

/** Apps open it, so nothing but a web page passes. */
function urlAt(item: UnknownRecord, name: string): string | null {
  const text = textAt(item, name);
  const isPage = text?.startsWith('https://') === true && text.length <= MAX_URL_LENGTH;
  return isPage && URL.canParse(text) ? text : null;
}
