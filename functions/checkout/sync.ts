/** `POST /me/entitlements/sync`: syncs the caller from Stripe, then answers what the caller may do now. */

import type { Identity } from '../../adapters/apigateway/identity.ts';
import { type HttpResponse, json, problem } from '../../adapters/apigateway/response.ts';
import { answerOf } from '../../core/entitlement/answer.ts';
import { noPlanOrder } from '../../core/entitlement/plan-order.ts';
import type { AccessPolicy } from '../../core/entitlement/policy.ts';
import type { PurchaseReader } from '../../core/stores/purchase.ts';
import { createSyncStores } from '../../core/stores/sync-stores.ts';
import { createSync, type SyncServices } from '../../core/sync/sync.ts';
import { createSyncOwn, type OwnSyncServices } from '../../core/sync/sync-own.ts';
import { type Clock, nowSeconds } from '../../core/system/clock.ts';
import type { Log } from '../../core/system/log.ts';

export interface OwnSyncRouteServices
  extends Omit<SyncServices, 'log' | 'clock' | 'planOrder'>,
    Omit<OwnSyncServices, 'sync' | 'syncStores' | 'clock'> {
  readonly entitlements: SyncServices['entitlements'];
  readonly profiles: SyncServices['profiles'];
  readonly policy: AccessPolicy;
  /** Null: this installation has no app in a store. */
  readonly stores: PurchaseReader | null;
}

export interface OwnSyncCall {
  readonly identity: Identity;
  readonly requestId: string | null;
  readonly clock: Clock;
  readonly log: Log;
}

export async function answerSync(services: OwnSyncRouteServices, call: OwnSyncCall): Promise<HttpResponse> {
  const { identity, requestId, clock, log } = call;
  const { stores, policy } = services;
  const { planOrder = noPlanOrder } = policy;
  const sync = createSync({ ...services, planOrder, clock, log });
  const syncStores = stores === null ? null : createSyncStores({ ...services, stores, clock });
  const outcome = await createSyncOwn({ ...services, clock, sync, syncStores })({
    sub: identity.sub,
    requestId,
  });
  if (outcome.kind === 'answered') {
    return json(200, answerOf(outcome.row, nowSeconds(clock), policy));
  }
  log.warn('Sync rate limit exceeded.', { metric: 'sync_rate_limited', user_id: identity.sub });
  return problem('too_many_requests', { requestId, retryAfterSeconds: outcome.retryAfterSeconds });
}
