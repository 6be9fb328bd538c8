/** Converts an error of the AWS SDK to a `Fault`. */
import { Fault, type FaultCode, type System } from '../../core/system/fault.ts';

interface SdkError {
  readonly name?: string;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
}

export interface FailedCall {
  readonly system: System;
  readonly operation: string;
  /** Names of errors that a retry cannot fix. All others, such as throttling, are temporary. */
  readonly permanentErrors: ReadonlySet<string>;
}

export function faultOf({ system, operation, permanentErrors: refusals }: FailedCall, cause: unknown): Fault {
  // The client itself ended the call: its work was given up.
  if (cause instanceof Fault) return cause;
  const error: SdkError = cause instanceof Error ? cause : {};
  return new Fault(
    {
      code: codeOf(error, refusals),
      system,
      operation,
      statusCode: error.$metadata?.httpStatusCode,
      reason: error.name,
      requestId: error.$metadata?.requestId,
    },
    { cause },
  );
}

function codeOf({ name = '' }: SdkError, refusals: ReadonlySet<string>): FaultCode {
  if (name === 'AbortError') return 'time_limit';
  return refusals.has(name) ? 'refused' : 'unavailable';
}
