/** `DELETE /me/account`: deletes the caller from Stripe, DynamoDB and Cognito. */

import { type HttpHandler, httpHandler } from '../../adapters/apigateway/http-handler.ts';
import { identityOf } from '../../adapters/apigateway/identity.ts';
import { json, problem } from '../../adapters/apigateway/response.ts';
import {
  type AccountPart,
  createDeleteAccount,
  type DeletionServices,
} from '../../core/account/delete-account.ts';
import type { Clock } from '../../core/system/clock.ts';
import { deletionFailure, deletionSuccess } from './answer.ts';

export interface Services extends Omit<DeletionServices, 'clock' | 'log'> {
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
      const deleteAccount = createDeleteAccount({ ...systems, clock, log });
      const { billingContinues } = await deleteAccount({ poolId, ...identity, requested: true, confirmed });
      log.info('Account deleted.', { metric: 'account_deleted', user_id: identity.sub });
      return json(200, deletionSuccess(billingContinues));
    });
    return handle(event, context);
  };
}
