/** The environment of `delete-user`. */
import { type Environment, EnvironmentReader } from '../../adapters/system/environment.ts';
import { readSecretSource } from '../../adapters/system/secret.ts';

export const environment = [
  'AWS_REGION',
  'USERS_TABLE',
  'ENTITLEMENTS_TABLE',
  'STRIPE_API_KEY',
  'STRIPE_API_KEY_SECRET_ARN',
  'STRIPE_API_BASE',
  'COGNITO_USER_POOL_ID',
  'ALLOWED_ORIGINS',
] as const;

export function readConfig(values: Environment) {
  const reader = new EnvironmentReader(values);
  reader.required('AWS_REGION');
  return reader.done({
    usersTable: reader.optional('USERS_TABLE') ?? 'UserProfiles',
    entitlementsTable: reader.optional('ENTITLEMENTS_TABLE') ?? 'predixa_entitlements',
    apiKey: readSecretSource(reader, 'STRIPE_API_KEY'),
    stripeBase: reader.url('STRIPE_API_BASE'),
    poolId: reader.required('COGNITO_USER_POOL_ID'),
  });
}
