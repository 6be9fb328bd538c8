/**
 * `GET /me/entitlements`: what this user may do now. Reads one item, writes nothing.
 * `POST /me/entitlements/sync`: the same answer, after a look at Stripe.
 */
import { type Answer, json, problem } from '../../adapters/apigateway/answer.ts';
import { frontDoor, type HttpHandler } from '../../adapters/apigateway/front-door.ts';
import { type Identity, identityOf } from '../../adapters/apigateway/identity.ts';
import { isRoute } from '../../adapters/apigateway/request.ts';
import { answerOf } from '../../core/entitlement/answer.ts';
import type { AccessPolicy } from '../../core/entitlement/policy.ts';
import type { EntitlementRow, EntitlementStore } from '../../core/entitlement/row.ts';
import type { SyncServices } from '../../core/sync/sync.ts';
import { createSync } from '../../core/sync/sync.ts';
import { createSyncOwn } from '../../core/sync/sync-own.ts';
import { type Clock, nowSeconds } from '../../core/system/clock.ts';
import type { Log } from '../../core/system/log.ts';

export interface Services {
  readonly entitlements: Pick<EntitlementStore, 'read'>;
  readonly policy: AccessPolicy;
}

export interface SyncingServices extends Omit<SyncServices, 'log' | 'clock'> {
  readonly entitlements: EntitlementStore;
}

export interface HandlerParts {
  readonly clock: Clock;
  readonly allowedOrigins: () => readonly string[];
  /** Throws a `ConfigurationError` where the environment is incomplete. */
  readonly services: () => Services;
  /** What only the sync needs: the read must neither wait for it nor depend on it. */
  readonly syncing: () => Promise<SyncingServices>;
}

export function createHandler(parts: HandlerParts): HttpHandler {
  const { clock, services, allowedOrigins } = parts;
  const door = { clock, limitMs: 18_000, unavailable: 'unavailable', allowedOrigins } as const;
  return frontDoor(door, async (request, log) => {
    const { entitlements, policy } = services();
    const identity = identityOf(request);
    if (identity === undefined) return problem('unauthorized', { requestId: request.requestId });
    const told = (row: EntitlementRow | undefined): Answer =>
      json(200, answerOf(row, nowSeconds(clock), policy));
    if (isRoute(request, 'POST', '/me/entitlements/sync')) {
      return syncAndTell(parts, { identity, log, told, requestId: request.requestId });
    }
    // A read that fails is a failure: a false "none" would lock out who has paid.
    return told(await entitlements.read(identity.sub));
  });
}

interface SyncRequest {
  readonly identity: Identity;
  readonly log: Log;
  readonly requestId: string | null;
  readonly told: (row: EntitlementRow | undefined) => Answer;
}

async function syncAndTell({ clock, syncing }: HandlerParts, request: SyncRequest): Promise<Answer> {
  const { identity, log, requestId, told } = request;
  const systems = await syncing();
  const sync = createSync({ ...systems, clock, log });
  const outcome = await createSyncOwn({ ...systems, clock, sync })({
    sub: identity.sub,
    runId: `request ${requestId ?? 'unknown'}`,
  });
  if (outcome.kind === 'answered') return told(outcome.row);
  log.warn('A user asks for a look at Stripe too often.', { metric: 'sync_limited', user_id: identity.sub });
  return problem('too_many_requests', { requestId, retryAfterSeconds: outcome.retryAfterSeconds });
}
