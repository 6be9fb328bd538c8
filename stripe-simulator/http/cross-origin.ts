/**
 * What pages of other sites may do, as with Stripe: call the API with a publishable key, load the script, and show the
 * pages that are made for frames. Everything else is refused, because a page could use the keys that the simulator takes.
 */
import type { IncomingMessage } from 'node:http';
import { isStripeScript } from '../stripe-js/stripe-js.ts';

export type ForeignUse = 'preflight' | 'publishable' | 'script' | 'frame';

/** Returns how a page of another site uses the server, or undefined if it may not. */
export function foreignUseOf({
  method = 'GET',
  url = '/',
  headers,
}: IncomingMessage): ForeignUse | undefined {
  const path = url.split('?')[0] ?? '/';
  if (method === 'GET' && isStripeScript(path)) return 'script';
  if (method === 'GET' && headers['sec-fetch-dest'] === 'iframe' && isFramed(path)) return 'frame';
  if (!path.startsWith('/v1/')) return undefined;
  if (method === 'OPTIONS' && headers['access-control-request-method'] !== undefined) return 'preflight';
  return /^bearer\s+pk_/i.test(headers.authorization ?? '') ? 'publishable' : undefined;
}

/** The bank's question, and the page of an embedded session. */
export function isFramed(path: string): boolean {
  return path.startsWith('/authenticate/') || path.startsWith('/c/pay/');
}

const MAX_AGE_SECONDS = 300;

export function corsHeaders(request: IncomingMessage): Readonly<Record<string, string>> {
  const asked = request.headers['access-control-request-headers'];
  return {
    'Access-Control-Allow-Origin': '*',
    'Access-Control-Allow-Methods': 'GET, HEAD, PUT, PATCH, POST, DELETE',
    'Access-Control-Allow-Headers': typeof asked === 'string' ? asked : 'authorization, content-type',
    'Access-Control-Expose-Headers':
      'Request-Id, Stripe-Manage-Version, Stripe-Should-Retry, X-Stripe-External-Auth-Required, X-Stripe-Privileged-Session-Required',
    'Access-Control-Max-Age': String(MAX_AGE_SECONDS),
  };
}
