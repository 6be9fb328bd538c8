/** `POST /me/entitlements/sync`: what this user may do now, after a look at Stripe. */
import { type Answer, json, problem } from '../../adapters/apigateway/answer.ts';
import type { Identity } from '../../adapters/apigateway/identity.ts';
import { answerOf } from '../../core/entitlement/answer.ts';
import type { AccessPolicy } from '../../core/entitlement/policy.ts';
import { createSync, type SyncServices } from '../../core/sync/sync.ts';
import { createSyncOwn, type OwnSyncServices } from '../../core/sync/sync-own.ts';
import { type Clock, nowSeconds } from '../../core/system/clock.ts';
import type { Log } from '../../core/system/log.ts';

export interface SyncingServices
  extends Omit<SyncServices, 'log' | 'clock'>,
    Omit<OwnSyncServices, 'sync' | 'clock'> {
  readonly entitlements: SyncServices['entitlements'];
  readonly profiles: SyncServices['profiles'];
  readonly policy: AccessPolicy;
}

export interface SyncRequest {
  readonly identity: Identity;
  readonly requestId: string | null;
  readonly clock: Clock;
  readonly log: Log;
}

export async function syncAndTell(systems: SyncingServices, request: SyncRequest): Promise<Answer> {
  const { identity, requestId, clock, log } = request;
  const sync = createSync({ ...systems, clock, log });
  const outcome = await createSyncOwn({ ...systems, clock, sync })({
    sub: identity.sub,
    runId: `request ${requestId ?? 'unknown'}`,
  });
  if (outcome.kind === 'answered') {
    return json(200, answerOf(outcome.row, nowSeconds(clock), systems.policy));
  }
  log.warn('A user asks for a look at Stripe too often.', { metric: 'sync_limited', user_id: identity.sub });
  return problem('too_many_requests', { requestId, retryAfterSeconds: outcome.retryAfterSeconds });
}
