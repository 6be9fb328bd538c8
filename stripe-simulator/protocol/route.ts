/** The routes of the API: how a resource declares them and how a request is matched. */
import type { World } from '../world/world.ts';
import type { Params } from './params.ts';

export interface ApiRequest {
  /** The first id in the path; empty on collection routes. */
  readonly id: string;
  /** The second id in the path; empty when there is none. */
  readonly subId: string;
  readonly path: string;
  /** The query of the URL, without the question mark. */
  readonly query?: string;
  readonly params: Params;
  readonly version: string;
  /** Whether the request names the version itself. Otherwise it is the default of the account. */
  readonly namesVersion?: boolean;
  /** Whether the request has a publishable key, as those of a browser or an app do. */
  readonly isPublishable?: boolean;
}

export type Operation = (world: World, request: ApiRequest) => object;
export type Method = 'GET' | 'POST' | 'DELETE';

export interface Route {
  readonly method: Method;
  readonly path: string;
  readonly operation: Operation;
  /**
   * What a publishable key may do here: anything, or only what the `client_secret` of the object allows, which the
   * operation compares. Without it, the route needs a secret key.
   */
  readonly publishable?: 'client_secret' | 'open';
}

export interface Match {
  readonly route: Route;
  readonly ids: readonly string[];
}

/**
 * Finds the route of a request. A literal path wins over ids, so `/v1/customers/search` is not the customer `search`.
 */
export function matchRoute(
  routes: readonly Route[],
  target: { method: string; path: string },
): Match | undefined {
  const candidates = routes.filter((route) => route.method === target.method);
  const literal = candidates.find((route) => route.path === target.path);
  if (literal !== undefined) return { route: literal, ids: [] };
  for (const route of candidates) {
    const ids = idsOf(route.path, target.path);
    if (ids !== undefined) return { route, ids };
  }
  return undefined;
}

function idsOf(pattern: string, path: string): string[] | undefined {
  const expected = pattern.split('/');
  const segments = path.split('/');
  if (expected.length !== segments.length) return undefined;
  const ids: string[] = [];
  for (const [index, segment] of expected.entries()) {
    const value = segments[index] ?? '';
    if (segment.startsWith(':') && value !== '') ids.push(decodeSegment(value));
    else if (segment !== value) return undefined;
  }
  return ids;
}

function decodeSegment(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
