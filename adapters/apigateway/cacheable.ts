/** Builds answers that caches may keep: the same for everyone, and recognized by their `ETag`. */
import { createHash } from 'node:crypto';
import type { Request } from './request.ts';
import { type HttpResponse, json } from './response.ts';

/** Browsers and CDNs use the answer for a minute, and an older one while they ask again, or while they get no answer. */
const CACHE_CONTROL = 'public, max-age=60, stale-while-revalidate=300, stale-if-error=86400';

/** Answers 304 without a body if the client has the same answer already. */
export function cacheable(request: Pick<Request, 'header'>, body: object): HttpResponse {
  const answer = json(200, body);
  const etag = `"${createHash('sha256').update(answer.body).digest('base64url').slice(0, 22)}"`;
  const isKnown = names(request.header('if-none-match') ?? '', etag);
  // Without Vary, a cache would give a page the answer of another origin, which the browser refuses.
  const headers = { 'Cache-Control': CACHE_CONTROL, ETag: etag, Vary: 'Origin' };
  if (isKnown) return { ...answer, statusCode: 304, headers, body: '' };
  return { ...answer, headers: { ...answer.headers, ...headers } };
}

/** `W/` marks a tag that a proxy has weakened, because it compressed the answer. */
function names(ifNoneMatch: string, etag: string): boolean {
  const tags = ifNoneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes('*') || tags.includes(etag);
}
