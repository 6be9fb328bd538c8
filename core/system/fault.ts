/** Failures of other systems that the code expects. They are thrown, never returned. */
import { type Refusal, unknownRefusal } from './refusal.ts';

export type FaultCode =
  /** The system did not answer, or answered that it cannot serve the request now. */
  | 'unavailable'
  /** The system refused a request permanently: to repeat it does not help. */
  | 'refused'
  /** The answer has a shape that this version does not know. */
  | 'unknown_shape'
  /** The work exceeded its time limit. */
  | 'time_limit'
  /** Other writers kept changing the same record. A later attempt can succeed. */
  | 'contention';

export type System = 'stripe' | 'revenuecat' | 'dynamodb' | 'cognito' | 'secretsmanager' | 'sqs' | 'self';

export interface FaultDetails {
  readonly code: FaultCode;
  readonly system: System;
  readonly operation: string;
  /** The HTTP status of the system's answer, if there was one. */
  readonly statusCode?: number | undefined;
  /** The system's own code for the error (`resource_missing`, `ThrottlingException`). */
  readonly reason?: string | undefined;
  /** Stripe's type of the error (`invalid_request_error`). */
  readonly type?: string | undefined;
  /** The name of the parameter that Stripe refuses. */
  readonly param?: string | undefined;
  readonly requestId?: string | undefined;
  /** What the answer should have been. Only with `unknown_shape`, and never a part of the answer. */
  readonly expected?: string | undefined;
  /** What the refusal means, where the adapter knows it. */
  readonly refusal?: Refusal | undefined;
}

export class Fault extends Error {
  readonly details: FaultDetails;

  constructor(details: FaultDetails, options?: { readonly cause?: unknown }) {
    super(`${details.system} ${details.operation}: ${details.code}`, options);
    this.name = 'Fault';
    this.details = details;
  }
}

/**
 * Returns what a permanent refusal means, or `undefined` for every other failure. What this service itself refuses is no
 * refusal: the next attempt gathers new evidence.
 */
export function refusalIn(cause: unknown): Refusal | undefined {
  if (!(cause instanceof Fault)) return undefined;
  const { code, system, refusal } = cause.details;
  if (code !== 'refused' || system === 'self') return undefined;
  return refusal ?? unknownRefusal;
}
