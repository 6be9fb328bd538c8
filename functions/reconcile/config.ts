/** The environment of `reconcile`. */
import { type Environment, EnvironmentReader } from '../../adapters/system/environment.ts';
import { readPlanOrder, readStores, readStripe, readTables, storesEnvironment } from '../settings.ts';

export const environment = [
  'AWS_REGION',
  'USERS_TABLE',
  'ENTITLEMENTS_TABLE',
  'STRIPE_API_KEY',
  'STRIPE_API_KEY_SECRET_ARN',
  'STRIPE_API_BASE',
  'COGNITO_USER_POOL_ID',
  ...storesEnvironment,
  'ACCESS_POLICY',
  'RECONCILE_STRIPE_SHARE',
] as const;

export function readConfig(values: Environment) {
  const reader = new EnvironmentReader(values);
  reader.required('AWS_REGION');
  return reader.done({
    ...readTables(reader),
    ...readStripe(reader),
    stores: readStores(reader),
    planOrder: readPlanOrder(reader),
    poolId: reader.required('COGNITO_USER_POOL_ID'),
    /** Share of Stripe's rate limit. The webhook and the checkout need the rest. */
    share: Math.min(1, Math.max(0.01, reader.amount('RECONCILE_STRIPE_SHARE', 0.25))),
  });
}
