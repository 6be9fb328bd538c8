/** Composition root of `stripe-webhook`. */
import { createDynamoDb } from '../../adapters/dynamodb/client.ts';
import { createEntitlementStore } from '../../adapters/dynamodb/entitlement-store.ts';
import { createProfileStore } from '../../adapters/dynamodb/profile-store.ts';
import { fetchSecret } from '../../adapters/secretsmanager/fetch-secret.ts';
import { createOrphanBilling } from '../../adapters/stripe/orphan.ts';
import { billingWithKey } from '../../adapters/stripe/with-key.ts';
import { systemClock as clock } from '../../adapters/system/clock.ts';
import { once } from '../../adapters/system/once.ts';
import { createOwnerCache } from '../../adapters/system/owner-cache.ts';
import { createSecret } from '../../adapters/system/secret.ts';
import { readConfig } from './config.ts';
import { createHandler } from './handler.ts';

const systems = once(() => {
  const { usersTable, entitlementsTable, apiKey, webhookSecrets, stripeBase } = readConfig(process.env);
  const client = createDynamoDb({ timeoutMs: 2_000, maxAttempts: 3 });
  const secret = { fetch: fetchSecret, clock };
  return {
    webhookSecrets: createSecret(webhookSecrets, secret),
    stores: {
      profiles: createProfileStore({ client, tableName: usersTable }),
      entitlements: createEntitlementStore({ client, tableName: entitlementsTable, clock }),
      owners: createOwnerCache(),
      clock,
      random: Math.random,
    },
    stripeWithKey: billingWithKey({
      apiKey: createSecret(apiKey, secret),
      base: stripeBase,
      limits: { timeoutMs: 5_000, maxNetworkRetries: 1 },
    }),
  };
});

export const handler = createHandler({
  clock,
  services: async () => {
    const { webhookSecrets, stores, stripeWithKey } = systems();
    const { stripe, billing, livemode } = await stripeWithKey();
    const webhookBilling = { ...billing, ...createOrphanBilling(stripe) };
    return { webhookSecrets, sync: { ...stores, billing: webhookBilling }, livemode };
  },
});
