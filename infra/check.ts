/** Finds mistakes in a stage's configuration before AWS rejects them in the middle of a deployment. */
import { functionSpecs } from '../contract/functions.ts';
import { readRevenueCatProject } from '../core/settings/values.ts';
import { originProblems, valueProblems } from './check-values.ts';
import type { StageConfig } from './config.ts';

/** How long API Gateway waits for a function. */
const apiLimitSeconds = { http: 30, rest: 29 } as const;

/** The suffix that Secrets Manager adds to a name to build the ARN. */
const ARN_SUFFIX = /-[A-Za-z0-9]{6}$/;

/** Returns one message per mistake; none if the configuration is valid. */
export function configProblems(config: StageConfig): readonly string[] {
  return [
    ...secretProblems(config.secrets),
    ...apiProblems(config.api),
    ...tableProblems(config.tables),
    ...poolProblems(config),
    ...storeProblems(config.stores),
    ...queueProblems(config.webhookQueue),
    ...valueProblems(config),
    ...(config.checkout.prices.length === 0
      ? ['checkout.prices is empty, so users cannot buy anything']
      : []),
    ...(!(config.reconcile.stripeShare >= 0.01 && config.reconcile.stripeShare <= 1)
      ? ['reconcile.stripeShare must be between 0.01 and 1']
      : []),
  ];
}

function secretProblems(secrets: StageConfig['secrets']): readonly string[] {
  return Object.entries(secrets).flatMap(([key, name]) => [
    ...(ARN_SUFFIX.test(name)
      ? [`secrets.${key}: a name that ends in a hyphen and six characters is mistaken for an ARN (${name})`]
      : []),
    // A key pasted here would end up in the repository.
    ...(/^[\w/+=.@-]{1,512}$/.test(name) && !/^(?:[srp]k|whsec|appl|goog|atk)_/.test(name)
      ? []
      : [`secrets.${key} must be a name in Secrets Manager, not a key`]),
  ]);
}

function apiProblems(api: StageConfig['api']): readonly string[] {
  const tooSlow = Object.entries(functionSpecs)
    .filter(([, spec]) => 'routes' in spec && spec.timeoutSeconds >= apiLimitSeconds[api.kind])
    .map(([name]) => `${name} may run longer than API Gateway waits for it`);
  const origins = api.allowedOrigins.flatMap(originProblems);
  const { ratePerSecond, burst } = api.throttle;
  return [
    ...tooSlow,
    ...origins,
    ...(ratePerSecond > 0 && burst > 0 ? [] : ['api.throttle must be above 0, or no request gets through']),
  ];
}

function tableProblems({ users, entitlements }: StageConfig['tables']): readonly string[] {
  return [
    ...[users.name, entitlements.name]
      .filter((name) => !/^[\w.-]{3,255}$/.test(name))
      .map((name) => `tables: ${name} is not a valid table name`),
    ...(users.name === entitlements.name ? ['tables: both tables have the same name'] : []),
  ];
}

function poolProblems({ pool, region }: StageConfig): readonly string[] {
  if (pool.kind === 'create') return [];
  return [
    ...(/^[a-z]{2,4}(?:-[a-z]+)+-\d_[A-Za-z0-9]+$/.test(pool.userPoolId) &&
    !pool.userPoolId.startsWith(`${region}_`)
      ? [`pool.userPoolId is not in the region ${region}`]
      : []),
    ...(pool.clientIds.length === 0 ? ['pool.clientIds is empty, so no user can sign in'] : []),
  ];
}

function storeProblems(stores: StageConfig['stores']): readonly string[] {
  // A key of RevenueCat pasted here would end up in the repository.
  const isId = stores === null || 'value' in readRevenueCatProject(stores.revenueCatProjectId);
  return isId
    ? []
    : ['stores.revenueCatProjectId must be the id of the project in RevenueCat, such as proj1ab2c3d4'];
}

function queueProblems(queue: StageConfig['webhookQueue']): readonly string[] {
  if (queue === null) return [];
  const { maxConcurrency } = queue;
  // The limits of Lambda.
  const isValid = Number.isInteger(maxConcurrency) && maxConcurrency >= 2 && maxConcurrency <= 1_000;
  return isValid ? [] : ['webhookQueue.maxConcurrency must be a whole number from 2 to 1,000'];
}
