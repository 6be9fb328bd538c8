/** CORS as in an HTTP API: answers preflight requests itself, and overrides the CORS headers of functions. */
import { exposedHeaders } from '../../contract/functions.ts';
import type { Answer } from '../http/body.ts';
import { type AllowedOrigins, isAllowedOrigin } from '../http/origins.ts';

const ALLOW_METHODS = 'GET,POST,DELETE,OPTIONS';
const ALLOW_HEADERS = 'authorization,content-type';
const EXPOSE_HEADERS = exposedHeaders.join(',').toLowerCase();
const MAX_AGE_SECONDS = 300;

export function preflightAnswer(allowed: AllowedOrigins, origin: string | undefined): Answer {
  const headers = isAllowedOrigin(allowed, origin)
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
  if (isAllowedOrigin(allowed, origin)) {
    headers['access-control-allow-origin'] = origin;
    headers['access-control-expose-headers'] = EXPOSE_HEADERS;
    headers['vary'] = 'origin';
  }
  return { ...answer, headers };
}
