/** The environment of `subscription`. */
import { type Environment, EnvironmentReader } from '../../adapters/system/environment.ts';
import { limits } from '../../core/settings/limits.ts';
import { readPriceName } from '../../core/settings/values.ts';
import {
  readAccessPolicy,
  readOrigins,
  readRequiredPoolId,
  readStripe,
  readTables,
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
  'RENEWAL_GRACE_HOURS',
  'PAST_DUE_GRACE_DAYS',
  'ACCESS_POLICY',
  'ALLOWED_ORIGINS',
] as const;

export function readConfig(values: Environment) {
  const reader = new EnvironmentReader(values);
  readOrigins(reader);
  if (reader.raw('CHECKOUT_PRICES') === undefined) reader.missing('CHECKOUT_PRICES');
  return reader.done({
    ...readTables(reader),
    ...readStripe(reader),
    poolId: readRequiredPoolId(reader),
    prices: reader.list('CHECKOUT_PRICES', readPriceName),
    maxQuantity: reader.amount('CHECKOUT_MAX_QUANTITY', 1, limits.quantity),
    policy: readAccessPolicy(reader),
  });
}
