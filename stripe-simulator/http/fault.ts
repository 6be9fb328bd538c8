/** Applies injected faults to API requests: before the request is executed, after it, or instead of the response. */
import { setTimeout as wait } from 'node:timers/promises';
import type { TriggeredFault } from '../chaos/chaos.ts';
import { type Answer, jsonAnswer } from '../protocol/answer.ts';
import { StripeError } from '../protocol/stripe-error.ts';

export async function answerWithFault(
  triggered: TriggeredFault | undefined,
  execute: (failure?: StoredFailure) => Promise<Answer>,
): Promise<Answer> {
  switch (triggered?.fault) {
    case 'rate_limit':
      return errorAnswer(rateLimitError());
    case 'rate_limit_retry':
      return errorAnswer(rateLimitError(), 'true');
    case 'rate_limit_no_retry':
      return errorAnswer(rateLimitError(), 'false');
    case 'lock_timeout':
      return errorAnswer(lockTimeoutError(), 'true');
    case 'conflict':
      return errorAnswer(keyInUseError());
    case 'refuse':
      return errorAnswer(new StripeError(triggered.error ?? rateLimitError().details));
    case 'error_before':
      return serverError();
    case 'error_during':
    case 'error_after':
      return execute(triggered.fault);
    case 'drop_before':
      return { ...serverError(), fault: 'drop' };
    case 'drop_after':
      return { ...(await execute()), fault: 'drop' };
    case 'hang':
      return { ...serverError(), fault: 'hang' };
    case 'slow':
      await wait(triggered.ms, undefined, { ref: false });
      break;
    case undefined:
      break;
  }
  return execute();
}

/** A server error after the execution has begun: without any change, or with the whole effect of the request. */
export type StoredFailure = 'error_during' | 'error_after';

/** An answer that its idempotency key replays. Stripe asks clients not to retry it, since that would be useless. */
export function storedAnswer(answer: Answer, request: string | undefined): Answer {
  const original = request === undefined ? {} : { 'Original-Request': request };
  return { ...answer, headers: { ...answer.headers, 'Stripe-Should-Retry': 'false', ...original } };
}

export function serverError(): Answer {
  const message = 'Something went wrong on our end (injected fault).';
  return jsonAnswer(500, { error: { message, type: 'api_error' } });
}

/** Stripe says in a header which of its limits was exceeded. */
export function rateLimitError(reason: 'global-rate' | 'endpoint-rate' = 'global-rate'): StripeError {
  return new StripeError({
    headers: { 'Stripe-Rate-Limited-Reason': reason },
    status: 429,
    type: 'invalid_request_error',
    code: 'rate_limit',
    message:
      'Request rate limit exceeded. You can learn more about rate limits here https://stripe.com/docs/rate-limits.',
  });
}

function lockTimeoutError(): StripeError {
  return new StripeError({
    status: 429,
    type: 'invalid_request_error',
    code: 'lock_timeout',
    message:
      'This object cannot be accessed right now because another API request or Stripe process is currently accessing it.',
  });
}

function keyInUseError(): StripeError {
  return new StripeError({
    status: 409,
    type: 'idempotency_error',
    code: 'idempotency_key_in_use',
    message: 'There is currently another in-progress request using this Idempotent Key.',
  });
}

function errorAnswer(error: StripeError, shouldRetry?: 'true' | 'false'): Answer {
  const answer = jsonAnswer(error.status, error.body('req_chaos'));
  const retry = shouldRetry === undefined ? {} : { 'Stripe-Should-Retry': shouldRetry };
  return { ...answer, headers: { ...answer.headers, ...error.details.headers, ...retry } };
}
