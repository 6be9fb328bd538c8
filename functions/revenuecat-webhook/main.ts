/** Composition root of `revenuecat-webhook`. */
import { createDynamoDb } from '../../adapters/dynamodb/client.ts';
import { createEntitlementStore } from '../../adapters/dynamodb/entitlement-store.ts';
import { createProfileStore } from '../../adapters/dynamodb/profile-store.ts';
import { openPurchases } from '../../adapters/revenuecat/access.ts';
import { fetchSecret } from '../../adapters/secretsmanager/fetch-secret.ts';
import { systemClock as clock } from '../../adapters/system/clock.ts';
import { ConfigurationError } from '../../adapters/system/environment.ts';
import { early, once } from '../../adapters/system/once.ts';
import { createSecret } from '../../adapters/system/secret.ts';
import { readConfig } from './config.ts';
import { createHandler } from './handler.ts';

const services = once(() => {
  const { usersTable, entitlementsTable: tableName, stores, webhookSecrets } = readConfig(process.env);
  if (stores === null) throw new ConfigurationError(['REVENUECAT_PROJECT_ID'], []);
  const client = createDynamoDb({ timeoutMs: 2_000, maxAttempts: 3 });
  const secret = { fetch: fetchSecret };
  return {
    webhookSecrets: createSecret(webhookSecrets, { ...secret, clock }),
    profiles: createProfileStore({ client, tableName: usersTable }),
    entitlements: createEntitlementStore({ client, tableName, clock }),
    stores: openPurchases({ config: stores, secret, clock, limits: { timeoutMs: 5_000, maxWaitMs: 8_000 } }),
    random: Math.random,
  };
});
early(services);

export const handler = createHandler({ clock, services });
