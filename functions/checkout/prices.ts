/** `GET /me/prices`: what the app sells, and what the caller would get for it. */
import type { Identity } from '../../adapters/apigateway/identity.ts';
import { type HttpResponse, json, problem } from '../../adapters/apigateway/response.ts';
import { createOwnPrices, type OwnPricesServices } from '../../core/prices/own-prices.ts';
import type { Log } from '../../core/system/log.ts';

export type OwnPricesRouteServices = Omit<OwnPricesServices, 'clock' | 'log'>;

export async function answerPrices(
  services: OwnPricesRouteServices,
  call: {
    readonly identity: Identity;
    readonly requestId: string | null;
    readonly clock: OwnPricesServices['clock'];
    readonly log: Log;
  },
): Promise<HttpResponse> {
  const { identity, requestId, clock, log } = call;
  const outcome = await createOwnPrices({ ...services, clock, log })(identity);
  switch (outcome.kind) {
    case 'prices':
      return json(200, outcome.body);
    case 'limited':
      log.warn('Rate limit of prices exceeded.', { metric: 'prices_rate_limited', user_id: identity.sub });
      return problem('too_many_requests', { requestId, retryAfterSeconds: outcome.retryAfterSeconds });
    default:
      return problem('account_deleted', { requestId });
  }
}
