/** Converts errors of Stripe to the outcome `missing` or to a `Fault`. */
import {
  isOfLiveMode,
  isTemporary,
  isWithoutSearch,
  refusalOf,
  type StripeAnswer,
} from '../../core/billing/stripe-refusals.ts';
import { Fault, type FaultDetails } from '../../core/system/fault.ts';
import { Unanswered } from '../transport/connection.ts';
import { StripeError } from './error.ts';

/**
 * Returns the result, or `missing` if the object does not exist. Throws a `Fault` for any other error, also for an object
 * of live mode that a key of test mode asks for: it exists, and nothing may be created in its place.
 */
export async function orMissing<T>(operation: string, call: Promise<T>): Promise<T | 'missing'> {
  try {
    return await call;
  } catch (cause) {
    if (isMissing(cause)) return 'missing';
    throw faultOf(operation, cause);
  }
}

export function isMissing(cause: unknown): cause is StripeError {
  return cause instanceof StripeError && cause.code === 'resource_missing' && !isOfLiveMode(cause);
}

/** Returns `missing` only if the customer is missing. A price or a portal configuration may be missing as well. */
export function missingCustomerOrThrow(cause: unknown): 'missing' {
  if (isMissingCustomer(cause)) return 'missing';
  throw cause;
}

export function isMissingCustomer(cause: unknown): boolean {
  return isMissing(cause) && cause.param === 'customer';
}

/** Returns `forbidden` if a restricted key lacks the permission for the call. */
export async function orForbidden<T>(call: Promise<T>): Promise<T | 'forbidden'> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof Fault && error.details.statusCode === 403) return 'forbidden';
    throw error;
  }
}

/** Returns `unavailable` if the account has no search. Another refusal does not mean that there is nothing to find. */
export async function orWithoutSearch<T>(operation: string, call: Promise<T>): Promise<T | 'unavailable'> {
  try {
    return await call;
  } catch (cause) {
    if (cause instanceof StripeError && isWithoutSearch(answerIn(cause))) return 'unavailable';
    throw faultOf(operation, cause);
  }
}

export async function callStripe<T>(operation: string, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (cause) {
    throw faultOf(operation, cause);
  }
}

function faultOf(operation: string, cause: unknown): Fault {
  // The client itself ended the call, such as for work that was given up.
  if (cause instanceof Fault) return cause;
  const failed = { system: 'stripe', operation } as const;
  if (!(cause instanceof StripeError)) {
    const reason = cause instanceof Unanswered ? cause.outcome : undefined;
    return new Fault({ ...failed, code: 'unavailable', reason }, { cause });
  }
  return new Fault({ ...failed, ...meaningOf(answerIn(cause)), requestId: cause.requestId }, { cause });
}

function answerIn(error: StripeError): StripeAnswer {
  return {
    status: error.statusCode,
    type: error.rawType,
    code: error.code,
    param: error.param,
    message: error.message,
    shouldRetry: [error.headers['stripe-should-retry']].flat()[0],
  };
}

type Meaning = Pick<FaultDetails, 'code' | 'statusCode' | 'reason' | 'type' | 'param' | 'refusal'>;

function meaningOf(answer: StripeAnswer): Meaning {
  const { status: statusCode, type, code, param } = answer;
  const named = { statusCode, reason: code ?? type, type, param };
  if (isTemporary(answer)) return { ...named, code: 'unavailable' };
  return { ...named, code: 'refused', refusal: refusalOf(answer) };
}
