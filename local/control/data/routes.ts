/** The routes of the data of the cloud: seed. */
import type { Environment } from '../../cloud/environment.ts';
import { mintTokens } from '../../cognito/tokens.ts';
import type { CloudStatus } from '../../page/status.ts';
import type { Watch } from '../../recording/watch.ts';
import type { SystemClients } from '../clients.ts';
import type { ControlRoute } from '../routes.ts';
import { readUser } from '../users/pool.ts';
import type { Roster } from '../users/roster.ts';
import { doorsAt } from './doors.ts';
import { seedRoutes } from './seed.ts';

export interface DataDeps {
  readonly watch: Watch;
  readonly clients: SystemClients;
  readonly roster: Roster;
  readonly status: () => CloudStatus;
  readonly env: Environment;
  /** Resolves once every webhook is delivered or given up. */
  readonly settled: () => Promise<void>;
}

export function dataRoutes(deps: DataDeps): readonly ControlRoute[] {
  const { watch, clients, roster, status, env, settled } = deps;
  return [
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
          doors: doorsAt({ ...urls, stripeApiKey: env['STRIPE_API_KEY'] ?? '' }),
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
