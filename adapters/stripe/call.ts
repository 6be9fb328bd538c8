/** Converts errors of the Stripe library to the outcome `missing` or to a `Fault`. */
import { Stripe } from 'stripe';
import { Fault, type FaultCode } from '../../core/system/fault.ts';

/** Returns the result, or `missing` if the object does not exist. Throws a `Fault` for any other error. */
export async function orMissing<T>(operation: string, call: Promise<T>): Promise<T | 'missing'> {
  try {
    return await call;
  } catch (cause) {
    if (cause instanceof Stripe.errors.StripeError && cause.code === 'resource_missing') return 'missing';
    throw faultOf(operation, cause);
  }
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

export async function callStripe<T>(operation: string, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (cause) {
    throw faultOf(operation, cause);
  }
}

function faultOf(operation: string, cause: unknown): Fault {
  // The client itself ended the call: its work was given up. The library wraps what it cannot send.
  const detail: unknown = cause instanceof Stripe.errors.StripeError ? cause.detail : cause;
  if (detail instanceof Fault) return detail;
  if (!(cause instanceof Stripe.errors.StripeError)) {
    return new Fault({ code: 'unavailable', system: 'stripe', operation }, { cause });
  }
  return new Fault(
    {
      code: codeOf(cause),
      system: 'stripe',
      operation,
      statusCode: cause.statusCode,
      reason: cause.code ?? cause.type,
      requestId: cause.requestId,
    },
    { cause },
  );
}

/** Returns `unavailable` for temporary errors, among them 409 (the same idempotency key is in use) and 429. */
function codeOf(error: Stripe.errors.StripeError): FaultCode {
  const status = error.statusCode ?? 0;
  return status >= 400 && status < 500 && status !== 409 && status !== 429 ? 'refused' : 'unavailable';
}
