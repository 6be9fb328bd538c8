/** The environment of `checkout`. */
import { type Environment, EnvironmentReader } from '../../adapters/system/environment.ts';
import { readSecretSource } from '../../adapters/system/secret.ts';
import { limits } from '../../core/settings/limits.ts';
import { readPriceName } from '../../core/settings/values.ts';
import {
  readAccessPolicy,
  readOrigins,
  readRequiredPoolId,
  readReturnPage,
  readStores,
  readStripe,
  readTables,
  storesEnvironment,
  stripeEnvironment,
} from '../settings.ts';

export const environment = [
  'AWS_REGION',
  'USERS_TABLE',
  'ENTITLEMENTS_TABLE',
  ...stripeEnvironment,
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
  readOrigins(reader);
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
  const trialDays = reader.amount('TRIAL_DAYS', 0, limits.trialDays);
  if (reader.raw('CHECKOUT_PRICES') === undefined) reader.missing('CHECKOUT_PRICES');
  const prices = reader.list('CHECKOUT_PRICES', readPriceName);
  return reader.done({
    poolId: readRequiredPoolId(reader),
    prices,
    maxQuantity: reader.amount('CHECKOUT_MAX_QUANTITY', 1, limits.quantity),
    promotionCodes: reader.flag('CHECKOUT_PROMOTION_CODES'),
    successUrl: readReturnPage(reader, 'CHECKOUT_SUCCESS_URL'),
    cancelUrl: readReturnPage(reader, 'CHECKOUT_CANCEL_URL'),
    trial: trialDays === 0 ? null : { days: trialDays, hashKey: readSecretSource(reader, 'TRIAL_HASH_KEY') },
  });
}
