/** Composition root of `post-confirmation`. */
import { createDynamoDb } from '../../adapters/dynamodb/client.ts';
import { createCustomerIndex } from '../../adapters/dynamodb/customer-index.ts';
import { createEntitlementStore } from '../../adapters/dynamodb/entitlement-store.ts';
import { createProfileStore } from '../../adapters/dynamodb/profile-store.ts';
import { createTrialStore } from '../../adapters/dynamodb/trial-store.ts';
import { fetchSecret } from '../../adapters/secretsmanager/fetch-secret.ts';
import { billingWithKey } from '../../adapters/stripe/with-key.ts';
import { systemClock as clock } from '../../adapters/system/clock.ts';
import { isoOf } from '../../adapters/system/http-date.ts';
import { once } from '../../adapters/system/once.ts';
import { createSecret, type SecretSource } from '../../adapters/system/secret.ts';
import { createTrialHash } from '../../adapters/system/trial-hash.ts';
import { readConfig } from './config.ts';
import { createHandler } from './handler.ts';

const secret = { fetch: fetchSecret, clock };

const systems = once(() => {
  const { usersTable, entitlementsTable, apiKey, stripeBase, trial } = readConfig(process.env);
  // Short timeouts, so that a second attempt fits into Cognito's 5 seconds.
  const client = createDynamoDb({ timeoutMs: 1_000, maxAttempts: 2 });
  const table = { client, tableName: entitlementsTable, clock };
  return {
    profiles: createProfileStore({ client, tableName: usersTable }),
    entitlements: createEntitlementStore(table),
    index: createCustomerIndex(table),
    trial:
      trial === null
        ? null
        : { days: trial.days, trials: createTrialStore(table), ...hashesWith(trial), isoOf },
    billing: billingWithKey({
      apiKey: createSecret(apiKey, secret),
      base: stripeBase,
      limits: { timeoutMs: 2_000, maxNetworkRetries: 1 },
    }),
  };
});

function hashesWith({ hashKey }: { readonly hashKey: SecretSource }) {
  const open = createTrialHash(hashKey, secret);
  return { hash: async () => (await open()).hash, formerHash: async () => (await open()).formerHash };
}

export const handler = createHandler({
  clock,
  services: async () => {
    const { billing, ...stores } = systems();
    return { ...stores, billing: (await billing()).billing };
  },
});
