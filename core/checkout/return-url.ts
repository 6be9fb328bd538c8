/** Allows a return URL only if its origin is listed, and reads it the way a browser does. */
import { isAppLink } from '../settings/app-link.ts';
import { isAllowedOrigin } from '../system/origin.ts';

const MAX_LENGTH = 2_000;
/** Stripe replaces it with the session's id. */
const SESSION_ID_PLACEHOLDER = '{CHECKOUT_SESSION_ID}';
const encodedPlaceholder = encodeURIComponent(SESSION_ID_PLACEHOLDER);

/** Returns the URL to send to Stripe, or `undefined` if it is not allowed. */
export function allowedReturnUrl(text: string, allowedOrigins: readonly string[]): string | undefined {
  // A browser drops these characters, so a check that keeps them would see another URL.
  if (text.length > MAX_LENGTH || /[\s\\\p{Cc}]/u.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  const hasCredentials = url.username !== '' || url.password !== '';
  if (hasCredentials || !isListed(url, allowedOrigins)) return undefined;
  // Encoding can make the URL several times as long.
  const href = url.href.replaceAll(encodedPlaceholder, SESSION_ID_PLACEHOLDER);
  return href.length > MAX_LENGTH ? undefined : href;
}

function isListed(url: URL, allowedOrigins: readonly string[]): boolean {
  if (!isAppLink(url)) return isSafe(url) && isAllowedOrigin(url.origin, allowedOrigins);
  // `predixa://` stands for every address of the app, `predixa://account` for those that begin with it.
  const { protocol, host } = url;
  return [`${protocol}//`, `${protocol}//${host.toLowerCase()}`].some((link) =>
    allowedOrigins.includes(link),
  );
}

/** Plain HTTP is allowed on this machine only. */
function isSafe({ protocol, hostname }: URL): boolean {
  if (protocol === 'https:') return true;
  return protocol === 'http:' && (hostname === 'localhost' || hostname === '127.0.0.1');
}
