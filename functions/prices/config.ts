/** The environment of `prices`. */
import { type Environment, EnvironmentReader } from '../../adapters/system/environment.ts';
import { limits } from '../../core/settings/limits.ts';
import { readPriceName, readRegion } from '../../core/settings/values.ts';
import { readOrigins, readStripe, stripeEnvironment } from '../settings.ts';

export const environment = [
  'AWS_REGION',
  ...stripeEnvironment,
  'CHECKOUT_PRICES',
  'CHECKOUT_MAX_QUANTITY',
  'TRIAL_DAYS',
  'ALLOWED_ORIGINS',
] as const;

export function readConfig(values: Environment) {
  const reader = new EnvironmentReader(values);
  reader.required('AWS_REGION', readRegion);
  readOrigins(reader);
  if (reader.raw('CHECKOUT_PRICES') === undefined) reader.missing('CHECKOUT_PRICES');
  return reader.done({
    ...readStripe(reader),
    prices: reader.list('CHECKOUT_PRICES', readPriceName),
    terms: {
      trialDays: reader.amount('TRIAL_DAYS', 0, limits.trialDays),
      maxQuantity: reader.amount('CHECKOUT_MAX_QUANTITY', 1, limits.quantity),
    },
  });
}
