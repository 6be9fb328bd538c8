/** The environment of `post-confirmation`. */
import { type Environment, EnvironmentReader } from '../../adapters/system/environment.ts';
import { readSecretSource } from '../../adapters/system/secret.ts';
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

/** A longer trial is a mistake in the unit. */
const MAX_TRIAL_DAYS = 3_650;

export function readConfig(values: Environment) {
  const reader = new EnvironmentReader(values);
  const days = reader.amount('SIGN_UP_TRIAL_DAYS', 0, { whole: true, max: MAX_TRIAL_DAYS });
  return reader.done({
    ...readTables(reader),
    ...readStripe(reader),
    trial: days === 0 ? null : { days, hashKey: readSecretSource(reader, 'TRIAL_HASH_KEY') },
  });
}
