/** `POST /me/subscription` changes the caller's own subscription, and `POST /me/subscription/preview` shows what that bills. */

import { type HttpHandler, httpHandler } from '../../adapters/apigateway/http-handler.ts';
import { identityOf } from '../../adapters/apigateway/identity.ts';
import { jsonBody } from '../../adapters/apigateway/json-body.ts';
import { isAt } from '../../adapters/apigateway/request.ts';
import { type HttpResponse, json, problem } from '../../adapters/apigateway/response.ts';
import type { Catalogue, CatalogueView } from '../../core/catalogue/entry.ts';
import { type ChangeOutcome, type ChangeServices, createChange } from '../../core/change/change.ts';
import { type RequestRules, readChange, readOrder } from '../../core/change/change-request.ts';
import { createPreview, type PreviewOutcome } from '../../core/change/preview.ts';
import { noPlanOrder } from '../../core/entitlement/plan-order.ts';
import { createSync, type SyncServices } from '../../core/sync/sync.ts';
import { ownSyncRequest } from '../../core/sync/sync-own.ts';
import type { Clock } from '../../core/system/clock.ts';
import type { Log } from '../../core/system/log.ts';
import type { UnknownRecord } from '../../core/system/record.ts';
import { previewBody, responseBody } from './body.ts';

export interface Services
  extends Omit<ChangeServices, 'clock' | 'log' | 'syncCustomer' | 'catalogue'>,
    Omit<SyncServices, 'clock' | 'log' | 'planOrder' | 'poolId'>,
    RequestRules {
  readonly billing: ChangeServices['billing'] & SyncServices['billing'];
  readonly profiles: SyncServices['profiles'];
  readonly entitlements: SyncServices['entitlements'];
  readonly catalogue: Catalogue;
}

export interface HandlerOptions {
  readonly clock: Clock;
  readonly allowedOrigins: () => readonly string[];
  /** Throws a `ConfigurationError` if the environment is incomplete. */
  readonly services: () => Promise<Services>;
}

const PATH = '/me/subscription';
const PREVIEW_PATH = '/me/subscription/preview';
const PORTAL = '/me/billing-portal-session';
const CHECKOUT = '/me/checkout-session';

export function createHandler({ clock, services, allowedOrigins }: HandlerOptions): HttpHandler {
  const options = {
    clock,
    limitMs: 25_000,
    unavailable: 'unavailable',
    allowedOrigins,
    forUsers: true,
    methods: ['POST'],
    paths: [PATH, PREVIEW_PATH],
  } as const;
  return httpHandler(options, async (request, log) => {
    const { requestId } = request;
    const identity = identityOf(request);
    if (identity === undefined) return problem('unauthorized', { requestId });
    const systems = await services();
    const body = jsonBody(request);
    if (body === undefined)
      return problem('malformed_request', { requestId, detail: 'The body must be a JSON object.' });
    const call = { sub: identity.sub, requestId, body, clock, log };
    return isAt(request, PREVIEW_PATH) ? answerPreview(systems, call) : answerChange(systems, call);
  });
}

interface Call {
  readonly sub: string;
  readonly requestId: string | null;
  readonly body: UnknownRecord;
  readonly clock: Clock;
  readonly log: Log;
}

async function answerPreview(systems: Services, call: Call): Promise<HttpResponse> {
  const { sub, requestId, body, clock, log } = call;
  const reading = readChange(body, systems);
  if ('code' in reading) return problem(reading.code, { requestId, detail: reading.detail });
  const catalogue = await systems.catalogue.read();
  const outcome = await createPreview({ ...systems, catalogue, clock, log })(sub, reading);
  log.info('Change of a subscription shown.', {
    metric: `change_${outcome.kind === 'preview' ? 'previewed' : 'refused'}`,
    user_id: sub,
  });
  if (outcome.kind !== 'preview') return refusal(outcome, requestId);
  return json(200, previewBody(outcome, systems.policy.planOrder ?? noPlanOrder));
}

/** A cancellation and a resumption name no price. */
const noPrices: CatalogueView = new Map();

async function answerChange(systems: Services, call: Call): Promise<HttpResponse> {
  const { sub, requestId, body, clock, log } = call;
  const order = readOrder(body, systems);
  if (order.kind === 'refused') return problem(order.code, { requestId, detail: order.detail });
  const { planOrder = noPlanOrder } = systems.policy;
  const sync = createSync({ ...systems, planOrder, clock, log });
  const change = createChange({
    ...systems,
    catalogue: order.kind === 'change' ? await systems.catalogue.read() : noPrices,
    syncCustomer: (of) => sync(ownSyncRequest({ ...of, cause: { kind: 'user', requestId } })),
    clock,
    log,
  });
  const outcome = await change(sub, order);
  if (outcome.kind === 'limited')
    log.warn('Change rate limit exceeded.', { metric: 'change_rate_limited', user_id: sub });
  else {
    const became = outcome.kind === 'carried_out' ? outcome.outcome.kind : 'refused';
    log.info('Change of a subscription requested.', { metric: `change_${became}`, user_id: sub });
  }
  if (outcome.kind === 'carried_out') return json(200, responseBody(outcome, planOrder));
  return refusal(outcome, requestId);
}

type Refused = Exclude<ChangeOutcome, { kind: 'carried_out' }> | Exclude<PreviewOutcome, { kind: 'preview' }>;

function refusal(outcome: Refused, requestId: string | null): HttpResponse {
  switch (outcome.kind) {
    case 'limited':
      return problem('too_many_requests', { requestId, retryAfterSeconds: outcome.retryAfterSeconds });
    case 'refuse':
      return problem(outcome.code, { requestId, detail: outcome.detail, portal: PORTAL });
    case 'refused':
      return problem(outcome.code, { requestId, detail: outcome.detail });
    case 'no_subscription':
      return problem('no_subscription', { requestId, checkout: CHECKOUT });
    case 'several_subscriptions':
      return problem('several_subscriptions', { requestId, portal: PORTAL });
    case 'paid_elsewhere':
      return problem('paid_elsewhere', { requestId, payer: outcome.payer });
    case 'contradiction':
      return problem('owner_contradiction', { requestId });
    case 'preview_outdated':
      return problem('preview_outdated', { requestId });
    case 'in_progress':
      return problem('change_in_progress', { requestId, retryAfterSeconds: 1 });
    default:
      return problem('account_deleted', { requestId });
  }
}
