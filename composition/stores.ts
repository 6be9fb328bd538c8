/** RevenueCat for a run of reconcile: its listings, and its purchases at a pace that leaves most of the rate limit to others. */
import { openRevenueCat, type StoresConfig } from '../adapters/revenuecat/access.ts';
import { createStoreListings } from '../adapters/revenuecat/listings.ts';
import type { Purchases } from '../adapters/revenuecat/purchases.ts';
import { systemClock as clock } from '../adapters/system/clock.ts';
import { createPace } from '../adapters/system/pace.ts';
import type { SecretServices } from '../adapters/system/secret.ts';
import type { Listings } from '../core/reconcile/listings.ts';
import { nowSeconds } from '../core/system/clock.ts';
import { Fault } from '../core/system/fault.ts';

/** RevenueCat allows 480 requests a minute. */
const REQUESTS_PER_SECOND = 8;
/** A customer who has bought something has opened the app. A run that was missed is covered too. */
const LOOKBACK_SECONDS = 3 * 86_400;

export interface ReconcileStores {
  /** Null: this installation has no app in a store. */
  readonly purchases: Purchases | null;
  readonly listings: Pick<Listings, 'storeCustomers'>;
}

/** `share`: the part of the rate limit that this run may use, from 0 to 1. */
export function openStores(
  config: StoresConfig | null,
  share: number,
  fetch: SecretServices['fetch'],
): ReconcileStores {
  const since = nowSeconds(clock) - LOOKBACK_SECONDS;
  if (config === null) return { purchases: null, listings: createStoreListings(null, since) };
  const pace = createPace(REQUESTS_PER_SECOND * share, clock);
  const limits = { timeoutMs: 20_000, maxWaitMs: 60_000, pace };
  const stores = openRevenueCat({ config, secret: { fetch }, clock, limits });
  return { purchases: pausing(stores.purchases), listings: createStoreListings(stores, since) };
}

const PAUSE_MS = 60_000;

/** After a failure, fails at once for a minute: a run that waits for RevenueCat user by user repairs nothing else. */
function pausing(purchases: Purchases): Purchases {
  let failed: { readonly cause: unknown; readonly untilMs: number } | undefined;
  const guarded = async <T>(call: () => Promise<T>, pauses: (cause: unknown) => boolean): Promise<T> => {
    if (failed !== undefined && clock.nowMs() < failed.untilMs) throw failed.cause;
    try {
      return await call();
    } catch (cause) {
      if (pauses(cause)) failed = { cause, untilMs: clock.nowMs() + PAUSE_MS };
      throw cause;
    }
  };
  return {
    ...purchases,
    readPurchases: (sub) =>
      guarded(
        () => purchases.readPurchases(sub),
        () => true,
      ),
    readAliases: (id) => guarded(() => purchases.readAliases(id), isOutage),
  };
}

/** A key that may not delete customers may still read purchases. */
function isOutage(cause: unknown): boolean {
  return cause instanceof Fault && cause.details.code === 'unavailable';
}
