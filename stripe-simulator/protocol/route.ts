/** A route of the API: a line of the table that the server, the README and its test are held to. */
import type { World } from '../world/world.ts';
import type { Params } from './params.ts';

export interface ApiRequest {
  /** The id in the path; empty on collection routes. */
  readonly id: string;
  /** The second id in the path, where there is one. */
  readonly subId: string;
  readonly path: string;
  readonly params: Params;
  readonly version: string;
}

export type Operation = (world: World, request: ApiRequest) => object;
export type Method = 'GET' | 'POST' | 'DELETE';

export interface Route {
  readonly method: Method;
  readonly path: string;
  readonly operation: Operation;
}

export interface Match {
  readonly route: Route;
  readonly ids: readonly string[];
}

/** Literal segments win over ids, so that `/v1/customers/search` is not the customer "search". */
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
  const given = path.split('/');
  if (expected.length !== given.length) return undefined;
  const ids: string[] = [];
  for (const [index, segment] of expected.entries()) {
    const value = given[index] ?? '';
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
