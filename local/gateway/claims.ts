/**
 * Converts token claims to the form in which API Gateway passes them: every value is text, in a format per kind of API.
 */
import type { JWTPayload } from 'jose';

export type Claims = Readonly<Record<string, string>>;

/** HTTP APIs format values as Go does: `[admin editor]`, `map[a:1]`, numbers as digits. */
export function httpClaims(payload: JWTPayload): Claims {
  return mapValues(payload, (_name, value) => goText(value));
}

/** REST APIs format times as dates, join lists with commas and write objects as JSON. */
export function restClaims(payload: JWTPayload): Claims {
  return mapValues(payload, (name, value) => {
    if ((name === 'exp' || name === 'iat') && typeof value === 'number') return javaDate(value);
    if (Array.isArray(value)) return value.map(plainText).join(',');
    return plainText(value);
  });
}

function mapValues(payload: JWTPayload, text: (name: string, value: unknown) => string): Claims {
  return Object.fromEntries(Object.entries(payload).map(([name, value]) => [name, text(name, value)]));
}

function goText(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`;
  if (typeof value !== 'object') return plainText(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `map[${entries.map(([name, entry]) => `${name}:${goText(entry)}`).join(' ')}]`;
}

function plainText(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

/** Returns a date such as `Fri Jul 29 18:52:53 UTC 2016`. */
function javaDate(seconds: number): string {
  // toUTCString returns, for example, `Fri, 29 Jul 2016 18:52:53 GMT`.
  const [weekday = '', day = '', month = '', year = '', time = ''] = new Date(seconds * 1000)
    .toUTCString()
    .replace(',', '')
    .split(' ');
  return `${weekday} ${month} ${day} ${time} UTC ${year}`;
}
