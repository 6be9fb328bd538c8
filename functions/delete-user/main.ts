/** Composition root of `delete-user`. */
import { createCognito } from '../../adapters/cognito/client.ts';
import { createUserDirectory } from '../../adapters/cognito/user-directory.ts';
import { createUserReader } from '../../adapters/cognito/user-reader.ts';
import { createDynamoDb } from '../../adapters/dynamodb/client.ts';
import { createCustomerIndex } from '../../adapters/dynamodb/customer-index.ts';
import { createDeletionChecks } from '../../adapters/dynamodb/deletion-checks.ts';
import { createEntitlementStore } from '../../adapters/dynamodb/entitlement-store.ts';
import { createProfileStore } from '../../adapters/dynamodb/profile-store.ts';
import { createPendingRemovals } from '../../adapters/dynamodb/removal-store.ts';
import { createRequestCounter } from '../../adapters/dynamodb/request-counter.ts';
import { openPurchases } from '../../adapters/revenuecat/access.ts';
import { fetchSecret } from '../../adapters/secretsmanager/fetch-secret.ts';
import { createLeavingBilling } from '../../adapters/stripe/leaving.ts';
import { billingWithKey } from '../../adapters/stripe/with-key.ts';
import { systemClock as clock } from '../../adapters/system/clock.ts';
import { early, once } from '../../adapters/system/once.ts';
import { createSecret } from '../../adapters/system/secret.ts';
import { readAllowedOrigins } from '../settings.ts';
import { readConfig } from './config.ts';
import { createHandler } from './handler.ts';

const systems = once(() => {
  const { usersTable, entitlementsTable, apiKey, stripeBase, poolId, stores, refundPolicy } = readConfig(
    process.env,
  );
  const client = createDynamoDb({ timeoutMs: 3_000, maxAttempts: 3 });
  const table = { client, tableName: entitlementsTable, clock };
  const pool = { client: createCognito({ timeoutMs: 3_000, maxAttempts: 3 }), poolId };
  return {
    poolId,
    refundPolicy,
    profiles: createProfileStore({ client, tableName: usersTable }),
    entitlements: createEntitlementStore(table),
    index: createCustomerIndex(table),
    requests: createRequestCounter(table),
    removals: createPendingRemovals(table),
    checks: createDeletionChecks(table),
    directory: createUserDirectory(pool),
    users: createUserReader(pool),
    stores:
      stores === null
        ? null
        : openPurchases({
            config: stores,
            secret: { fetch: fetchSecret },
            clock,
            // RevenueCat is asked first, and while it does not answer, the deletion needs its time for Stripe and Cognito.
            limits: { timeoutMs: 3_000, maxWaitMs: 1_500 },
          }),
    billing: billingWithKey({
      apiKey: createSecret(apiKey, { fetch: fetchSecret, clock }),
      base: stripeBase,
      opensEarly: true,
      limits: { timeoutMs: 7_000, maxNetworkRetries: 1 },
    }),
  };
});
early(systems);

export const handler = createHandler({
  clock,
  allowedOrigins: once(() => readAllowedOrigins(process.env)),
  services: async () => {
    const { billing, ...others } = systems();
    const { stripe, billing: every } = await billing();
    return { ...others, billing: { ...every, ...createLeavingBilling(stripe) } };
  },
});
