/** Converts a failed call of an AWS service to a `Fault`. */
import { Fault, type FaultCode, type System } from '../../core/system/fault.ts';
import type { Refusal } from '../../core/system/refusal.ts';
import { AwsError } from '../transport/aws-json.ts';
import { Unanswered } from '../transport/connection.ts';

export interface FailedCall {
  readonly system: System;
  readonly operation: string;
  /** Names of errors that a retry cannot fix. All others, such as throttling, are temporary. */
  readonly permanentErrors: ReadonlySet<string>;
}

export function faultOf({ system, operation, permanentErrors: refusals }: FailedCall, cause: unknown): Fault {
  // The transport itself ended the call, such as for work that was given up.
  if (cause instanceof Fault) return cause;
  const failed = { system, operation } as const;
  if (!(cause instanceof AwsError)) {
    const reason = cause instanceof Unanswered ? cause.outcome : nameOf(cause);
    return new Fault({ ...failed, code: 'unavailable', reason }, { cause });
  }
  const { name, statusCode, requestId } = cause;
  const code: FaultCode = refusals.has(name) ? 'refused' : 'unavailable';
  const refusal = code === 'refused' ? refusalOf(system, name) : undefined;
  return new Fault({ ...failed, code, statusCode, reason: name, requestId, refusal }, { cause });
}

function nameOf(cause: unknown): string | undefined {
  return cause instanceof Error ? cause.name : undefined;
}

/** Where the names of what a system does not find are set. */
const namedBy: Readonly<Partial<Record<System, string>>> = {
  dynamodb: 'USERS_TABLE or ENTITLEMENTS_TABLE',
  cognito: 'COGNITO_USER_POOL_ID',
  secretsmanager: 'the ARN of a secret',
  sqs: 'STRIPE_EVENT_QUEUE_URL',
};

/** AWS refuses what the role of the function does not permit, and names that do not exist. All else is a defect. */
function refusalOf(system: System, name: string): Refusal | undefined {
  const fix = 'Run npm run doctor, which names the permission or the resource, and deploy again.';
  if (name === 'ResourceNotFoundException' || name === 'QueueDoesNotExist') {
    return { kind: 'installation', setting: namedBy[system] ?? system, fix };
  }
  const isPermission = name === 'AccessDeniedException' || name === 'UnrecognizedClientException';
  return isPermission ? { kind: 'installation', setting: "the function's role", fix } : undefined;
}
