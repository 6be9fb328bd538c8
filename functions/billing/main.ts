/** Composition root of `billing`. */
import { createDynamoDb } from '../../adapters/dynamodb/client.ts';
import { createEntitlementStore } from '../../adapters/dynamodb/entitlement-store.ts';
import { createProfileStore } from '../../adapters/dynamodb/profile-store.ts';
import { createRequestCounter } from '../../adapters/dynamodb/request-counter.ts';
import { fetchSecret } from '../../adapters/secretsmanager/fetch-secret.ts';
import { createBillingReader } from '../../adapters/stripe/billing-page.ts';
import { billingWithKey } from '../../adapters/stripe/with-key.ts';
import { systemClock as clock } from '../../adapters/system/clock.ts';
import { early, once } from '../../adapters/system/once.ts';
import { createSecret } from '../../adapters/system/secret.ts';
import { readAllowedOrigins } from '../settings.ts';
import { readConfig } from './config.ts';
import { createHandler } from './handler.ts';

const systems = once(() => {
  const config = readConfig(process.env);
  const client = createDynamoDb({ timeoutMs: 2_000, maxAttempts: 3 });
  return {
    profiles: createProfileStore({ client, tableName: config.usersTable }),
    entitlements: createEntitlementStore({ client, tableName: config.entitlementsTable, clock }),
    requests: createRequestCounter({ client, tableName: config.entitlementsTable }),
    stripeWithKey: billingWithKey({
      apiKey: createSecret(config.apiKey, { fetch: fetchSecret, clock }),
      base: config.stripeBase,
      opensEarly: true,
      limits: { timeoutMs: 4_000, maxNetworkRetries: 1 },
    }),
  };
});
early(systems);

export const handler = createHandler({
  clock,
  allowedOrigins: once(() => readAllowedOrigins(process.env)),
  services: async () => {
    const { profiles, entitlements, requests, stripeWithKey } = systems();
    const { stripe } = await stripeWithKey();
    return { profiles, entitlements, requests, billing: createBillingReader(stripe) };
  },
});
