/** Turns the SDK's errors into the two things that matter: a condition that did not hold, or a fault. */
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { Fault } from '../../core/system/fault.ts';

/** The result, or `condition_failed`; anything else is thrown as a `Fault`. */
export async function conditionally<T>(operation: string, call: Promise<T>): Promise<T | 'condition_failed'> {
  try {
    return await call;
  } catch (cause) {
    if (cause instanceof ConditionalCheckFailedException) return 'condition_failed';
    throw faultOf(operation, cause);
  }
}

export async function calling<T>(operation: string, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (cause) {
    throw faultOf(operation, cause);
  }
}

interface SdkError {
  readonly name: string;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
}

/** Errors that no repetition mends; all others, throttling among them, may pass. */
const refusals = new Set([
  'AccessDeniedException',
  'ResourceNotFoundException',
  'UnrecognizedClientException',
  'ValidationException',
]);

function faultOf(operation: string, cause: unknown): Fault {
  const error: Partial<SdkError> = cause instanceof Error ? cause : {};
  return new Fault(
    {
      code: refusals.has(error.name ?? '') ? 'refused' : 'unavailable',
      system: 'dynamodb',
      operation,
      statusCode: error.$metadata?.httpStatusCode,
      reason: error.name,
      requestId: error.$metadata?.requestId,
    },
    { cause },
  );
}
