/** The environment of `reconcile`. */
import { type Environment, EnvironmentReader } from '../../adapters/system/environment.ts';
import { limits } from '../../core/settings/limits.ts';
import {
  readPlanPolicy,
  readRequiredPoolId,
  readStores,
  readStripe,
  readTables,
  storesEnvironment,
  stripeEnvironment,
} from '../settings.ts';

export const environment = [
  'AWS_REGION',
  'USERS_TABLE',
  'ENTITLEMENTS_TABLE',
  ...stripeEnvironment,
  'COGNITO_USER_POOL_ID',
  ...storesEnvironment,
  'ACCESS_POLICY',
  'RECONCILE_STRIPE_SHARE',
] as const;

export function readConfig(values: Environment) {
  const reader = new EnvironmentReader(values);
  return reader.done({
    ...readTables(reader),
    ...readStripe(reader),
    stores: readStores(reader),
    policy: readPlanPolicy(reader),
    poolId: readRequiredPoolId(reader),
    /** Share of Stripe's rate limit. The webhook and the checkout need the rest. */
    share: reader.amount('RECONCILE_STRIPE_SHARE', 0.25, limits.share),
  });
}
