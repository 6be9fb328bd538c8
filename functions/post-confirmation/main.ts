/** Composition root of `post-confirmation`. */
import { createDynamoDb } from '../../adapters/dynamodb/client.ts';
import { createEntitlementStore } from '../../adapters/dynamodb/entitlement-store.ts';
import { createProfileStore } from '../../adapters/dynamodb/profile-store.ts';
import { fetchSecret } from '../../adapters/secretsmanager/fetch-secret.ts';
import { billingWithKey } from '../../adapters/stripe/with-key.ts';
import { systemClock as clock } from '../../adapters/system/clock.ts';
import { once } from '../../adapters/system/once.ts';
import { createSecret } from '../../adapters/system/secret.ts';
import { readConfig } from './config.ts';
import { createHandler } from './handler.ts';

const systems = once(() => {
  const { usersTable, entitlementsTable, apiKey, stripeBase } = readConfig(process.env);
  // Short timeouts, so that a second attempt fits into Cognito's 5 seconds.
  const client = createDynamoDb({ timeoutMs: 1_000, maxAttempts: 2 });
  return {
    profiles: createProfileStore({ client, tableName: usersTable }),
    entitlements: createEntitlementStore({ client, tableName: entitlementsTable, clock }),
    billing: billingWithKey({
      apiKey: createSecret(apiKey, { fetch: fetchSecret, clock }),
      base: stripeBase,
      limits: { timeoutMs: 2_000, maxNetworkRetries: 1 },
    }),
  };
});

export const handler = createHandler({
  clock,
  services: async () => {
    const { billing, ...stores } = systems();
    return { ...stores, billing: (await billing()).billing };
  },
});
