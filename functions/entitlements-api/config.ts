/** The environment of `entitlements-api`. */
import { type Environment, EnvironmentReader } from '../../adapters/system/environment.ts';
import { readAccessPolicy, readStripe, readTables } from '../settings.ts';

export const environment = [
  'AWS_REGION',
  'USERS_TABLE',
  'ENTITLEMENTS_TABLE',
  'RENEWAL_GRACE_HOURS',
  'PAST_DUE_GRACE_DAYS',
  'ACCESS_POLICY',
  'STRIPE_API_KEY',
  'STRIPE_API_KEY_SECRET_ARN',
  'STRIPE_API_BASE',
  'ALLOWED_ORIGINS',
] as const;

export function readConfig(values: Environment) {
  const reader = new EnvironmentReader(values);
  reader.required('AWS_REGION');
  return reader.done({
    ...readTables(reader),
    policy: readAccessPolicy(reader),
  });
}

/** Read apart, so that the read of entitlements does not depend on Stripe's key. */
export function readSyncConfig(values: Environment) {
  const reader = new EnvironmentReader(values);
  return reader.done({ ...readTables(reader), ...readStripe(reader) });
}
