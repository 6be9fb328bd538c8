/** The environment of `entitlements-api`. */
import { type Environment, EnvironmentReader } from '../../adapters/system/environment.ts';
import { readAccessPolicy, readOrigins, readTables } from '../settings.ts';

export const environment = [
  'AWS_REGION',
  'ENTITLEMENTS_TABLE',
  'RENEWAL_GRACE_HOURS',
  'PAST_DUE_GRACE_DAYS',
  'ACCESS_POLICY',
  'ALLOWED_ORIGINS',
] as const;

export function readConfig(values: Environment) {
  const reader = new EnvironmentReader(values);
  readOrigins(reader);
  return reader.done({
    ...readTables(reader),
    policy: readAccessPolicy(reader),
  });
}
