/** Puts the control API of a running local cloud together. */
import { EnvironmentReader } from '../../adapters/system/environment.ts';
import type { AccessPolicy } from '../../core/entitlement/policy.ts';
import { readAccessPolicy } from '../../functions/settings.ts';
import type { Environment } from '../cloud/environment.ts';
import { REVENUECAT_CONSOLE_KEY } from '../cloud/secrets.ts';
import type { LambdaRuntime } from '../lambda/runtime.ts';
import type { CloudStatus } from '../page/status.ts';
import type { Watch } from '../recording/watch.ts';
import type { LocalRevenueCat } from '../revenuecat/start.ts';
import type { AppFacts } from '../scenarios/person.ts';
import type { LocalStripe } from '../stripe/start.ts';
import { createClients } from './clients.ts';
import { type DataDeps, dataRoutes } from './data/routes.ts';
import { createInspector } from './inspection.ts';
import { monthsRoutes } from './months/route.ts';
import { overviewRoute } from './overview.ts';
import type { ControlRoute } from './routes.ts';
import { spanRoutes } from './spans.ts';
import { clockRoutes } from './trouble/clock.ts';
import { faultRoutes } from './trouble/fault-routes.ts';
import { reconcileRoutes } from './trouble/reconcile-routes.ts';
import { scenarioRoutes } from './trouble/scenario-routes.ts';
import { createRoster } from './users/roster.ts';
import { userRoutes } from './users/user-routes.ts';

export interface ControlDeps extends Pick<DataDeps, 'cognito' | 'snapshotsDirectory' | 'whole'> {
  readonly watch: Watch;
  readonly status: () => CloudStatus;
  /** The environment of the functions. */
  readonly env: Environment;
  readonly stripe: LocalStripe;
  readonly revenuecat: LocalRevenueCat;
  /** Runs the inspector. */
  readonly lambda: Pick<LambdaRuntime, 'invoke'>;
}

export function openControl(deps: ControlDeps): readonly ControlRoute[] {
  const { watch, status, env, stripe, revenuecat } = deps;
  const { hub, recorder } = watch;
  const clients = clientsOf(deps);
  const facts = () => {
    const { ids, urls } = status();
    return { ...ids, projectId: ids.revenuecatProject, issuer: urls.issuer };
  };
  const running: { title?: string | undefined } = {};
  const roster = createRoster({ clients, hub, facts });
  const inspector = createInspector(deps.lambda);
  const nowSeconds = () => Math.floor((Date.now() + watch.aheadMs()) / 1000);
  const settled = async () => {
    await Promise.all([stripe.settled(), revenuecat.settled()]);
  };
  const reading = { clients, policy: policyOf(env), facts, nowSeconds };
  return [
    overviewRoute({ status, watch, roster }),
    ...userRoutes({ ...reading, roster, inspector }),
    ...monthsRoutes(reading),
    ...spanRoutes({ recorder, redeliver: (id) => stripe.trouble.redeliver(id) || revenuecat.redeliver(id) }),
    ...clockRoutes({ watch, clock: stripe.clock, clients, facts }),
    ...faultRoutes({ watch, trouble: stripe.trouble, isBusy: () => running.title !== undefined }),
    ...reconcileRoutes(inspector),
    ...scenarioRoutes({
      running,
      watch,
      trouble: stripe.trouble,
      inspector,
      facts: () => appFactsOf(status()),
      stripe: { url: stripe.url, apiKey: env['STRIPE_API_KEY'] ?? '' },
      settled,
      advance: (seconds) => stripe.clock.advance(seconds),
    }),
    ...dataRoutes({ ...deps, clients, roster, settled }),
  ];
}

function clientsOf({ env, status }: ControlDeps) {
  const { urls } = status();
  return createClients({
    dynamoDbUrl: urls.dynamodb,
    cognitoUrl: urls.cognito,
    stripeUrl: urls.stripe,
    stripeApiKey: env['STRIPE_API_KEY'] ?? '',
    revenueCatUrl: urls.revenuecat,
    revenueCatApiKey: REVENUECAT_CONSOLE_KEY,
  });
}

function appFactsOf({ urls, ids, confirmationCode }: CloudStatus): AppFacts {
  const { api, cognito, revenuecat } = urls;
  return { api, cognito, revenuecat, clientId: ids.clientId, confirmationCode };
}

function policyOf(env: Environment): AccessPolicy {
  return readAccessPolicy(new EnvironmentReader(env));
}
