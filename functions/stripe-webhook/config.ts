/** The environment of `stripe-webhook`. */
import { type Environment, EnvironmentReader } from '../../adapters/system/environment.ts';
import { readSecretSource } from '../../adapters/system/secret.ts';
import { readPlanOrder, readStripe, readTables } from '../settings.ts';

export const environment = [
  'AWS_REGION',
  'USERS_TABLE',
  'ENTITLEMENTS_TABLE',
  'STRIPE_API_KEY',
  'STRIPE_API_KEY_SECRET_ARN',
  'STRIPE_WEBHOOK_SECRET',
  'STRIPE_WEBHOOK_SECRET_SECRET_ARN',
  'STRIPE_API_BASE',
  'COGNITO_USER_POOL_ID',
  'ACCESS_POLICY',
] as const;

export function readConfig(values: Environment) {
  const reader = new EnvironmentReader(values);
  reader.required('AWS_REGION');
  return reader.done({
    ...readTables(reader),
    ...readStripe(reader),
    /** Null: no checkout is proven to be of this stage, so none is canceled. Access does not depend on it. */
    poolId: reader.optional('COGNITO_USER_POOL_ID') ?? null,
    planOrder: readPlanOrder(reader),
    webhookSecrets: readSecretSource(reader, 'STRIPE_WEBHOOK_SECRET'),
  });
}
