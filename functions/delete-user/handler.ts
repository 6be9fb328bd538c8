/** `DELETE /me/account`: deletes the caller from Stripe, DynamoDB and Cognito. */

import { type HttpHandler, httpHandler } from '../../adapters/apigateway/http-handler.ts';
import { identityOf } from '../../adapters/apigateway/identity.ts';
import { json, problem } from '../../adapters/apigateway/response.ts';
import type { AccountPart } from '../../core/account/delete-account.ts';
import { createRequestDeletion, type RequestDeletionServices } from '../../core/account/request-deletion.ts';
import type { Clock } from '../../core/system/clock.ts';
import { deletionFailure, deletionSuccess } from './answer.ts';

export interface Services extends Omit<RequestDeletionServices, 'clock' | 'log'> {
  readonly poolId: string;
}

export interface HandlerOptions {
  readonly clock: Clock;
  readonly allowedOrigins: () => readonly string[];
  /** Throws a `ConfigurationError` if the environment is incomplete. */
  readonly services: () => Promise<Services>;
}

export function createHandler({ clock, services, allowedOrigins }: HandlerOptions): HttpHandler {
  const options = {
    clock,
    limitMs: 25_000,
    unavailable: 'deletion_incomplete',
    allowedOrigins,
    forUsers: true,
    methods: ['DELETE'],
    paths: ['/me/account'],
  } as const;
  return (event, context) => {
    // Belongs to this request, and outlives its time limit: every failure shows how far the deletion came.
    const confirmed = new Set<AccountPart>();
    const failureFields = () => deletionFailure(confirmed);
    const handle = httpHandler({ ...options, failureFields }, async (request, log) => {
      const { poolId, ...systems } = await services();
      const identity = identityOf(request);
      if (identity === undefined) {
        return problem('unauthorized', { requestId: request.requestId, extension: failureFields() });
      }
      const { requestId } = request;
      const requestDeletion = createRequestDeletion({ ...systems, clock, log });
      const result = await requestDeletion({ poolId, ...identity, confirmed });
      if (result.kind === 'limited') {
        const { retryAfterSeconds } = result;
        log.warn('Deletion rate limit exceeded.', { metric: 'deletion_rate_limited', user_id: identity.sub });
        return problem('too_many_requests', { requestId, retryAfterSeconds, extension: failureFields() });
      }
      const user_id = identity.sub;
      if (result.kind === 'deleted') log.info('Account deleted.', { metric: 'account_deleted', user_id });
      else log.info('Nothing of the account was left.', { metric: 'account_deleted_before', user_id });
      return json(200, deletionSuccess(result));
    });
    return handle(event, context);
  };
}
