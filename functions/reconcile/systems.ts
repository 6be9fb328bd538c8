/** What a reconcile works with, for the function and for who runs it by hand. */
import { createCognito } from '../../adapters/cognito/client.ts';
import { createUserDirectory } from '../../adapters/cognito/user-directory.ts';
import { createPoolSweep, createUserReader } from '../../adapters/cognito/user-reader.ts';
import { createDynamoDb } from '../../adapters/dynamodb/client.ts';
import { createEntitlementStore } from '../../adapters/dynamodb/entitlement-store.ts';
import { createProfileStore } from '../../adapters/dynamodb/profile-store.ts';
import { createTableSweep } from '../../adapters/dynamodb/sweep.ts';
import { createTrialStore } from '../../adapters/dynamodb/trial-store.ts';
import { fetchSecret } from '../../adapters/secretsmanager/fetch-secret.ts';
import { isLiveKey } from '../../adapters/stripe/mode.ts';
import { createStripeSweep } from '../../adapters/stripe/sweep.ts';
import { billingWithKey } from '../../adapters/stripe/with-key.ts';
import { systemClock as clock } from '../../adapters/system/clock.ts';
import type { Environment } from '../../adapters/system/environment.ts';
import { createOwnerCache } from '../../adapters/system/owner-cache.ts';
import { createPace } from '../../adapters/system/pace.ts';
import { createSecret } from '../../adapters/system/secret.ts';
import { createDeleteAccount } from '../../core/account/delete-account.ts';
import type { PoolUser, UserReader } from '../../core/account/pool-user.ts';
import { createProvision } from '../../core/account/provision.ts';
import {
  hasUnrecordedTrial,
  type KeyedHash,
  recordTrial,
  type TrialStore,
} from '../../core/checkout/trial-claim.ts';
import type { ReconcileServices } from '../../core/reconcile/reconcile.ts';
import { createSync } from '../../core/sync/sync.ts';
import { nowSeconds } from '../../core/system/clock.ts';
import type { Log } from '../../core/system/log.ts';
import { readConfig } from './config.ts';

/** Requests a second that Stripe takes, of live and of test keys. */
const LIMIT = { live: 100, test: 25 } as const;
/** A year's plan may be refunded late; what was refunded before is of a period long past. */
const REVERSALS_SECONDS = 90 * 86_400;

export type Systems = Omit<ReconcileServices, 'checkpoint'>;

export interface Opening {
  readonly environment: Environment;
  readonly log: Log;
  readonly segment?: { readonly index: number; readonly of: number };
  /** How far back events are gone over, in seconds. */
  readonly eventsSeconds?: number;
  /** With it, trials that were given before are remembered. */
  readonly trialHash?: KeyedHash;
}

export async function openSystems(opening: Opening) {
  const { environment, log, segment = { index: 0, of: 1 }, eventsSeconds = 0 } = opening;
  const config = readConfig(environment);
  const { usersTable, entitlementsTable, poolId } = config;
  const client = createDynamoDb({ timeoutMs: 5_000, maxAttempts: 5 });
  const cognito = createCognito({ timeoutMs: 5_000, maxAttempts: 5 });
  const apiKey = createSecret(config.apiKey, { fetch: fetchSecret, clock });
  const limit = isLiveKey(await apiKey.read()) ? LIMIT.live : LIMIT.test;
  // Runs side by side share the share.
  const pace = createPace((limit * config.share) / segment.of, clock);
  const limits = { timeoutMs: 20_000, maxNetworkRetries: 4, pace };
  const { stripe, billing, livemode } = await billingWithKey({ apiKey, base: config.stripeBase, limits })();
  const trials = trialMemory(
    createTrialStore({ client, tableName: entitlementsTable, clock }),
    opening.trialHash,
  );
  const stores = {
    profiles: createProfileStore({ client, tableName: usersTable }),
    entitlements: createEntitlementStore({ client, tableName: entitlementsTable, clock }),
  };
  const users = createUserReader({ client: cognito, poolId });
  const directory = createUserDirectory({ client: cognito, poolId });
  const services = { ...stores, billing, clock, log };
  const systems: Systems = {
    ...services,
    poolId,
    sweep: {
      ...createPoolSweep({ client: cognito, poolId }),
      ...createTableSweep({ client, usersTable, entitlementsTable, segment, clock }),
      ...createStripeSweep({
        stripe,
        livemode,
        poolId,
        reversalsSince: nowSeconds(clock) - REVERSALS_SECONDS,
        eventsSince: nowSeconds(clock) - eventsSeconds,
      }),
      unremembered: trials.unremembered,
    },
    sync: createSync({ ...services, owners: createOwnerCache(), random: Math.random }),
    deleteAccount: createDeleteAccount({ ...services, directory }),
    rememberTrial: trials.remember,
    provision: createProvision({ ...services, poolId, users: bySub(users) }),
    users: bySub(users),
  };
  return { systems, billing, reader: users, table: { client, tableName: entitlementsTable, clock } };
}

/** By a listing with a filter, since Cognito bills who is asked for by name as a user of the month. */
function bySub(users: UserReader): UserReader {
  return { readUser: ({ sub }) => users.readUser({ sub, username: null }) };
}

function trialMemory(trials: TrialStore, hash: KeyedHash | undefined) {
  if (hash === undefined) {
    return { unremembered: async () => new Set<string>(), remember: async () => undefined };
  }
  const services = { trials, hash };
  return {
    unremembered: async (users: readonly PoolUser[]) => {
      const subs = await Promise.all(
        users.map(async (user) => ((await hasUnrecordedTrial(services, user)) ? [user.sub] : [])),
      );
      return new Set(subs.flat());
    },
    remember: (user: PoolUser, customerId: string) =>
      recordTrial(services, user, { customerId, nowSeconds: nowSeconds(clock) }),
  };
}
