/** Composition root of reconcile, shared by the Lambda function and the commands. */
import { createCognito } from '../adapters/cognito/client.ts';
import { createUserDirectory } from '../adapters/cognito/user-directory.ts';
import { createPoolListings, createUserReader } from '../adapters/cognito/user-reader.ts';
import { createDynamoDb } from '../adapters/dynamodb/client.ts';
import { createCustomerIndex } from '../adapters/dynamodb/customer-index.ts';
import { createEntitlementStore } from '../adapters/dynamodb/entitlement-store.ts';
import { createAdoptionRecord, createEndingLedger } from '../adapters/dynamodb/gate-store.ts';
import { createTableListings } from '../adapters/dynamodb/listings.ts';
import { createProfileStore } from '../adapters/dynamodb/profile-store.ts';
import { createPendingRemovals } from '../adapters/dynamodb/removal-store.ts';
import { createRequestCounter } from '../adapters/dynamodb/request-counter.ts';
import { createTrialStore } from '../adapters/dynamodb/trial-store.ts';
import type { StoresConfig } from '../adapters/revenuecat/access.ts';
import { fetchSecret } from '../adapters/secretsmanager/fetch-secret.ts';
import { createLeavingBilling } from '../adapters/stripe/leaving.ts';
import { createStripeListings } from '../adapters/stripe/listings.ts';
import { isLiveKey } from '../adapters/stripe/mode.ts';
import { createOrphanBilling } from '../adapters/stripe/orphan.ts';
import { billingWithKey, type KeyedBilling } from '../adapters/stripe/with-key.ts';
import { systemClock as clock } from '../adapters/system/clock.ts';
import { isoDateMs } from '../adapters/system/http-date.ts';
import { createOwnerCache } from '../adapters/system/owner-cache.ts';
import { createPace } from '../adapters/system/pace.ts';
import { createSecret, type SecretServices, type SecretSource } from '../adapters/system/secret.ts';
import type { CredentialSource } from '../adapters/transport/aws-credentials.ts';
import { createDeleteAccount } from '../core/account/delete-account.ts';
import type { PoolUser, UserReader } from '../core/account/pool-user.ts';
import { createProvision } from '../core/account/provision.ts';
import {
  hasUnrecordedTrial,
  recordTrial,
  type TrialHash,
  type TrialStore,
} from '../core/checkout/trial-claim.ts';
import type { PlanOrder } from '../core/entitlement/plan-order.ts';
import type { PlanPolicy } from '../core/entitlement/policy.ts';
import { createGate } from '../core/gate/gate.ts';
import type { ReconcileServices } from '../core/reconcile/services.ts';
import { createSyncStores } from '../core/stores/sync-stores.ts';
import { createApplyEvent } from '../core/sync/apply-event.ts';
import { createSync } from '../core/sync/sync.ts';
import { nowSeconds } from '../core/system/clock.ts';
import type { Log } from '../core/system/log.ts';
import { openStores } from './stores.ts';

/** Stripe's rate limit in requests per second, by the mode of the key. */
const requestsPerSecond = { live: 100, test: 25 } as const;
/** A yearly plan may be refunded late. Older refunds belong to periods that ended long ago. */
const REVERSALS_LOOKBACK_SECONDS = 90 * 86_400;

/** Cognito allows 30 listings a second in an account and region, which other pools and callers share. */
const QUESTIONS_PER_SECOND = 15;

/** Everything a run needs except the place where it saves its progress. */
export type ReconcileSystems = Omit<ReconcileServices, 'checkpoint'>;

export interface ReconcileConfig {
  readonly usersTable: string;
  readonly entitlementsTable: string;
  readonly poolId: string;
  readonly apiKey: SecretSource;
  readonly stripeBase: URL | undefined;
  /** Null: this installation has no app in a store. */
  readonly stores: StoresConfig | null;
  readonly policy: PlanPolicy & { readonly planOrder: PlanOrder };
  /** Share of Stripe's rate limit that a run may use, from 0.01 to 1. */
  readonly share: number;
}

export interface OpenOptions {
  /** Default: the credentials of the function's role. */
  readonly credentials?: CredentialSource;
  readonly config: ReconcileConfig;
  readonly log: Log;
  /** The share of the tables that this run scans, when several runs share the work. */
  readonly segment?: { readonly index: number; readonly of: number };
  /** How far back the `events` check reads, in seconds. */
  readonly eventsLookbackSeconds?: number;
  /** Hashes the identities in trial claims. Without it, trials are not recorded. */
  readonly trialHash?: TrialHash;
}

const whole = { index: 0, of: 1 } as const;

export async function openServices(options: OpenOptions) {
  const { config, log, credentials, segment = whole, eventsLookbackSeconds = 0 } = options;
  const { usersTable, entitlementsTable, poolId, policy } = config;
  const { planOrder } = policy;
  const client = createDynamoDb({ timeoutMs: 5_000, maxAttempts: 5 }, credentials);
  const userPool = { client: createCognito({ timeoutMs: 5_000, maxAttempts: 5 }, credentials), poolId };
  const fetch = (arn: string) => fetchSecret(arn, credentials);
  // Parallel runs divide the share among themselves.
  const share = config.share / segment.of;
  const { stripe, billing, livemode } = await openStripe(config, share, fetch);
  const table = { client, tableName: entitlementsTable, clock };
  const trials = trialRecords(createTrialStore(table), options.trialHash);
  const stores = recordsIn(table, usersTable);
  const users = createUserReader(userPool);
  const { purchases, listings: storeListings } = openStores(config.stores, share, fetch);
  const services = { ...stores, poolId, billing, stores: purchases, planOrder, clock, log };
  const sync = createSync({ ...services, owners: createOwnerCache(), random: Math.random });
  const memory = memoryOf(table, poolId);
  const deleteAccount = createDeleteAccount({ ...services, ...endingIn({ stripe, billing, userPool }) });
  const pool = createPoolListings({ ...userPool, pace: createPace(QUESTIONS_PER_SECOND, clock) });
  const tables = { client, usersTable, entitlementsTable, clock };
  const systems: ReconcileSystems = {
    ...services,
    ...memory,
    policy,
    poolId,
    installation: { ...createTableListings({ ...tables, segment: whole }), users: pool.users },
    listings: {
      ...pool,
      ...createTableListings({ ...tables, segment }),
      ...createStripeListings({
        stripe,
        livemode,
        poolId,
        reversalsSince: nowSeconds(clock) - REVERSALS_LOOKBACK_SECONDS,
        eventsSince: nowSeconds(clock) - eventsLookbackSeconds,
      }),
      ...storeListings,
      unrecordedTrials: trials.unrecorded,
    },
    sync,
    syncStores: purchases && createSyncStores({ ...services, stores: purchases, random: Math.random }),
    applyEvent: createApplyEvent({ ...services, sync }),
    deleteAccount,
    recordTrial: trials.record,
    provision: createProvision({ ...services, poolId, users: listedFirst(users) }),
    users,
    gate: createGate({
      ...services,
      ...memory,
      poolId,
      users,
      deleteAccount,
      timeOf: isoDateMs,
      billing: { ...billing, ...createOrphanBilling(stripe) },
    }),
  };
  return { systems, billing, stores: purchases, reader: users, table };
}

/** What ends the subscriptions and the login of a deleted account. */
function endingIn({ stripe, billing, userPool }: EndingSystems) {
  const directory = createUserDirectory(userPool);
  return { billing: { ...billing, ...createLeavingBilling(stripe) }, directory };
}

interface EndingSystems extends Pick<KeyedBilling, 'stripe' | 'billing'> {
  readonly userPool: Parameters<typeof createUserDirectory>[0];
}

type Table = Parameters<typeof createEntitlementStore>[0] & Parameters<typeof createEndingLedger>[0];

function recordsIn(table: Table, usersTable: string) {
  return {
    profiles: createProfileStore({ client: table.client, tableName: usersTable }),
    entitlements: createEntitlementStore(table),
    index: createCustomerIndex(table),
    removals: createPendingRemovals(table),
    requests: createRequestCounter(table),
  };
}

function memoryOf(table: Table, poolId: string) {
  return { adoption: createAdoptionRecord(table, poolId), ledger: createEndingLedger(table) };
}

async function openStripe(
  { apiKey: source, stripeBase: base }: ReconcileConfig,
  share: number,
  fetch: SecretServices['fetch'],
) {
  const apiKey = createSecret(source, { fetch, clock });
  const limit = isLiveKey(await apiKey.read()) ? requestsPerSecond.live : requestsPerSecond.test;
  const limits = { timeoutMs: 20_000, maxNetworkRetries: 4, pace: createPace(limit * share, clock) };
  return billingWithKey({ apiKey, base, limits })();
}

/** Returns a reader that asks by name only if the filtered listing, which is never billed, does not show the user. */
function listedFirst(users: UserReader): UserReader {
  return {
    readUser: async ({ sub, username }) =>
      (await users.readUser({ sub, username: null })) ??
      (username === null ? undefined : users.readUser({ sub, username })),
  };
}

function trialRecords(trials: TrialStore, hash: TrialHash | undefined) {
  if (hash === undefined) {
    return { unrecorded: async () => new Set<string>(), record: async () => undefined };
  }
  const services = { trials, ...hash };
  return {
    unrecorded: async (users: readonly PoolUser[]) => {
      const subs = await Promise.all(
        users.map(async (user) => ((await hasUnrecordedTrial(services, user)) ? [user.sub] : [])),
      );
      return new Set(subs.flat());
    },
    record: (user: PoolUser, customerId: string) =>
      recordTrial(services, user, { customerId, nowSeconds: nowSeconds(clock) }),
  };
}
