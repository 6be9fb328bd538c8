/** `POST /me/billing-portal-session`: opens Stripe's billing portal for the caller's own customer. */

import { type HttpHandler, httpHandler } from '../../adapters/apigateway/http-handler.ts';
import { identityOf } from '../../adapters/apigateway/identity.ts';
import { jsonBody } from '../../adapters/apigateway/json-body.ts';
import { type HttpResponse, json, problem } from '../../adapters/apigateway/response.ts';
import { ConfigurationError } from '../../adapters/system/environment.ts';
import type { BillingPortalSessionRequest, BillingPortalSessionResponse } from '../../contract/checkout.ts';
import { withRefusedUrl } from '../../core/checkout/refused-url.ts';
import { parseReturnUrl } from '../../core/checkout/return-pages.ts';
import type { Limited } from '../../core/limits/request-limits.ts';
import {
  createPortal,
  isPortalFlow,
  type PortalOutcome,
  type PortalServices,
} from '../../core/portal/portal.ts';
import type { Clock } from '../../core/system/clock.ts';
import type { UnknownRecord } from '../../core/system/record.ts';

export interface Services extends Omit<PortalServices, 'log' | 'clock'> {
  /** The return URL for clients that send none. */
  readonly returnUrl: string | null;
}

export interface HandlerOptions {
  readonly clock: Clock;
  readonly allowedOrigins: () => readonly string[];
  /** Throws a `ConfigurationError` if the environment is incomplete. */
  readonly services: () => Promise<Services>;
}

const fields: Readonly<Record<keyof BillingPortalSessionRequest, true>> = { return_url: true, flow: true };

export function createHandler({ clock, services, allowedOrigins }: HandlerOptions): HttpHandler {
  const options = {
    clock,
    limitMs: 13_000,
    unavailable: 'unavailable',
    allowedOrigins,
    forUsers: true,
    methods: ['POST'],
  } as const;
  return httpHandler(options, async (request, log) => {
    const systems = await services();
    const { requestId } = request;
    const identity = identityOf(request);
    if (identity === undefined) return problem('unauthorized', { requestId });
    const body = jsonBody(request);
    const mistake = body === undefined ? 'The body must be a JSON object.' : unknownField(body);
    if (body === undefined || mistake !== undefined) {
      return problem('malformed_request', {
        requestId,
        ...(mistake === undefined ? {} : { detail: mistake }),
      });
    }
    const flow = body['flow'] ?? null;
    if (flow !== null && !isPortalFlow(flow)) return problem('flow_not_allowed', { requestId });
    const url = parseReturnUrl(body['return_url'], systems.returnUrl, { allowedOrigins: allowedOrigins() });
    if (url === undefined) return problem('return_url_not_allowed', { requestId });
    if (url === null) throw new ConfigurationError(['PORTAL_RETURN_URL'], []);
    const openPortal = createPortal({ ...systems, clock, log });
    const outcome = await openPortal(identity.sub, { flow, returnUrl: url }).catch((cause: unknown) => {
      throw withRefusedUrl(cause, body);
    });
    if (outcome.kind === 'limited') {
      log.warn('Portal rate limit exceeded.', { metric: 'portal_rate_limited', user_id: identity.sub });
      return problem('too_many_requests', { requestId, retryAfterSeconds: outcome.retryAfterSeconds });
    }
    log.info('Portal session requested.', { metric: `portal_${outcome.kind}`, user_id: identity.sub });
    return answerOf(outcome, requestId);
  });
}

function unknownField(body: UnknownRecord): string | undefined {
  const unknown = Object.keys(body).find((name) => !Object.hasOwn(fields, name));
  return unknown === undefined ? undefined : `Unknown field: ${unknown.slice(0, 40)}.`;
}

function answerOf(outcome: Exclude<PortalOutcome, Limited>, requestId: string | null): HttpResponse {
  const checkout = '/me/checkout-session';
  switch (outcome.kind) {
    case 'session': {
      const body: BillingPortalSessionResponse = { url: outcome.url };
      return json(200, body);
    }
    case 'no_customer':
      return problem('no_customer', { requestId, checkout });
    case 'contradiction':
      return problem('owner_contradiction', { requestId });
    case 'no_subscription':
      return problem('no_subscription', { requestId, checkout });
    default:
      return problem('account_deleted', { requestId });
  }
}
