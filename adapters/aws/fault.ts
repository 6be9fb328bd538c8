/** Converts an error of the AWS SDK to a `Fault`. */
import { Fault, type FaultCode, type System } from '../../core/system/fault.ts';
import type { Refusal } from '../../core/system/refusal.ts';

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
  const code = codeOf(error, refusals);
  return new Fault(
    {
      code,
      system,
      operation,
      statusCode: error.$metadata?.httpStatusCode,
      reason: error.name,
      requestId: error.$metadata?.requestId,
      refusal: code === 'refused' ? refusalOf(system, error) : undefined,
    },
    { cause },
  );
}

function codeOf({ name = '' }: SdkError, refusals: ReadonlySet<string>): FaultCode {
  if (name === 'AbortError') return 'time_limit';
  return refusals.has(name) ? 'refused' : 'unavailable';
}

/** Where the names of what a system does not find are set. */
const namedBy: Readonly<Partial<Record<System, string>>> = {
  dynamodb: 'USERS_TABLE or ENTITLEMENTS_TABLE',
  cognito: 'COGNITO_USER_POOL_ID',
  secretsmanager: 'the ARN of a secret',
};

/** AWS refuses what the role of the function does not permit, and names that do not exist. All else is a defect. */
function refusalOf(system: System, { name = '' }: SdkError): Refusal | undefined {
  const fix = 'Run npm run doctor, which names the permission or the resource, and deploy again.';
  if (name === 'ResourceNotFoundException') {
    return { kind: 'installation', setting: namedBy[system] ?? system, fix };
  }
  const isPermission = name === 'AccessDeniedException' || name === 'UnrecognizedClientException';
  return isPermission ? { kind: 'installation', setting: "the function's role", fix } : undefined;
}
