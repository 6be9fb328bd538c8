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

const storeNames: Readonly<Record<string, Store>> = {
  app_store: 'app_store',
  mac_app_store: 'app_store',
  play_store: 'play_store',
  amazon: 'amazon',
  rc_billing: 'web',
  paddle: 'web',
  promotional: 'promotional',
};

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
  const store = storeNames[textAt(item, 'store') ?? ''] ?? null;
  const ends = [secondsAt(item, 'current_period_ends_at'), secondsAt(item, 'ends_at')].filter(
    (end) => end !== null,
  );
  const until = ends.length === 0 ? null : Math.max(...ends);
  return {
    id,
    revenueCatProductId: textAt(item, 'product_id'),
    store,
    givesAccess,
    phase: phaseOf(status, { givesAccess, isForever: store === 'promotional' && until === null }),
    until,
    ends: renewal === 'will_not_renew' || renewal === 'will_pause' || store === 'promotional',
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

/** When each entitlement of the customer ends, in Unix seconds, by its id. Null: never. */
export type ActiveEntitlements = ReadonlyMap<string, number | null>;

export function readActiveEntitlements(items: readonly UnknownRecord[]): ActiveEntitlements {
  return new Map(
    items.flatMap((item) => {
      const id = textAt(item, 'entitlement_id');
      return id === null ? [] : [[id, secondsAt(item, 'expires_at')] as const];
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
  const isForever = ends.includes(null);
  return {
    id,
    revenueCatProductId: textAt(item, 'product_id'),
    store: storeNames[textAt(item, 'store') ?? ''] ?? null,
    givesAccess,
    phase: givesAccess ? (isForever ? 'owned' : 'paid') : 'over',
    until: givesAccess && !isForever ? Math.max(...ends.filter((end) => end !== null)) : null,
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

function secondsAt(item: UnknownRecord, name: string): number | null {
  const ms = integerAt(item, name);
  return ms === null || ms < 0 ? null : Math.floor(ms / 1000);
}

/** Apps open it, so nothing but a web page passes. */
function urlAt(item: UnknownRecord, name: string): string | null {
  const text = textAt(item, name);
  return text !== null && text.startsWith('https://') && URL.canParse(text) ? text : null;
}
