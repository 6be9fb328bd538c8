/** The routes of the data of the cloud: tables, snapshots, seed and reset. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Environment } from '../../cloud/environment.ts';
import type { LocalCognito } from '../../cognito/open.ts';
import { mintTokens } from '../../cognito/tokens.ts';
import type { CloudStatus } from '../../page/status.ts';
import type { Watch } from '../../recording/watch.ts';
import type { SystemClients } from '../clients.ts';
import type { ControlRoute } from '../routes.ts';
import { readUser } from '../users/pool.ts';
import type { Roster } from '../users/roster.ts';
import { doorsAt } from './doors.ts';
import { seedRoutes } from './seed.ts';
import { snapshotRoutes } from './snapshots.ts';
import { tableRoutes } from './tables.ts';
import type { WholeCloud } from './whole-cloud.ts';

export interface DataDeps {
  readonly watch: Watch;
  readonly clients: SystemClients;
  readonly roster: Roster;
  readonly status: () => CloudStatus;
  readonly env: Environment;
  /** Resolves once every webhook is delivered or given up. */
  readonly settled: () => Promise<void>;
  readonly snapshotsDirectory: string;
  readonly cognito: Pick<LocalCognito, 'saveAll' | 'loadAll'>;
  readonly stripe: WholeCloud['stripe'];
  readonly revenuecat: WholeCloud['revenuecat'];
  readonly whole: WholeCloudWork;
}

/** What concerns the cloud as a whole. */
export interface WholeCloudWork {
  /** Deletes all data. */
  readonly reset: () => Promise<void>;
  /** Runs the work while no function does. */
  readonly quietly: <T>(work: () => Promise<T>) => Promise<T>;
  /** Creates again what an installation needs, and lets every page read everything again. */
  readonly replaced: () => Promise<void>;
}

/** A webhook that fails again and again must not keep anyone from saving. */
const SETTLE_MS = 3_000;

export function dataRoutes(deps: DataDeps): readonly ControlRoute[] {
  const { watch, clients, roster, status, env, settled } = deps;
  const doors = () => doorsAt({ ...status().urls, stripeApiKey: env['STRIPE_API_KEY'] ?? '' });
  return [
    ...tableRoutes({
      clients,
      doors,
      recorder: watch.recorder,
      tables: () => Object.values(tablesOf(status())),
    }),
    ...snapshotRoutes({
      directory: deps.snapshotsDirectory,
      cloud: () => ({ ...deps, tables: tablesOf(status()) }),
      clockMs: () => Date.now() + watch.aheadMs(),
      countUsers: async () => (await roster.read()).length,
      quietly: async (work) => {
        await Promise.race([settled(), sleep(SETTLE_MS, undefined, { ref: false })]);
        return deps.whole.quietly(work);
      },
      replaced: deps.whole.replaced,
    }),
    {
      method: 'POST',
      path: '/reset',
      run: async () => {
        await deps.whole.reset();
        return {};
      },
    },
    ...seedRoutes({
      recorder: watch.recorder,
      roster,
      settled,
      clientId: () => status().ids.clientId,
      confirmationCode: () => status().confirmationCode,
      customerOf: async (sub) => {
        const { profile } = await readUser(clients, status().ids, sub);
        const id = profile?.['stripeCustomerId'];
        if (typeof id === 'string') return id;
        throw new Error('The sign-up trigger has created no Stripe customer. The Timeline shows why.');
      },
      context: () => {
        const { ids, urls } = status();
        return {
          doors: doors(),
          prices: { monthly: ids.priceMonthly, yearly: ids.priceYearly },
          entitlementsTable: ids.entitlementsTable,
          nowSeconds: Math.floor((Date.now() + watch.aheadMs()) / 1_000),
          tokenOf: async ({ sub, email }) => {
            const subject = { username: sub, sub, email, groups: [], identities: [] };
            return (await mintTokens(subject, urls.issuer)).idToken;
          },
        };
      },
    }),
  ];
}

function tablesOf({ ids }: CloudStatus) {
  return {
    users: { name: ids.usersTable, key: 'userId' },
    entitlements: { name: ids.entitlementsTable, key: 'cognito_sub' },
  };
}
