/** Composition root of `prices`. */
import { fetchSecret } from '../../adapters/secretsmanager/fetch-secret.ts';
import { readOfferedPrices } from '../../adapters/stripe/offered-prices.ts';
import { billingWithKey } from '../../adapters/stripe/with-key.ts';
import { systemClock as clock } from '../../adapters/system/clock.ts';
import { early, once } from '../../adapters/system/once.ts';
import { createSecret } from '../../adapters/system/secret.ts';
import { createOffer } from '../../core/prices/offer.ts';
import { readAllowedOrigins } from '../settings.ts';
import { readConfig } from './config.ts';
import { createHandler } from './handler.ts';

const offer = once(() => {
  const { apiKey, stripeBase, prices, terms } = readConfig(process.env);
  const access = billingWithKey({
    apiKey: createSecret(apiKey, { fetch: fetchSecret, clock }),
    base: stripeBase,
    opensEarly: true,
    limits: { timeoutMs: 5_000, maxNetworkRetries: 1 },
  });
  return createOffer({ read: async () => readOfferedPrices((await access()).stripe, prices, terms), clock });
});
early(offer);

export const handler = createHandler({
  clock,
  allowedOrigins: once(() => readAllowedOrigins(process.env)),
  offer,
});
