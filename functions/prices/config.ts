/** The environment of `prices`. */
import { type Environment, EnvironmentReader } from '../../adapters/system/environment.ts';
import { readPriceName, readRegion } from '../../core/settings/values.ts';
import { readOrigins, readStripe, stripeEnvironment } from '../settings.ts';

export const environment = [
  'AWS_REGION',
  ...stripeEnvironment,
  'CHECKOUT_PRICES',
  'ALLOWED_ORIGINS',
] as const;

export function readConfig(values: Environment) {
  const reader = new EnvironmentReader(values);
  reader.required('AWS_REGION', readRegion);
  readOrigins(reader);
  if (reader.raw('CHECKOUT_PRICES') === undefined) reader.missing('CHECKOUT_PRICES');
  return reader.done({ ...readStripe(reader), prices: reader.list('CHECKOUT_PRICES', readPriceName) });
}
