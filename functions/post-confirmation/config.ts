/** The environment of `post-confirmation`. */
import { type Environment, EnvironmentReader } from '../../adapters/system/environment.ts';
import { readSecretSource } from '../../adapters/system/secret.ts';
import { limits } from '../../core/settings/limits.ts';
import { readStripe, readTables, stripeEnvironment } from '../settings.ts';

export const environment = [
  'AWS_REGION',
  'USERS_TABLE',
  'ENTITLEMENTS_TABLE',
  ...stripeEnvironment,
  'SIGN_UP_TRIAL_DAYS',
  'TRIAL_HASH_KEY',
  'TRIAL_HASH_KEY_SECRET_ARN',
] as const;

export function readConfig(values: Environment) {
  const reader = new EnvironmentReader(values);
  const days = reader.amount('SIGN_UP_TRIAL_DAYS', 0, limits.signUpTrialDays);
  return reader.done({
    ...readTables(reader),
    ...readStripe(reader),
    trial: days === 0 ? null : { days, hashKey: readSecretSource(reader, 'TRIAL_HASH_KEY') },
  });
}
