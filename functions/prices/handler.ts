/** `GET /prices`: what the app sells, for anyone. */
import { cacheable } from '../../adapters/apigateway/cacheable.ts';
import { type HttpHandler, httpHandler } from '../../adapters/apigateway/http-handler.ts';
import type { PricesResponse } from '../../contract/prices.ts';
import type { Offered } from '../../core/prices/offer.ts';
import type { Clock } from '../../core/system/clock.ts';
import type { Log } from '../../core/system/log.ts';

export interface HandlerOptions {
  readonly clock: Clock;
  readonly allowedOrigins: () => readonly string[];
  /** Throws a `ConfigurationError` if the environment is incomplete. */
  readonly offer: () => (log: Log) => Promise<readonly Offered[]>;
}

export function createHandler({ clock, allowedOrigins, offer }: HandlerOptions): HttpHandler {
  const options = {
    clock,
    limitMs: 13_000,
    unavailable: 'unavailable',
    allowedOrigins,
    methods: ['GET'],
    paths: ['/prices'],
  } as const;
  return httpHandler(options, async (request, log) => {
    const body: PricesResponse = { prices: (await offer()(log)).map(({ price }) => price) };
    return cacheable(request, body);
  });
}
