/** What went wrong outside: expected of any network, and never an answer. */

export type FaultCode =
  /** A system did not answer, or answered that it cannot now. */
  | 'unavailable'
  /** A system refused what it should have accepted: permissions, a wrong key, an unknown table. */
  | 'refused'
  /** An answer in a shape that this version does not know. */
  | 'unknown_shape'
  /** The work did not end within its time. */
  | 'time_limit'
  /** Others kept changing the same record; trying again later helps. */
  | 'contention';

export type System = 'stripe' | 'dynamodb' | 'cognito' | 'secretsmanager' | 'self';

export interface FaultDetails {
  readonly code: FaultCode;
  readonly system: System;
  readonly operation: string;
  /** Of the other system's answer, if there was one. */
  readonly statusCode?: number | undefined;
  /** The other system's own word for the error (`resource_missing`, `ThrottlingException`). */
  readonly reason?: string | undefined;
  readonly requestId?: string | undefined;
}

export class Fault extends Error {
  readonly details: FaultDetails;

  constructor(details: FaultDetails, options?: { readonly cause?: unknown }) {
    super(`${details.system} ${details.operation}: ${details.code}`, options);
    this.name = 'Fault';
    this.details = details;
  }
}
