/** Composition root of `stripe-webhook`. */
import { createCognito } from '../../adapters/cognito/client.ts';
import { createUserReader } from '../../adapters/cognito/user-reader.ts';
import { createDynamoDb } from '../../adapters/dynamodb/client.ts';
import { createCustomerIndex } from '../../adapters/dynamodb/customer-index.ts';
import { createEntitlementStore } from '../../adapters/dynamodb/entitlement-store.ts';
import { createAdoptionRecord, createEndingLedger } from '../../adapters/dynamodb/gate-store.ts';
import { createProfileStore } from '../../adapters/dynamodb/profile-store.ts';
import { createPendingRemovals } from '../../adapters/dynamodb/removal-store.ts';
import { fetchSecret } from '../../adapters/secretsmanager/fetch-secret.ts';
import { createOrphanBilling } from '../../adapters/stripe/orphan.ts';
import { readDelivery } from '../../adapters/stripe/thin-event.ts';
import { billingWithKey } from '../../adapters/stripe/with-key.ts';
import { systemClock as clock } from '../../adapters/system/clock.ts';
import { isoDateMs } from '../../adapters/system/http-date.ts';
import { early, once } from '../../adapters/system/once.ts';
import { createOwnerCache } from '../../adapters/system/owner-cache.ts';
import { createSecret } from '../../adapters/system/secret.ts';
import type { UserReader } from '../../core/account/pool-user.ts';
import { readConfig } from './config.ts';
import { createHandler } from './handler.ts';

const systems = once(() => {
  const config = readConfig(process.env);
  const { usersTable, entitlementsTable, apiKey, webhookSecrets, stripeBase, poolId, planOrder, sources } =
    config;
  const client = createDynamoDb({ timeoutMs: 2_000, maxAttempts: 3 });
  const secret = { fetch: fetchSecret, clock };
  const table = { client, tableName: entitlementsTable, clock };
  // Only a checkout of a deleted user asks Cognito.
  const reader = once(() => {
    const cognito = createCognito({ timeoutMs: 3_000, maxAttempts: 3 });
    return createUserReader({ client: cognito, poolId: poolId ?? '' });
  });
  const users: UserReader = { readUser: (user) => reader().readUser(user) };
  return {
    gate: {
      poolId,
      users,
      adoption: createAdoptionRecord(table, poolId),
      ledger: createEndingLedger(table),
      removals: createPendingRemovals(table),
      timeOf: isoDateMs,
    },
    webhookSecrets: createSecret(webhookSecrets, secret),
    sources,
    stores: {
      profiles: createProfileStore({ client, tableName: usersTable }),
      entitlements: createEntitlementStore(table),
      index: createCustomerIndex(table),
      poolId,
      owners: createOwnerCache(),
      planOrder,
      clock,
      random: Math.random,
    },
    stripeWithKey: billingWithKey({
      apiKey: createSecret(apiKey, secret),
      base: stripeBase,
      opensEarly: true,
      limits: { timeoutMs: 5_000, maxNetworkRetries: 1 },
    }),
  };
});
early(systems);

export const handler = createHandler({
  clock,
  services: async () => {
    const { webhookSecrets, sources, stores, stripeWithKey, gate } = systems();
    // Both secrets at the same time. A failure is that of the one who needs the value.
    webhookSecrets.read().catch(() => undefined);
    const { stripe, billing, livemode } = await stripeWithKey();
    const gateBilling = { ...billing, ...createOrphanBilling(stripe) };
    const sync = { ...stores, billing, gate: { ...gate, billing: gateBilling } };
    const read = (body: unknown) => readDelivery(stripe, body, { livemode });
    return { webhookSecrets, sources, sync, readDelivery: read };
  },
});
