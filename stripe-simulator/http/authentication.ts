/** Checks the API key of a request: any test key or the configured ones, as Bearer token or as the user of Basic. */
import type { IncomingHttpHeaders } from 'node:http';
import { StripeError } from '../protocol/stripe-error.ts';
import type { World } from '../world/world.ts';

const TEST_KEY_PATTERN = /^(sk|rk)_test_\S+$/;
const PUBLISHABLE_KEY = /^pk_test_\S+$/;
const EPHEMERAL_KEY = /^ek_test_\S+$/;

export interface KnownKeys {
  /** Undefined: every test key. */
  readonly allowed: readonly string[] | undefined;
  readonly expired: ReadonlySet<string>;
}

export function checkApiKey(headers: IncomingHttpHeaders, { allowed, expired }: KnownKeys): void {
  const key = keyOf(headers.authorization);
  if (key === undefined) {
    throw unauthorized(
      "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
    );
  }
  const isAllowed = allowed === undefined ? TEST_KEY_PATTERN.test(key) : allowed.includes(key);
  if (expired.has(key)) throw unauthorized(`Expired API Key provided: ${masked(key)}`, 'api_key_expired');
  // What a publishable key may do depends on the route.
  if (PUBLISHABLE_KEY.test(key) && allowsPublishable(key, allowed)) return;
  // And an ephemeral key reads what belongs to its customer.
  if (EPHEMERAL_KEY.test(key)) return;
  if (!isAllowed) throw unauthorized(`Invalid API Key provided: ${masked(key)}`);
}

/** A list of keys that names no publishable key permits each of them. */
function allowsPublishable(key: string, allowed: readonly string[] | undefined): boolean {
  return allowed?.some((one) => one.startsWith('pk_')) === true ? allowed.includes(key) : true;
}

export function hasPublishableKey({ authorization }: IncomingHttpHeaders): boolean {
  return keyOf(authorization)?.startsWith('pk_') === true;
}

/** Returns the ephemeral key of the request, if it has one. */
export function ephemeralKeyOf({ authorization }: IncomingHttpHeaders): string | undefined {
  const key = keyOf(authorization);
  return key !== undefined && EPHEMERAL_KEY.test(key) ? key : undefined;
}

/** Refuses an ephemeral key that has expired, and what does not belong to its customer. */
export function checkEphemeralKey(
  { store, seconds }: Pick<World, 'seconds' | 'store'>,
  key: string,
  request: { readonly method: string; readonly path: string; readonly customer: unknown },
): void {
  const [found] = store.ephemeralKeys.where('secret', key);
  if (found === undefined) throw unauthorized(`Invalid API Key provided: ${masked(key)}`);
  if (found.expires <= seconds())
    throw unauthorized(`Expired API Key provided: ${masked(key)}`, 'api_key_expired');
  const { method, path, customer } = request;
  const own = `/v1/customers/${found.customer}`;
  const reads = path === own || path === `${own}/payment_methods`;
  const lists = path === '/v1/payment_methods' && customer === found.customer;
  if (method === 'GET' && (reads || lists)) return;
  const message = 'The provided key does not have the required permissions for this endpoint.';
  throw new StripeError({ status: 403, type: 'invalid_request_error', message });
}

export function secretKeyRequired(): StripeError {
  const message =
    'This API call cannot be made with a publishable API key. Please use a secret API key. You can find a list of your API keys at https://dashboard.stripe.com/account/apikeys.';
  return unauthorized(message, 'secret_key_required');
}

function keyOf(authorization: string | undefined): string | undefined {
  const [scheme, credentials] = authorization?.trim().split(/\s+/) ?? [];
  if (credentials === undefined) return undefined;
  if (scheme?.toLowerCase() === 'bearer') return credentials;
  if (scheme?.toLowerCase() !== 'basic') return undefined;
  const [user] = Buffer.from(credentials, 'base64').toString('utf8').split(':');
  return user === '' ? undefined : user;
}

function masked(key: string): string {
  return key.length <= 12 ? '*'.repeat(key.length) : `${key.slice(0, 8)}${'*'.repeat(8)}${key.slice(-4)}`;
}

function unauthorized(message: string, code?: string): StripeError {
  const named = code === undefined ? {} : { code };
  return new StripeError({ status: 401, type: 'invalid_request_error', message, ...named });
}
