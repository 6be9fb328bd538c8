/** Turns the SDK's errors into the two things that matter: a condition that did not hold, or a fault. */
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { faultOf } from '../aws/fault.ts';

/** The result, or `condition_failed`; anything else is thrown as a `Fault`. */
export async function conditionally<T>(operation: string, call: Promise<T>): Promise<T | 'condition_failed'> {
  try {
    return await call;
  } catch (cause) {
    if (cause instanceof ConditionalCheckFailedException) return 'condition_failed';
    throw faultOf({ system: 'dynamodb', operation, permanentErrors: permanentErrors }, cause);
  }
}

export async function calling<T>(operation: string, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (cause) {
    throw faultOf({ system: 'dynamodb', operation, permanentErrors: permanentErrors }, cause);
  }
}

const permanentErrors = new Set([
  'AccessDeniedException',
  'ResourceNotFoundException',
  'UnrecognizedClientException',
  'ValidationException',
]);
