/** Answers in the shape that both forms of API Gateway take. */

import { type Problem, type ProblemCode, problems } from '../../contract/problem.ts';
import { isAllowedOrigin } from '../../core/system/origin.ts';

export interface HttpResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly isBase64Encoded: false;
}

export function json(statusCode: number, body: object): HttpResponse {
  return answer(statusCode, 'application/json', body);
}

export interface ProblemDetails {
  readonly detail?: string;
  readonly requestId?: string | null;
  readonly portal?: string;
  readonly checkout?: string;
  /** Seconds, as a hint when to ask again. */
  readonly retryAfterSeconds?: number;
}

export function problem(code: ProblemCode, details: ProblemDetails = {}): HttpResponse {
  const { status, title } = problems[code];
  const body: Problem = {
    type: 'about:blank',
    title,
    status,
    code,
    ...(details.detail === undefined ? {} : { detail: details.detail }),
    ...(details.portal === undefined ? {} : { portal: details.portal }),
    ...(details.checkout === undefined ? {} : { checkout: details.checkout }),
    ...(details.requestId ? { request_id: details.requestId } : {}),
  };
  const sent = answer(status, 'application/problem+json', body);
  if (details.retryAfterSeconds === undefined) return sent;
  return { ...sent, headers: { ...sent.headers, 'Retry-After': String(details.retryAfterSeconds) } };
}

/** Adds the CORS header for a site that is allowed; never for any other, and never for all. */
export function withCorsHeaders(
  origin: string | undefined,
  sent: HttpResponse,
  allowedOrigins: readonly string[],
): HttpResponse {
  if (origin === undefined || !isAllowedOrigin(origin, allowedOrigins)) return sent;
  return { ...sent, headers: { ...sent.headers, 'Access-Control-Allow-Origin': origin, Vary: 'Origin' } };
}

function answer(statusCode: number, contentType: string, body: object): HttpResponse {
  return {
    statusCode,
    // Every answer is one user's, or an error: nothing on the way may keep it.
    headers: { 'Content-Type': contentType, 'Cache-Control': 'no-store' },
    body: JSON.stringify(body),
    isBase64Encoded: false,
  };
}
