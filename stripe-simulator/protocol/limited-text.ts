/** Texts that Stripe validates: their length, the form of an email address, and URLs. */
import type { Params } from './params.ts';
import { invalidParameter } from './stripe-error.ts';

/** How many characters of a text that is too long are shown, at its start and at its end. */
const SHOWN = 10;

/** No text that Stripe stores is longer. */
export const MAX_TEXT_LENGTH = 5000;

export function textTooLong(value: string, { limit, param }: { limit: number; param: string }): Error {
  const shown = `${value.slice(0, SHOWN)}...${value.slice(-SHOWN)}`;
  const message = `Invalid string: ${shown}; must be at most ${limit} characters`;
  return invalidParameter({ message, param });
}

/** Throws Stripe's error for a text that is longer than `limit` characters. */
export function checkLength(params: Params, name: string, limit: number): void {
  const value = params.string(name);
  if (value === undefined || value.length <= limit) return;
  throw textTooLong(value, { limit, param: params.nameOf(name) });
}

/** A local part and a domain with a dot, in ASCII, without spaces. Cognito accepts more, such as `user@localhost`. */
const EMAIL = /^[!-?A-~]+@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}$/;

/** Throws Stripe's error for a text that is no email address. */
export function checkEmail(value: string, param: string): void {
  const [local = ''] = value.split('@');
  const dotted = local.startsWith('.') || local.endsWith('.') || local.includes('..');
  if (EMAIL.test(value) && !dotted) return;
  throw invalidParameter({
    message: `Invalid email address: ${value}`,
    code: 'email_invalid',
    param,
  });
}

/** `opensApps`: also a link with the scheme of an app, as in `myapp://account`. */
export function checkUrl(params: Params, name: string, { opensApps = false } = {}): void {
  const value = params.string(name);
  if (value === undefined || /^https?:\/\/[^\s/?#]+/.test(value)) return;
  if (opensApps && /^(?!(?:javascript|data|file|https?):)[a-z][a-z0-9+.-]*:\/\/\S*$/i.test(value)) return;
  throw invalidParameter({ message: 'Not a valid URL', code: 'url_invalid', param: params.nameOf(name) });
}
