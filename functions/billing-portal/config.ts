/** The environment of `billing-portal`. */
import { type Environment, EnvironmentReader } from '../../adapters/system/environment.ts';
import { readStripe, readTables } from '../settings.ts';

export const environment = [
  'AWS_REGION',
  'USERS_TABLE',
  'ENTITLEMENTS_TABLE',
  'STRIPE_API_KEY',
  'STRIPE_API_KEY_SECRET_ARN',
  'STRIPE_API_BASE',
  'PORTAL_RETURN_URL',
  'PORTAL_CONFIGURATION',
  'ALLOWED_ORIGINS',
] as const;

export function readConfig(values: Environment) {
  const reader = new EnvironmentReader(values);
  reader.required('AWS_REGION');
  return reader.done({
    ...readTables(reader),
    ...readStripe(reader),
    returnUrl: reader.optional('PORTAL_RETURN_URL') ?? null,
    configuration: reader.optional('PORTAL_CONFIGURATION') ?? null,
  });
}
