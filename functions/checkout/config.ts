/** The environment of `checkout`. */
import { type Environment, EnvironmentReader } from '../../adapters/system/environment.ts';
import { readSecretSource } from '../../adapters/system/secret.ts';
import { readAccessPolicy, readStores, readStripe, readTables, storesEnvironment } from '../settings.ts';

export const environment = [
  'AWS_REGION',
  'USERS_TABLE',
  'ENTITLEMENTS_TABLE',
  'STRIPE_API_KEY',
  'STRIPE_API_KEY_SECRET_ARN',
  'STRIPE_API_BASE',
  'COGNITO_USER_POOL_ID',
  'CHECKOUT_PRICES',
  'CHECKOUT_MAX_QUANTITY',
  'CHECKOUT_PROMOTION_CODES',
  'CHECKOUT_SUCCESS_URL',
  'CHECKOUT_CANCEL_URL',
  'TRIAL_DAYS',
  'TRIAL_HASH_KEY',
  'TRIAL_HASH_KEY_SECRET_ARN',
  ...storesEnvironment,
  'RENEWAL_GRACE_HOURS',
  'PAST_DUE_GRACE_DAYS',
  'ACCESS_POLICY',
  'ALLOWED_ORIGINS',
] as const;

/** Returns what both routes need. The sync needs the policy too, since it answers with the user's access. */
export function readSyncConfig(values: Environment) {
  const reader = new EnvironmentReader(values);
  reader.required('AWS_REGION');
  return reader.done({
    ...readTables(reader),
    ...readStripe(reader),
    /** Null: no user is written back into a customer. Access does not depend on it. */
    poolId: reader.optional('COGNITO_USER_POOL_ID') ?? null,
    stores: readStores(reader),
    policy: readAccessPolicy(reader),
  });
}

export function readConfig(values: Environment) {
  const reader = new EnvironmentReader(values);
  const trialDays = Math.floor(reader.amount('TRIAL_DAYS', 0));
  const prices = reader.list('CHECKOUT_PRICES');
  if (prices.length === 0) reader.missing('CHECKOUT_PRICES');
  return reader.done({
    poolId: reader.required('COGNITO_USER_POOL_ID'),
    prices,
    maxQuantity: Math.floor(reader.amount('CHECKOUT_MAX_QUANTITY', 1)),
    promotionCodes: reader.flag('CHECKOUT_PROMOTION_CODES'),
    successUrl: reader.optional('CHECKOUT_SUCCESS_URL') ?? null,
    cancelUrl: reader.optional('CHECKOUT_CANCEL_URL') ?? null,
    trial: trialDays === 0 ? null : { days: trialDays, hashKey: readSecretSource(reader, 'TRIAL_HASH_KEY') },
  });
}
