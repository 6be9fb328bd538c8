/** Cognito's post-confirmation trigger. It always returns the event unchanged, since the user is already confirmed. */
import type { LambdaContext } from '../../adapters/apigateway/http-handler.ts';
import { readTriggerEvent } from '../../adapters/cognito/trigger-event.ts';
import { createLog } from '../../adapters/system/log.ts';
import { createSignUp, type SignUpOutcome, type SignUpServices } from '../../core/account/sign-up.ts';
import type { Clock } from '../../core/system/clock.ts';
import type { Log } from '../../core/system/log.ts';

export interface HandlerOptions {
  readonly clock: Clock;
  /** Throws a `ConfigurationError` if the environment is incomplete. */
  readonly services: () => Promise<Omit<SignUpServices, 'clock' | 'log'>>;
}

/** Cognito waits 5 seconds, including the function's cold start, and then invokes it again. */
const LIMIT_MS = 4_000;
const RESERVE_MS = 300;

export function createHandler({ clock, services }: HandlerOptions) {
  return async <T>(event: T, context?: LambdaContext): Promise<T> => {
    const requestId = context?.awsRequestId ?? null;
    const reading = readTriggerEvent(event);
    if (reading.kind === 'malformed') {
      const log = createLog({ request_id: requestId });
      log.error('Event is not a post-confirmation event.', { metric: 'malformed_trigger_event' });
    }
    if (reading.kind !== 'sign_up') return event;
    const log = createLog({ request_id: requestId, user_id: reading.user.sub });
    const leftMs = (context?.getRemainingTimeInMillis?.() ?? LIMIT_MS) - RESERVE_MS;
    const work = async () => createSignUp({ ...(await services()), clock, log })(reading.user);
    try {
      logOutcome(log, await clock.within(Math.min(LIMIT_MS, leftMs), work));
    } catch (cause) {
      log.error('Sign-up failed; the user is confirmed without it.', { metric: 'sign_up_failed' }, cause);
    }
    return event;
  };
}

function logOutcome(log: Log, outcome: SignUpOutcome): void {
  switch (outcome.kind) {
    case 'complete':
      log.info('User provisioned.', { metric: 'sign_up' });
      return;
    case 'incomplete':
      log.error('User provisioned only in part.', { metric: 'sign_up_incomplete', failed: outcome.failed });
      return;
    case 'deleted_during_sign_up':
      log.warn('Sign-up ran after the user was deleted; it was rolled back.', {
        metric: 'sign_up_after_deletion',
      });
  }
}
