/** Builds responses in the format that HTTP APIs and REST APIs share. */

import { exposedHeaders } from '../../contract/functions.ts';
import { type Problem, type ProblemCode, problems } from '../../contract/problem.ts';
import type { Payer } from '../../core/entitlement/answer.ts';
import { isAllowedOrigin } from '../../core/system/origin.ts';

export interface HttpResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly isBase64Encoded: false;
}

export function json(statusCode: number, body: object): HttpResponse {
  return responseOf(statusCode, 'application/json', body);
}

export interface ProblemDetails {
  readonly detail?: string;
  readonly requestId?: string | null;
  readonly portal?: string;
  readonly checkout?: string;
  readonly payer?: Payer;
  /** Further fields, which the clients of this route require. RFC 9457 calls them extension members. */
  readonly extension?: object;
  /** How long the client should wait before it retries. */
  readonly retryAfterSeconds?: number;
}

export function problem(code: ProblemCode, details: ProblemDetails = {}): HttpResponse {
  const { status, title } = problems[code];
  const body: Problem = {
    type: 'about:blank',
    title,
    status,
    code,
    error: title,
    ...(details.detail === undefined ? {} : { detail: details.detail }),
    ...(details.portal === undefined ? {} : { portal: details.portal }),
    ...(details.checkout === undefined ? {} : { checkout: details.checkout }),
    ...details.payer,
    ...(details.requestId ? { request_id: details.requestId } : {}),
    ...details.extension,
  };
  const response = responseOf(status, 'application/problem+json', body);
  if (details.retryAfterSeconds === undefined) return response;
  return { ...response, headers: { ...response.headers, 'Retry-After': String(details.retryAfterSeconds) } };
}

/** Adds the CORS headers for an allowed origin, but never for another one and never as a wildcard. */
export function withCorsHeaders(
  origin: string | undefined,
  response: HttpResponse,
  allowedOrigins: readonly string[],
): HttpResponse {
  if (origin === undefined || !isAllowedOrigin(origin, allowedOrigins)) return response;
  const cors = {
    'Access-Control-Allow-Origin': origin,
    // A page reads no other header of the answer than those that every answer has.
    'Access-Control-Expose-Headers': exposedHeaders.join(','),
    Vary: 'Origin',
  };
  return { ...response, headers: { ...response.headers, ...cors } };
}

function responseOf(statusCode: number, contentType: string, body: object): HttpResponse {
  return {
    statusCode,
    // Every response belongs to one user or is an error, so no cache may store it.
    headers: { 'Content-Type': contentType, 'Cache-Control': 'no-store' },
    body: JSON.stringify(body),
    isBase64Encoded: false,
  };
}
