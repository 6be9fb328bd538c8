/** Guards routes before they render: for `proxy.ts` (Next.js 16) or `middleware.ts` (Next.js 15), on either runtime. */
import { type NextRequest, NextResponse } from 'next/server';
import { type AccessCheck, type AccessOptions, createDecider, type Refused } from './decide.ts';
import { pagesFor, pathFor } from './paths.ts';
import { problemOf, RETRY_AFTER_SECONDS } from './problem.ts';

/** The header that names the requested path to the pages behind the proxy, so that they can send users back. */
export const PATH_HEADER = 'x-account-path';

export interface GuardedRoute extends AccessCheck {
  /** The route and everything below it, such as `/reports`. */
  readonly path: string;
  /** Whether it is enough to be signed in. */
  readonly signedInOnly?: true;
  /** What a refused request gets: another page, or a problem document. Default: `data` below `/api`, otherwise `page`. */
  readonly answers?: 'page' | 'data';
}

export interface ProxyOptions extends AccessOptions {
  readonly routes: readonly GuardedRoute[];
  /** The body of the answer while nothing can be found out. Default: a short page that says so. */
  readonly unavailablePage?: string;
}

export type Proxy = (request: NextRequest) => Promise<NextResponse>;

const UNAVAILABLE_PAGE =
  '<!doctype html><meta charset="utf-8"><title>One moment</title><p>We cannot check your access at the moment. Please try again in a few seconds.</p>';

export function createProxy(options: ProxyOptions): Proxy {
  const decider = createDecider(options);
  const guardFor = guardOf(options);
  return async (request) => {
    const { pathname, search } = request.nextUrl;
    const headers = new Headers(request.headers);
    headers.set(PATH_HEADER, `${pathname}${search}`);
    const pass = NextResponse.next({ request: { headers } });
    const route = guardFor(pathname);
    if (route === undefined) return pass;
    const readCookie = (name: string) => request.cookies.get(name)?.value;
    const decision = route.signedInOnly
      ? await decider.signedIn(readCookie)
      : await decider.decide(readCookie, route);
    if (!('granted' in decision) || decision.granted) return pass;
    return refusal(request, decision, { route, options });
  };
}

/** The most specific route decides. A route is a path, since a pattern that matched nothing would guard nothing. */
function guardOf(options: ProxyOptions): (pathname: string) => GuardedRoute | undefined {
  const guarded = options.routes
    .map((route) => ({ route, path: guardedPath(route.path) }))
    .sort((a, b) => b.path.length - a.path.length);
  const pages = pagesFor(options);
  return (pathname) => {
    const path = comparable(pathname);
    if (path === comparable(pages.signIn)) return undefined;
    const route = guarded.find((one) => path === one.path || path.startsWith(`${one.path}/`))?.route;
    // A user without access would be sent to it again and again.
    return route !== undefined && path === comparable(pages.denied)
      ? { ...route, signedInOnly: true }
      : route;
  };
}

/** Empty for the whole app. */
function guardedPath(path: string): string {
  if (!/^\/(?!\/)[^*:?#[\]()]*$/.test(path)) {
    throw new Error(
      `The path of a guarded route is ${JSON.stringify(path)}. Write it as in the address, such as "/reports"; it includes everything below.`,
    );
  }
  return comparable(path);
}

/** Next.js matches pages by the decoded path, in which `/%72eports` is `/reports`, and rewrites in upper case too. */
function comparable(pathname: string): string {
  return pathname.split('/').map(decoded).join('/').replace(/\/+$/, '').toLowerCase();
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function refusal(
  request: NextRequest,
  { reason }: Refused,
  { route, options }: { readonly route: GuardedRoute; readonly options: ProxyOptions },
): NextResponse {
  const { pathname, search } = request.nextUrl;
  const path = pathFor(reason, `${pathname}${search}`, options);
  const wantsPage = isForPage(request, route);
  if (path !== undefined && wantsPage) {
    const { basePath } = request.nextUrl;
    const response = NextResponse.redirect(new URL(`${basePath}${path}`, request.url), 307);
    return withReason(response, reason);
  }
  if (path === undefined && wantsPage) {
    const headers = {
      'content-type': 'text/html; charset=utf-8',
      'retry-after': String(RETRY_AFTER_SECONDS),
    };
    return withReason(
      new NextResponse(options.unavailablePage ?? UNAVAILABLE_PAGE, { status: 503, headers }),
      reason,
    );
  }
  return withReason(problemResponse(reason), reason);
}

/** Next.js fetches pages as data, and hides from a proxy which requests those are. It follows a redirect in both cases. */
function isForPage(request: NextRequest, { answers }: GuardedRoute): boolean {
  const accept = request.headers.get('accept') ?? '';
  const isApi = /^\/api(?:\/|$)/.test(comparable(request.nextUrl.pathname));
  const isData = isApi || (accept.includes('json') && !accept.includes('html'));
  return request.method === 'GET' && (answers ?? (isData ? 'data' : 'page')) === 'page';
}

function withReason(response: NextResponse, reason: string): NextResponse {
  response.headers.set('x-access-reason', reason);
  response.headers.set('cache-control', 'no-store');
  return response;
}

function problemResponse(reason: Refused['reason']): NextResponse {
  const { status, body, headers } = problemOf(reason);
  return new NextResponse(body, { status, headers });
}
