/** Where a refused user goes, and back. */
import type { AccessOptions, RefusalReason } from './decide.ts';

export const NEXT_PARAMETER = 'next';
export const REASON_PARAMETER = 'reason';

/**
 * Returns a path of this site, for the `next` parameter of a sign-in page: anyone can write a link with it. Everything else,
 * such as `//evil.example`, becomes the fallback.
 */
export function safePath(value: string | null | undefined, fallback = '/'): string {
  if (typeof value !== 'string' || !/^\/(?![/\\])/.test(value) || hasControlCharacter(value)) return fallback;
  const url = new URL(value, 'http://site.invalid');
  // `/.//evil.example` is a path of this site, and becomes another site once its dot is resolved.
  if (url.origin !== 'http://site.invalid' || url.pathname.startsWith('//')) return fallback;
  return `${url.pathname}${url.search}${url.hash}`;
}

/** Browsers drop tabs and line breaks, so that `/\t/evil.example` would become another site. */
function hasControlCharacter(value: string): boolean {
  return Array.from(value, (character) => character.charCodeAt(0)).some(
    (code) => code < 0x20 || code === 0x7f,
  );
}

type Pages = Pick<AccessOptions, 'signInPath' | 'deniedPath'>;

/** Returns the paths of the pages that refused users are sent to. */
export function pagesFor({ signInPath = '/sign-in', deniedPath = '/pricing' }: Pages) {
  const pathOf = (path: string) => new URL(path, 'http://site.invalid').pathname;
  return { signIn: pathOf(signInPath), denied: pathOf(deniedPath) };
}

/** Returns the page for a refusal, with the way back. Undefined: no page helps, because nothing could be found out. */
export function pathFor(
  reason: RefusalReason,
  wanted: string,
  { signInPath = '/sign-in', deniedPath = '/pricing' }: Pages,
): string | undefined {
  if (reason === 'unavailable') return undefined;
  const url = new URL(reason === 'denied' ? deniedPath : signInPath, 'http://site.invalid');
  url.searchParams.set(NEXT_PARAMETER, safePath(wanted));
  if (reason !== 'signed_out') url.searchParams.set(REASON_PARAMETER, reason);
  return `${url.pathname}${url.search}`;
}
