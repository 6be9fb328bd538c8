/**
 * `POST /me/checkout-session` opens a Stripe Checkout session, `POST /me/entitlements/sync` follows the user's return, and
 * `GET /me/prices` says what the user could buy.
 */

import { type HttpHandler, httpHandler } from '../../adapters/apigateway/http-handler.ts';
import { identityOf } from '../../adapters/apigateway/identity.ts';
import { jsonBody } from '../../adapters/apigateway/json-body.ts';
import { isAt } from '../../adapters/apigateway/request.ts';
import { type HttpResponse, json, problem } from '../../adapters/apigateway/response.ts';
import { ConfigurationError } from '../../adapters/system/environment.ts';
import type { CheckoutSessionResponse } from '../../contract/checkout.ts';
import type { TrialRefusal } from '../../contract/prices.ts';
import type { Problem } from '../../contract/problem.ts';
import { createProvision, type ProvisionServices } from '../../core/account/provision.ts';
import type { Catalogue } from '../../core/catalogue/entry.ts';
import { type ResolvedOrder, resolveOrder } from '../../core/catalogue/order.ts';
import { type CheckoutOutcome, type CheckoutServices, createCheckout } from '../../core/checkout/checkout.ts';
import {
  type CheckoutRules,
  checkoutOf,
  parseCheckoutRequest,
} from '../../core/checkout/checkout-request.ts';
import { dueNext, dueToday } from '../../core/checkout/due.ts';
import { withRefusedDiscount } from '../../core/checkout/refused-discount.ts';
import { withRefusedUrl } from '../../core/checkout/refused-url.ts';
import { noPlanOrder } from '../../core/entitlement/plan-order.ts';
import type { EntitlementStore } from '../../core/entitlement/row.ts';
import type { Limited } from '../../core/limits/request-limits.ts';
import type { PurchaseReader } from '../../core/stores/purchase.ts';
import { createSyncStores, type StoreSyncServices } from '../../core/stores/sync-stores.ts';
import { createSync, type SyncServices } from '../../core/sync/sync.ts';
import { ownSyncRequest } from '../../core/sync/sync-own.ts';
import { type Clock, nowSeconds } from '../../core/system/clock.ts';
import { answerPrices, type OwnPricesRouteServices } from './prices.ts';
import { answerSync, type OwnSyncRouteServices } from './sync.ts';

export interface Services
  extends Omit<CheckoutServices, 'clock' | 'log' | 'provision' | 'syncStores' | 'syncCustomer'>,
    Pick<SyncServices, 'index' | 'poolId' | 'owners' | 'random'> {
  readonly billing: CheckoutServices['billing'] & SyncServices['billing'];
  readonly entitlements: EntitlementStore;
  /** Null: this installation has no app in a store. */
  readonly stores: PurchaseReader | null;
  readonly provision: Omit<ProvisionServices, 'log'>;
  readonly catalogue: Catalogue;
  readonly rules: Omit<CheckoutRules, 'allowedOrigins'>;
}

export interface HandlerOptions {
  readonly clock: Clock;
  readonly allowedOrigins: () => readonly string[];
  /** Throws a `ConfigurationError` if the environment is incomplete. */
  readonly services: () => Promise<Services>;
  readonly syncServices: () => Promise<OwnSyncRouteServices>;
  readonly pricesServices: () => Promise<OwnPricesRouteServices>;
}

const CHECKOUT_PATH = '/me/checkout-session';
const SYNC_PATH = '/me/entitlements/sync';
const PRICES_PATH = '/me/prices';

export function createHandler({
  clock,
  services,
  syncServices,
  pricesServices,
  allowedOrigins,
}: HandlerOptions): HttpHandler {
  const options = {
    clock,
    limitMs: 25_000,
    unavailable: 'unavailable',
    allowedOrigins,
    forUsers: true,
    methods: ['POST'],
    paths: [CHECKOUT_PATH, SYNC_PATH, PRICES_PATH],
    methodsAt: { [PRICES_PATH]: ['GET'] },
  } as const;
  return httpHandler(options, async (request, log) => {
    const { requestId } = request;
    const identity = identityOf(request);
    if (identity === undefined) return problem('unauthorized', { requestId });
    if (isAt(request, SYNC_PATH)) {
      return answerSync(await syncServices(), { identity, requestId, clock, log });
    }
    if (isAt(request, PRICES_PATH)) {
      return answerPrices(await pricesServices(), { identity, requestId, clock, log });
    }
    const { catalogue, rules, provision, stores, ...systems } = await services();
    const body = jsonBody(request);
    if (body === undefined)
      return problem('malformed_request', { requestId, detail: 'The body must be a JSON object.' });
    const reading = parseCheckoutRequest(body, { ...rules, allowedOrigins: allowedOrigins() });
    if (reading.kind === 'misconfigured') throw new ConfigurationError(reading.missing, []);
    if (reading.kind === 'refused') return problem(reading.code, { requestId, detail: reading.detail });
    const resolved = resolveOrder(reading.request.items, await catalogue.read());
    if (resolved.kind === 'refused') return problem(resolved.code, { requestId, detail: resolved.detail });
    const wanted = checkoutOf(reading.request, resolved.order);
    const { planOrder = noPlanOrder } = systems.policy;
    const sync = createSync({ ...systems, planOrder, clock, log });
    const openCheckout = createCheckout({
      ...systems,
      provision: createProvision({ ...provision, log }),
      syncStores: stores === null ? null : storesSyncOf({ ...systems, stores, clock }, requestId),
      syncCustomer: (of) => sync(ownSyncRequest({ ...of, cause: { kind: 'user', requestId } })),
      clock,
      log,
    });
    const outcome = await openCheckout(identity, wanted).catch((cause: unknown) => {
      throw withRefusedUrl(withRefusedDiscount(cause, systems.terms), body);
    });
    if (outcome.kind === 'limited') {
      log.warn('Checkout rate limit exceeded.', { metric: 'checkout_rate_limited', user_id: identity.sub });
      return problem('too_many_requests', { requestId, retryAfterSeconds: outcome.retryAfterSeconds });
    }
    log.info('Checkout session requested.', { metric: `checkout_${outcome.kind}`, user_id: identity.sub });
    return answerOf(outcome, { requestId, order: resolved.order, nowSeconds: nowSeconds(clock) });
  });
}

function storesSyncOf(services: StoreSyncServices, requestId: string | null) {
  const sync = createSyncStores(services);
  return (sub: string) => sync({ sub, cause: { kind: 'user', requestId } });
}

function ownedAnswer({
  owned,
  againAllowed,
}: Extract<CheckoutOutcome, { readonly kind: 'already_purchased' }>): Pick<
  Problem,
  'purchases' | 'again_allowed'
> {
  const purchases = owned.map(({ plan, features, endsAt, isPending }) => {
    return { plan, features, current_period_end: endsAt, status: isPending ? 'pending' : 'active' } as const;
  });
  return { purchases, again_allowed: againAllowed };
}

function answerOf(
  outcome: Exclude<CheckoutOutcome, Limited>,
  context: { readonly requestId: string | null; readonly order: ResolvedOrder; readonly nowSeconds: number },
): HttpResponse {
  const { requestId } = context;
  switch (outcome.kind) {
    case 'session': {
      const { url, clientSecret } = outcome.session;
      // Stripe shows neither of a session that has just been completed or has expired.
      if (url === null && clientSecret === null)
        return problem('checkout_in_progress', { requestId, retryAfterSeconds: 1 });
      return json(200, sessionBody(outcome, context));
    }
    case 'already_subscribed':
      return problem('already_subscribed', {
        requestId,
        payer: outcome.payer,
        ...(outcome.payer.source === 'stripe' ? { portal: '/me/billing-portal-session' } : {}),
      });
    case 'already_purchased':
      return problem('already_purchased', { requestId, extension: ownedAnswer(outcome) });
    case 'contradiction':
      return problem('owner_contradiction', { requestId });
    case 'in_progress':
      return problem('checkout_in_progress', { requestId, retryAfterSeconds: 1 });
    default:
      return problem('account_deleted', { requestId });
  }
}

function sessionBody(
  { session, noTrial }: Extract<CheckoutOutcome, { kind: 'session' }>,
  { order, nowSeconds: now }: { readonly order: ResolvedOrder; readonly nowSeconds: number },
): CheckoutSessionResponse {
  const { id, url, clientSecret, expiresAt, trialDays } = session;
  return {
    id,
    url,
    client_secret: clientSecret,
    expires_at: expiresAt,
    trial: order.plan.entry.recurring === null ? null : trialOf(trialDays, noTrial),
    due_today: dueToday(session),
    due_next: dueNext(order, session, now),
  };
}

function trialOf(days: number | null, refused: TrialRefusal | null): CheckoutSessionResponse['trial'] {
  return days === null ? { refused: refused ?? 'not_offered' } : { days };
}
