/** `GET /me/billing`: what the caller has to pay, pays next and has paid. */
import { type HttpHandler, httpHandler } from '../../adapters/apigateway/http-handler.ts';
import { identityOf } from '../../adapters/apigateway/identity.ts';
import { json, problem } from '../../adapters/apigateway/response.ts';
import { type BillingPageServices, createBillingPage } from '../../core/billing-page/billing-page.ts';
import { parseCursor } from '../../core/billing-page/invoice-page.ts';
import type { Clock } from '../../core/system/clock.ts';

export type Services = Omit<BillingPageServices, 'log' | 'clock'>;

export interface HandlerOptions {
  readonly clock: Clock;
  readonly allowedOrigins: () => readonly string[];
  /** Throws a `ConfigurationError` if the environment is incomplete. */
  readonly services: () => Promise<Services>;
}

export function createHandler({ clock, services, allowedOrigins }: HandlerOptions): HttpHandler {
  const options = {
    clock,
    limitMs: 13_000,
    unavailable: 'unavailable',
    allowedOrigins,
    forUsers: true,
    methods: ['GET'],
    paths: ['/me/billing'],
  } as const;
  return httpHandler(options, async (request, log) => {
    const systems = await services();
    const { requestId } = request;
    const identity = identityOf(request);
    if (identity === undefined) return problem('unauthorized', { requestId });
    const after = request.query('invoices_after');
    const cursor = after === undefined ? null : parseCursor(after);
    if (after !== undefined && cursor === null) {
      const detail = 'invoices_after must be the next_cursor of an earlier answer.';
      return problem('malformed_request', { requestId, detail });
    }
    const readPage = createBillingPage({ ...systems, clock, log });
    const outcome = await readPage(identity.sub, { cursor });
    switch (outcome.kind) {
      case 'page':
        return json(200, outcome.body);
      case 'limited':
        log.warn('Billing rate limit exceeded.', { metric: 'billing_rate_limited', user_id: identity.sub });
        return problem('too_many_requests', { requestId, retryAfterSeconds: outcome.retryAfterSeconds });
      default:
        return problem('account_deleted', { requestId });
    }
  });
}
