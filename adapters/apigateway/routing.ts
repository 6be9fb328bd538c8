/**
 * Refuses requests that a function does not serve. The API has a route for each of them, but another API may pass on every
 * method or every path, and a GET that a browser or a crawler sends must not delete an account.
 */
import type { ProblemCode } from '../../contract/problem.ts';
import { identityOf } from './identity.ts';
import { isAt, type Request } from './request.ts';
import type { HttpResponse } from './response.ts';

/** What a function serves. */
export interface Served {
  /** In upper case. A function that serves GET also serves HEAD. */
  readonly methods: readonly string[];
  /** Whether it serves users only. Strangers are answered 401, whatever they ask for. */
  readonly forUsers?: boolean;
  /** Without them, the path does not matter: what the function does follows from the method alone, and harms no one. */
  readonly paths?: readonly string[];
  /** The methods of a path that has others than those above. */
  readonly methodsAt?: Readonly<Record<string, readonly string[]>>;
}

type Refuse = (code: ProblemCode) => HttpResponse;

/**
 * Returns the answer to a request that the function does not serve, and `undefined` for one that it serves. Every API names
 * the method and the path. An event without them comes from someone who may call the function itself.
 */
export function wrongRoute(request: Request, served: Served, refuse: Refuse): HttpResponse | undefined {
  const own = methodsOf(request, served);
  const methods = own.includes('GET') ? [...own, 'HEAD'] : own;
  const allow = { Allow: [...methods, 'OPTIONS'].join(', ') };
  if (request.method === 'OPTIONS') return options(own, allow);
  if (served.forUsers === true && identityOf(request) === undefined) return undefined;
  if (request.method !== '' && !methods.includes(request.method)) {
    return withHeaders(refuse('method_not_allowed'), allow);
  }
  return isAtAny(request, served) ? undefined : refuse('not_found');
}

function methodsOf(request: Request, { methods, methodsAt = {} }: Served): readonly string[] {
  const path = Object.keys(methodsAt).find((one) => isAt(request, one));
  return (path === undefined ? undefined : methodsAt[path]) ?? methods;
}

function isAtAny(request: Request, { paths }: Served): boolean {
  // A domain of one's own may serve the route at its root.
  return /^\/?$/.test(request.path) || paths === undefined || paths.some((path) => isAt(request, path));
}

/** What an API answers itself, unless it passes on every method. It says the same to everyone, so it needs no identity. */
function options(methods: readonly string[], allow: Readonly<Record<string, string>>): HttpResponse {
  const headers = {
    ...allow,
    'Access-Control-Allow-Methods': methods.join(','),
    'Access-Control-Allow-Headers': 'Authorization,Content-Type',
    'Cache-Control': 'no-store',
  };
  return { statusCode: 204, headers, body: '', isBase64Encoded: false };
}

export function withoutBody(response: HttpResponse): HttpResponse {
  return { ...response, body: '' };
}

function withHeaders(response: HttpResponse, headers: Readonly<Record<string, string>>): HttpResponse {
  return { ...response, headers: { ...response.headers, ...headers } };
}
