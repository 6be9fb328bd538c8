/** Composition root of `subscription`. */
import { createDynamoDb } from '../../adapters/dynamodb/client.ts';
import { createCustomerIndex } from '../../adapters/dynamodb/customer-index.ts';
import { createEntitlementStore } from '../../adapters/dynamodb/entitlement-store.ts';
import { createProfileStore } from '../../adapters/dynamodb/profile-store.ts';
import { createRequestCounter } from '../../adapters/dynamodb/request-counter.ts';
import { fetchSecret } from '../../adapters/secretsmanager/fetch-secret.ts';
import { createCatalogue } from '../../adapters/stripe/catalogue.ts';
import { createChanger } from '../../adapters/stripe/change.ts';
import { billingWithKey } from '../../adapters/stripe/with-key.ts';
import { systemClock as clock } from '../../adapters/system/clock.ts';
import { sha256 } from '../../adapters/system/hash.ts';
import { early, once } from '../../adapters/system/once.ts';
import { createOwnerCache } from '../../adapters/system/owner-cache.ts';
import { createSecret } from '../../adapters/system/secret.ts';
import { readAllowedOrigins } from '../settings.ts';
import { readConfig } from './config.ts';
import { createHandler } from './handler.ts';

const systems = once(() => {
  const { usersTable, entitlementsTable, apiKey, stripeBase, prices, ...config } = readConfig(process.env);
  const client = createDynamoDb({ timeoutMs: 2_000, maxAttempts: 3 });
  const table = { client, tableName: entitlementsTable, clock };
  const stripeWithKey = billingWithKey({
    apiKey: createSecret(apiKey, { fetch: fetchSecret, clock }),
    base: stripeBase,
    opensEarly: true,
    limits: { timeoutMs: 7_000, maxNetworkRetries: 2 },
  });
  return {
    ...config,
    profiles: createProfileStore({ client, tableName: usersTable }),
    entitlements: createEntitlementStore(table),
    index: createCustomerIndex(table),
    requests: createRequestCounter(table),
    owners: createOwnerCache(),
    stripeWithKey,
    catalogue: createCatalogue(prices, {
      stripe: async () => (await stripeWithKey()).stripe,
      nowMs: () => clock.nowMs(),
    }),
  };
});
early(systems);

export const handler = createHandler({
  clock,
  allowedOrigins: once(() => readAllowedOrigins(process.env)),
  services: async () => {
    const { stripeWithKey, ...services } = systems();
    const { stripe, billing } = await stripeWithKey();
    return { ...services, billing, subscriptions: createChanger(stripe), hash: sha256, random: Math.random };
  },
});
