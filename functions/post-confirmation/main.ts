/** Composition root of `post-confirmation`. */
import { createDynamoDb } from '../../adapters/dynamodb/client.ts';
import { createCustomerIndex } from '../../adapters/dynamodb/customer-index.ts';
import { createEntitlementStore } from '../../adapters/dynamodb/entitlement-store.ts';
import { createProfileStore } from '../../adapters/dynamodb/profile-store.ts';
import { createTrialStore } from '../../adapters/dynamodb/trial-store.ts';
import { fetchSecret } from '../../adapters/secretsmanager/fetch-secret.ts';
import { deferredBilling } from '../../adapters/stripe/deferred-billing.ts';
import { billingWithKey } from '../../adapters/stripe/with-key.ts';
import { systemClock as clock } from '../../adapters/system/clock.ts';
import { isoOf } from '../../adapters/system/http-date.ts';
import { early, once } from '../../adapters/system/once.ts';
import { createSecret, type SecretSource } from '../../adapters/system/secret.ts';
import { createTrialHash } from '../../adapters/system/trial-hash.ts';
import type { SignUpTrial } from '../../core/account/sign-up-trial.ts';
import type { TrialStore } from '../../core/checkout/trial-claim.ts';
import { readConfig, readStripeConfig, readTrialConfig } from './config.ts';
import { createHandler } from './handler.ts';

const secret = { fetch: fetchSecret, clock };

const stores = once(() => {
  const { usersTable, entitlementsTable } = readConfig(process.env);
  // Short timeouts, so that a second attempt fits into Cognito's 5 seconds.
  const client = createDynamoDb({ timeoutMs: 1_000, maxAttempts: 2 });
  const table = { client, tableName: entitlementsTable, clock };
  return {
    profiles: createProfileStore({ client, tableName: usersTable }),
    entitlements: createEntitlementStore(table),
    index: createCustomerIndex(table),
    trial: trialOf(createTrialStore(table)),
  };
});
early(stores);

const stripe = once(() => {
  const { apiKey, stripeBase } = readStripeConfig(process.env);
  return billingWithKey({
    apiKey: createSecret(apiKey, secret),
    base: stripeBase,
    opensEarly: true,
    limits: { timeoutMs: 2_000, maxNetworkRetries: 1, rateLimitRetries: 2 },
  });
});
early(stripe);

/** A mistake in the settings of the trial fails the step of the trial only: the row is written without one. */
function trialOf(trials: TrialStore): SignUpTrial | null {
  try {
    const trial = readTrialConfig(process.env);
    return trial === null ? null : { days: trial.days, trials, ...hashesWith(trial.hashKey), isoOf };
  } catch (mistake) {
    return { days: 0, trials, hash: () => Promise.reject(mistake), isoOf };
  }
}

function hashesWith(source: SecretSource) {
  const open = createTrialHash(source, secret);
  return { hash: async () => (await open()).hash, formerHash: async () => (await open()).formerHash };
}

export const handler = createHandler({
  clock,
  // The key is read only when Stripe is called: while it is missing, or Secrets Manager fails, the rows are written.
  services: async () => ({
    ...stores(),
    billing: deferredBilling(async () => (await stripe()()).billing),
  }),
});
