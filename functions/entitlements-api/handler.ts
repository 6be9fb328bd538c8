/** `GET /me/entitlements`: answers what the caller may do now. It reads one item and writes nothing. */

import { type HttpHandler, httpHandler } from '../../adapters/apigateway/http-handler.ts';
import { identityOf } from '../../adapters/apigateway/identity.ts';
import { json, problem } from '../../adapters/apigateway/response.ts';
import { answerOf } from '../../core/entitlement/answer.ts';
import type { AccessPolicy } from '../../core/entitlement/policy.ts';
import type { EntitlementStore } from '../../core/entitlement/row.ts';
import { type Clock, nowSeconds } from '../../core/system/clock.ts';

export interface Services {
  readonly entitlements: Pick<EntitlementStore, 'read'>;
  readonly policy: AccessPolicy;
}

export interface HandlerOptions {
  readonly clock: Clock;
  readonly allowedOrigins: () => readonly string[];
  /** Throws a `ConfigurationError` if the environment is incomplete. */
  readonly services: () => Services;
}

export function createHandler({ clock, services, allowedOrigins }: HandlerOptions): HttpHandler {
  const options = {
    clock,
    limitMs: 8_000,
    unavailable: 'unavailable',
    allowedOrigins,
    forUsers: true,
    methods: ['GET'],
  } as const;
  return httpHandler(options, async (request) => {
    const { entitlements, policy } = services();
    const identity = identityOf(request);
    if (identity === undefined) return problem('unauthorized', { requestId: request.requestId });
    // A failed read must fail the request: a false "none" would lock out a paying user.
    const row = await entitlements.read(identity.sub);
    return json(200, answerOf(row, nowSeconds(clock), policy));
  });
}
