/** Composition root of `checkout`. */
import { createCognito } from '../../adapters/cognito/client.ts';
import { createUserReader } from '../../adapters/cognito/user-reader.ts';
import { createDynamoDb } from '../../adapters/dynamodb/client.ts';
import { createCustomerIndex } from '../../adapters/dynamodb/customer-index.ts';
import { createEntitlementStore } from '../../adapters/dynamodb/entitlement-store.ts';
import { createProfileStore } from '../../adapters/dynamodb/profile-store.ts';
import { createRequestCounter } from '../../adapters/dynamodb/request-counter.ts';
import { createSaleRecord } from '../../adapters/dynamodb/sale-record.ts';
import { createTrialStore } from '../../adapters/dynamodb/trial-store.ts';
import { openPurchases } from '../../adapters/revenuecat/access.ts';
import { fetchSecret } from '../../adapters/secretsmanager/fetch-secret.ts';
import { createCatalogue } from '../../adapters/stripe/catalogue.ts';
import { createCheckoutSessions } from '../../adapters/stripe/checkout.ts';
import { deferredBilling } from '../../adapters/stripe/deferred-billing.ts';
import { keepPrices } from '../../adapters/stripe/kept-prices.ts';
import { readOfferedPrices } from '../../adapters/stripe/offered-prices.ts';
import { billingWithKey } from '../../adapters/stripe/with-key.ts';
import { systemClock as clock } from '../../adapters/system/clock.ts';
import { sha256 } from '../../adapters/system/hash.ts';
import { early, once } from '../../adapters/system/once.ts';
import { createOwnerCache } from '../../adapters/system/owner-cache.ts';
import { createSecret } from '../../adapters/system/secret.ts';
import { createTrialHash } from '../../adapters/system/trial-hash.ts';
import { createOffer } from '../../core/prices/offer.ts';
import { readAllowedOrigins } from '../settings.ts';
import { readConfig, readSyncConfig } from './config.ts';
import { createHandler, type Services } from './handler.ts';
import type { OwnPricesRouteServices } from './prices.ts';
import type { OwnSyncRouteServices } from './sync.ts';

const secret = { fetch: fetchSecret, clock };

const common = once(() => {
  const {
    usersTable,
    entitlementsTable: tableName,
    apiKey,
    stripeBase,
    stores,
    policy,
    poolId,
  } = readSyncConfig(process.env);
  const client = createDynamoDb({ timeoutMs: 2_000, maxAttempts: 3 });
  const table = { client, tableName, clock };
  return {
    policy,
    poolId,
    profiles: createProfileStore({ client, tableName: usersTable }),
    entitlements: createEntitlementStore(table),
    index: createCustomerIndex(table),
    trials: createTrialStore(table),
    sales: createSaleRecord(table),
    requests: createRequestCounter(table),
    owners: createOwnerCache(),
    stores:
      stores === null
        ? null
        : openPurchases({ config: stores, secret, clock, limits: { timeoutMs: 4_000, maxWaitMs: 2_000 } }),
    stripe: billingWithKey({
      apiKey: createSecret(apiKey, secret),
      base: stripeBase,
      opensEarly: true,
      limits: { timeoutMs: 7_000, maxNetworkRetries: 2 },
    }),
  };
});
early(common);

const checkout = once(() => {
  const { poolId, prices, trial, terms, ...rules } = readConfig(process.env);
  const client = createCognito({ timeoutMs: 3_000, maxAttempts: 3 });
  const reading = {
    stripe: async () => (await common().stripe()).stripe,
    nowMs: () => clock.nowMs(),
  };
  const shown = { trialDays: trial?.days ?? 0, maxQuantity: rules.maxQuantity };
  return {
    poolId,
    rules,
    terms,
    users: createUserReader({ client, poolId }),
    catalogue: createCatalogue(prices, reading),
    offer: createOffer({ read: async () => readOfferedPrices(await reading.stripe(), prices, shown), clock }),
    readPrice: keepPrices(reading),
    trial: trial === null ? null : { days: trial.days, hash: createTrialHash(trial.hashKey, secret) },
  };
});
early(checkout);

async function services(): Promise<Services> {
  const {
    profiles,
    entitlements,
    index,
    requests,
    trials,
    sales,
    owners,
    policy,
    stores,
    stripe: stripeWithKey,
  } = common();
  const { poolId, rules, terms, users, catalogue, trial } = checkout();
  const [{ stripe, billing }, hashes] = await Promise.all([stripeWithKey(), trial?.hash()]);
  return {
    users,
    provision: { poolId, profiles, entitlements, index, billing, users, clock },
    poolId,
    profiles,
    entitlements,
    index,
    requests,
    billing,
    sessions: createCheckoutSessions(stripe, poolId),
    trials: trial === null || hashes === undefined ? null : { days: trial.days, trials, ...hashes },
    sales,
    hash: sha256,
    owners,
    random: Math.random,
    policy,
    stores,
    catalogue,
    rules,
    terms,
  };
}

async function syncServices(): Promise<OwnSyncRouteServices> {
  const { stripe: stripeWithKey, ...stores } = common();
  // While Stripe's key cannot be read, what the user has bought in a store is written all the same.
  const billing = deferredBilling(async () => (await stripeWithKey()).billing);
  return { ...stores, billing, random: Math.random };
}

async function pricesServices(): Promise<OwnPricesRouteServices> {
  const { entitlements, requests, trials, policy, stripe: stripeWithKey } = common();
  const { poolId, users, offer, readPrice, trial } = checkout();
  const [{ stripe, billing }, hashes] = await Promise.all([stripeWithKey(), trial?.hash()]);
  return {
    offer,
    readPrice,
    entitlements,
    users,
    trials: hashes === undefined ? null : { trials, ...hashes },
    sessions: createCheckoutSessions(stripe, poolId),
    billing,
    requests,
    policy,
  };
}

export const handler = createHandler({
  clock,
  allowedOrigins: once(() => readAllowedOrigins(process.env)),
  services,
  syncServices,
  pricesServices,
});
