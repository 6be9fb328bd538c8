/** Opens RevenueCat with the settings of a function. */
import type { Clock } from '../../core/system/clock.ts';
import type { Pace } from '../system/pace.ts';
import { createSecret, type SecretServices, type SecretSource } from '../system/secret.ts';
import { createRevenueCat, type RevenueCatClient } from './client.ts';
import { createPurchases, type Purchases } from './purchases.ts';

export interface StoresConfig {
  readonly projectId: string;
  readonly apiKey: SecretSource;
  /** Undefined: RevenueCat's own. */
  readonly base: URL | undefined;
  /** Whether purchases in the test environments of the stores count. */
  readonly allowSandbox: boolean;
}

export interface StoreAccess {
  readonly config: StoresConfig;
  readonly secret: Pick<SecretServices, 'fetch'>;
  readonly clock: Pick<Clock, 'nowMs' | 'sleep' | 'within'>;
  readonly limits: { readonly timeoutMs: number; readonly maxWaitMs: number; readonly pace?: Pace };
}

export interface OpenStores {
  readonly client: RevenueCatClient;
  readonly purchases: Purchases;
}

export function openPurchases(access: StoreAccess): Purchases {
  return openRevenueCat(access).purchases;
}

/** Far below the time of a request, in which the row must be written. */
const PRODUCT_LIMIT_MS = 3_000;
const PACED_PRODUCT_LIMIT_MS = 30_000;

export function openRevenueCat({ config, secret, clock, limits }: StoreAccess): OpenStores {
  const { projectId, base, allowSandbox } = config;
  const apiKey = createSecret(config.apiKey, { ...secret, clock });
  const client = createRevenueCat({ ...limits, apiKey, projectId, base, sleep: (ms) => clock.sleep(ms) });
  // A run that keeps a pace waits for its turn.
  const limitMs = limits.pace === undefined ? PRODUCT_LIMIT_MS : PACED_PRODUCT_LIMIT_MS;
  const withinProductLimit = <T>(read: () => Promise<T>) => clock.within(limitMs, read);
  return { client, purchases: createPurchases({ client, allowSandbox, withinProductLimit }) };
}
