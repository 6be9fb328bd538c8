/** The environment of `billing`. */
import { type Environment, EnvironmentReader } from '../../adapters/system/environment.ts';
import { readOrigins, readStripe, readTables, stripeEnvironment } from '../settings.ts';

export const environment = [
  'AWS_REGION',
  'USERS_TABLE',
  'ENTITLEMENTS_TABLE',
  ...stripeEnvironment,
  'ALLOWED_ORIGINS',
] as const;

export function readConfig(values: Environment) {
  const reader = new EnvironmentReader(values);
  readOrigins(reader);
  return reader.done({ ...readTables(reader), ...readStripe(reader) });
}
