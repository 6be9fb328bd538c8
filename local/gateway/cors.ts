/** CORS as in an HTTP API: answers preflight requests itself, and overrides the CORS headers of functions. */
import { exposedHeaders } from '../../contract/functions.ts';
import type { Answer } from '../http/body.ts';

/** Origins such as `https://app.example.com`. `http://localhost:*` matches every port. */
export type AllowedOrigins = readonly string[];

export const defaultAllowedOrigins: AllowedOrigins = ['http://localhost:*', 'http://127.0.0.1:*'];

const ALLOW_METHODS = 'GET,POST,DELETE,OPTIONS';
const ALLOW_HEADERS = 'authorization,content-type';
const EXPOSE_HEADERS = exposedHeaders.join(',').toLowerCase();
const MAX_AGE_SECONDS = 300;

export function preflightAnswer(allowed: AllowedOrigins, origin: string | undefined): Answer {
  const headers = isAllowed(allowed, origin)
    ? {
        'access-control-allow-origin': origin,
        'access-control-allow-methods': ALLOW_METHODS,
        'access-control-allow-headers': ALLOW_HEADERS,
        'access-control-max-age': String(MAX_AGE_SECONDS),
        vary: 'origin',
      }
    : {};
  return { status: 204, headers, body: '' };
}

export function withCors(allowed: AllowedOrigins, origin: string | undefined, answer: Answer): Answer {
  const own = Object.entries(answer.headers).filter(([name]) => !name.startsWith('access-control-'));
  const headers = Object.fromEntries(own);
  if (isAllowed(allowed, origin)) {
    headers['access-control-allow-origin'] = origin;
    headers['access-control-expose-headers'] = EXPOSE_HEADERS;
    headers['vary'] = 'origin';
  }
  return { ...answer, headers };
}

function isAllowed(allowed: AllowedOrigins, origin: string | undefined): origin is string {
  if (origin === undefined) return false;
  return allowed.some((candidate) =>
    candidate.endsWith(':*')
      ? origin === candidate.slice(0, -2) || isPortOf(origin, candidate.slice(0, -1))
      : origin === candidate,
  );
}

function isPortOf(origin: string, prefix: string): boolean {
  return origin.startsWith(prefix) && /^\d+$/.test(origin.slice(prefix.length));
}
