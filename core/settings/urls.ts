/** Reads settings that are addresses: origins, the base of an API, and the pages to which users return. */
import { isAppLink } from './app-link.ts';
import { isPlaceholder, type Reading } from './text.ts';

const SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i;

/**
 * Reads an origin as a browser sends it: in lower case, in Punycode, without a port that is the default, and without a
 * slash or a dot at its end. `:*` stands for every port.
 */
export function readOrigin(text: string): Reading<string> {
  const fix = 'set origins such as https://app.example.com';
  const wrong = (found: string): Reading<string> => ({ wrong: `lists ${found}: ${fix}` });
  if (text === '*' || text.toLowerCase() === 'null') return wrong('every page, which nothing may stand for');
  if (isPlaceholder(text)) return wrong('a placeholder');
  if (!SCHEME.test(text)) return wrong('an address without a scheme (https://)');
  if (/[\s\\]/.test(text)) return wrong('an origin with a blank or a backslash in it');
  const anyPort = /:\*\/*$/.test(text);
  const address = anyPort ? text.replace(/:\*\/*$/, '') : text;
  if (address.includes('*')) return wrong('an origin with a wildcard, and each subdomain must be listed');
  if (!URL.canParse(address)) return wrong('an address that cannot be read');
  const url = new URL(address);
  const { protocol, host, port, pathname, search, hash, username, password } = url;
  if (username !== '' || password !== '') return wrong('an address with a user name or a password');
  if (search !== '' || hash !== '' || /[^/]/.test(pathname))
    return wrong('an address with a path or a query');
  // The scheme of an app alone stands for every link that opens it.
  const isWholeApp = host === '' && !anyPort && isAppLink(url);
  if ((host === '' && !isWholeApp) || protocol === 'file:') return wrong('an address without a host');
  if (anyPort && port !== '') return wrong('an origin with two ports');
  // No page is at the absolute form of a name, which ends with a dot.
  const name = host.replace(/\.(?=:\d+$|$)/, '').toLowerCase();
  return { value: `${protocol}//${name}${anyPort ? ':*' : ''}` };
}

/** Reads the scheme, host and port of a server that stands in for that of Stripe or RevenueCat. */
export function readBaseUrl(text: string): Reading<URL> {
  const fix = 'set a URL such as http://host:port';
  const wrong = (found: string): Reading<URL> => ({ wrong: `is ${found}: ${fix}` });
  if (!SCHEME.test(text)) return wrong('an address without a scheme (https:// or http://)');
  if (/[\s\\]/.test(text) || !URL.canParse(text)) return wrong('no address that can be read');
  const url = new URL(text);
  const { protocol, hostname, pathname, search, hash, username, password } = url;
  if (protocol !== 'http:' && protocol !== 'https:')
    return wrong('an address with another scheme than https:// or http://');
  if (username !== '' || password !== '') return wrong('an address with a user name or a password');
  if (search !== '' || hash !== '') return wrong('an address with a query');
  if (/[^/]/.test(pathname)) return wrong('an address with a path');
  if (protocol === 'http:' && /(?:^|\.)(?:stripe|revenuecat)\.com\.?$/.test(hostname)) {
    return wrong('an address that would send the key unencrypted (http://)');
  }
  return { value: new URL(url.origin) };
}

const MAX_LENGTH = 2_000;

/** Reads the page to which Stripe returns a user. A link that opens an app may have another scheme. */
export function readReturnUrl(text: string): Reading<string> {
  const fix = 'set a URL such as https://app.example.com/account';
  const wrong = (found: string): Reading<string> => ({ wrong: `is ${found}: ${fix}` });
  if (!SCHEME.test(text)) return wrong('an address without a scheme (https://)');
  if (/[\s\\*]/.test(text)) return wrong('an address with a blank, a backslash or a wildcard in it');
  if (!URL.canParse(text) || text.length > MAX_LENGTH) return wrong('no address that can be read');
  const { username, password, protocol, host } = new URL(text);
  if (username !== '' || password !== '') return wrong('an address with a user name or a password');
  return /^https?:$/.test(protocol) && host === '' ? wrong('an address without a host') : { value: text };
}
