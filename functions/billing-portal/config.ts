/** The environment of `billing-portal`. */
import { type Environment, EnvironmentReader } from '../../adapters/system/environment.ts';
import { readPortalConfiguration } from '../../core/settings/values.ts';
import { readOrigins, readReturnPage, readStripe, readTables, stripeEnvironment } from '../settings.ts';

export const environment = [
  'AWS_REGION',
  'USERS_TABLE',
  'ENTITLEMENTS_TABLE',
  ...stripeEnvironment,
  'PORTAL_RETURN_URL',
  'PORTAL_CONFIGURATION',
  'ALLOWED_ORIGINS',
] as const;

export function readConfig(values: Environment) {
  const reader = new EnvironmentReader(values);
  readOrigins(reader);
  return reader.done({
    ...readTables(reader),
    ...readStripe(reader),
    returnUrl: readReturnPage(reader, 'PORTAL_RETURN_URL'),
    configuration: reader.optional('PORTAL_CONFIGURATION', readPortalConfiguration) ?? null,
  });
}
