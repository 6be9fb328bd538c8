/** What `POST /me/entitlements/sync` needs beyond the read: loaded at the first such request. */
import { createProfileStore } from '../../adapters/dynamodb/profile-store.ts';
import { fetchSecret } from '../../adapters/secretsmanager/fetch-secret.ts';
import { billingWithKey } from '../../adapters/stripe/with-key.ts';
import { systemClock as clock } from '../../adapters/system/clock.ts';
import type { Environment } from '../../adapters/system/environment.ts';
import { createOwnerCache } from '../../adapters/system/owner-cache.ts';
import { createSecret } from '../../adapters/system/secret.ts';
import type { EntitlementStore } from '../../core/entitlement/row.ts';
import { readSyncConfig } from './config.ts';
import type { SyncingServices } from './handler.ts';

export interface SyncingParts {
  readonly client: Parameters<typeof createProfileStore>[0]['client'];
  readonly entitlements: EntitlementStore;
  readonly environment: Environment;
}

/** Answers what makes the services: the key may be rotated under a running process. */
export function createSyncing({
  client,
  entitlements,
  environment,
}: SyncingParts): () => Promise<SyncingServices> {
  const { usersTable, apiKey, stripeBase } = readSyncConfig(environment);
  const stores = {
    profiles: createProfileStore({ client, tableName: usersTable }),
    entitlements,
    owners: createOwnerCache(),
    random: Math.random,
  };
  const keyed = billingWithKey({
    apiKey: createSecret(apiKey, { fetch: fetchSecret, clock }),
    base: stripeBase,
    limits: { timeoutMs: 5_000, maxNetworkRetries: 1 },
  });
  return async () => ({ ...stores, billing: (await keyed()).billing });
}
