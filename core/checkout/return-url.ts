/** Where Stripe's pages may send a user back to: only to sites that are listed, as the browser would read the address. */
import { isAllowedOrigin } from '../system/origin.ts';

const LONGEST = 2_000;
/** Stripe puts the session's id in its place. */
const SESSION_ID = '{CHECKOUT_SESSION_ID}';
const ENCODED_SESSION_ID = encodeURIComponent(SESSION_ID);

/** The address as it is sent to Stripe, or `undefined` for one that may not be used. */
export function allowedReturnUrl(text: string, allowedOrigins: readonly string[]): string | undefined {
  // A browser drops these where a check before it may not.
  if (text.length > LONGEST || /[\s\\\p{Cc}]/u.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  const named = url.username !== '' || url.password !== '';
  if (named || !isSafe(url) || !isAllowedOrigin(url.origin, allowedOrigins)) return undefined;
  // Written out for the wire it may be several times as long.
  const href = url.href.replaceAll(ENCODED_SESSION_ID, SESSION_ID);
  return href.length > LONGEST ? undefined : href;
}

/** Without encryption only to the own machine. */
function isSafe({ protocol, hostname }: URL): boolean {
  if (protocol === 'https:') return true;
  return protocol === 'http:' && (hostname === 'localhost' || hostname === '127.0.0.1');
}
