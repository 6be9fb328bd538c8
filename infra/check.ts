/** What is wrong with a stage's configuration, in words, before AWS says so in the middle of a deployment. */
import { functionSpecs } from '../contract/functions.ts';
import type { StageConfig } from './config.ts';

/** The time after which API Gateway gives up on a function. */
const apiLimitSeconds = { http: 30, rest: 29 } as const;

/** `https://app.example.com`, and nothing behind it: as browsers send it. */
const ORIGIN = /^https?:\/\/[a-z0-9.-]+(?::\d+)?$/;

/** What Secrets Manager adds to a name to make the ARN. */
const ARN_SUFFIX = /-[A-Za-z0-9]{6}$/;

/** Empty where nothing is wrong. */
export function configProblems(config: StageConfig): readonly string[] {
  return [
    ...secretProblems(config.secrets),
    ...apiProblems(config.api),
    ...tableProblems(config.tables),
    ...poolProblems(config),
    ...(config.checkout.prices.length === 0 ? ['checkout.prices is empty: nothing could be bought'] : []),
    ...(config.reconcile.stripeShare < 0.01 || config.reconcile.stripeShare > 1
      ? ['reconcile.stripeShare is not between 0.01 and 1']
      : []),
  ];
}

function secretProblems(secrets: StageConfig['secrets']): readonly string[] {
  return Object.entries(secrets).flatMap(([key, name]) => [
    ...(ARN_SUFFIX.test(name)
      ? [
          `secrets.${key}: a name that ends in a hyphen and six characters cannot be found by its ARN (${name})`,
        ]
      : []),
    // Whoever pastes a key here would have published it.
    ...(/^[\w/+=.@-]{1,512}$/.test(name) && !/^(?:[sr]k|whsec)_/.test(name)
      ? []
      : [`secrets.${key} is not a name in Secrets Manager`]),
  ]);
}

function apiProblems(api: StageConfig['api']): readonly string[] {
  const tooSlow = Object.entries(functionSpecs)
    .filter(([, spec]) => 'routes' in spec && spec.timeoutSeconds >= apiLimitSeconds[api.kind])
    .map(([name]) => `${name} may run longer than API Gateway waits`);
  const origins = api.allowedOrigins
    .filter((origin) => !ORIGIN.test(origin))
    .map((origin) => `api.allowedOrigins: ${origin} is not an origin such as https://app.example.com`);
  const { ratePerSecond, burst } = api.throttle;
  return [
    ...tooSlow,
    ...origins,
    ...(ratePerSecond > 0 && burst > 0 ? [] : ['api.throttle lets no request through']),
  ];
}

function tableProblems({ users, entitlements }: StageConfig['tables']): readonly string[] {
  return [
    ...[users.name, entitlements.name]
      .filter((name) => !/^[\w.-]{3,255}$/.test(name))
      .map((name) => `tables: ${name} is not a name of a table`),
    ...(users.name === entitlements.name ? ['tables: both have one name'] : []),
  ];
}

function poolProblems({ pool, region }: StageConfig): readonly string[] {
  if (pool.kind === 'create') return [];
  return [
    ...(pool.userPoolId.startsWith(`${region}_`) ? [] : [`pool.userPoolId is not of a pool in ${region}`]),
    ...(pool.clientIds.length === 0 ? ['pool.clientIds is empty: nobody could sign in'] : []),
  ];
}
