/** The environment of `delete-user`. */
import { type Environment, EnvironmentReader } from '../../adapters/system/environment.ts';
import { readStores, readStripe, readTables, storesEnvironment } from '../settings.ts';

export const environment = [
  'AWS_REGION',
  'USERS_TABLE',
  'ENTITLEMENTS_TABLE',
  'STRIPE_API_KEY',
  'STRIPE_API_KEY_SECRET_ARN',
  'STRIPE_API_BASE',
  'COGNITO_USER_POOL_ID',
  ...storesEnvironment,
  'ALLOWED_ORIGINS',
] as const;

export function readConfig(values: Environment) {
  const reader = new EnvironmentReader(values);
  reader.required('AWS_REGION');
  return reader.done({
    ...readTables(reader),
    ...readStripe(reader),
    stores: readStores(reader),
    poolId: reader.required('COGNITO_USER_POOL_ID'),
  });
}
