/** Failures of other systems that the code expects. They are thrown, never returned. */

export type FaultCode =
  /** The system did not answer, or answered that it cannot serve the request now. */
  | 'unavailable'
  /** The system refused a request that it should accept: missing permissions, a wrong key, an unknown table. */
  | 'refused'
  /** The answer has a shape that this version does not know. */
  | 'unknown_shape'
  /** The work exceeded its time limit. */
  | 'time_limit'
  /** Other writers kept changing the same record. A later attempt can succeed. */
  | 'contention';

export type System = 'stripe' | 'revenuecat' | 'dynamodb' | 'cognito' | 'secretsmanager' | 'self';

export interface FaultDetails {
  readonly code: FaultCode;
  readonly system: System;
  readonly operation: string;
  /** The HTTP status of the system's answer, if there was one. */
  readonly statusCode?: number | undefined;
  /** The system's own code for the error (`resource_missing`, `ThrottlingException`). */
  readonly reason?: string | undefined;
  readonly requestId?: string | undefined;
  /** What the answer should have been. Only with `unknown_shape`, and never a part of the answer. */
  readonly expected?: string | undefined;
}

export class Fault extends Error {
  readonly details: FaultDetails;

  constructor(details: FaultDetails, options?: { readonly cause?: unknown }) {
    super(`${details.system} ${details.operation}: ${details.code}`, options);
    this.name = 'Fault';
    this.details = details;
  }
}
