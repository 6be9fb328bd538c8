/** Turns the library's errors into the two things that matter: an object that is not there, or a fault. */
import { Stripe } from 'stripe';
import { Fault, type FaultCode } from '../../core/system/fault.ts';

/** The answer, or `missing` if Stripe says that the object is not there; anything else is thrown as a `Fault`. */
export async function orMissing<T>(operation: string, call: Promise<T>): Promise<T | 'missing'> {
  try {
    return await call;
  } catch (cause) {
    if (cause instanceof Stripe.errors.StripeError && cause.code === 'resource_missing') return 'missing';
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

/** A 409 is another request with the same key still under way, a 429 a limit: both pass. */
function codeOf(error: Stripe.errors.StripeError): FaultCode {
  const status = error.statusCode ?? 0;
  return status >= 400 && status < 500 && status !== 409 && status !== 429 ? 'refused' : 'unavailable';
}
