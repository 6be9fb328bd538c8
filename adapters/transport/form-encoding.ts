/** Encodes parameters as Stripe reads them: `a[b]=c` for what is nested, and `a[0]=b` for lists. */
import { percentEncoded } from './percent-encoding.ts';

/** Leaves out what is undefined. Null is an empty text, which unsets a value. A date is a time in Unix seconds. */
export function formEncoded(params: object): string {
  const pairs: string[] = [];
  for (const [name, value] of Object.entries(params)) add(pairs, name, value);
  return pairs.join('&');
}

function add(pairs: string[], name: string, value: unknown): void {
  const text = textOf(value);
  if (text !== undefined) pairs.push(`${encoded(name)}=${encoded(text)}`);
  else for (const [key, entry] of Object.entries(value ?? {})) add(pairs, `${name}[${key}]`, entry);
}

/** Returns undefined for what has entries, and for what is left out. */
function textOf(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'bigint':
    case 'boolean':
      return String(value);
    case 'object':
      if (value === null) return '';
      return isTime(value) ? String(Math.floor(value.getTime() / 1000)) : undefined;
    default:
      return undefined;
  }
}

function isTime(value: object): value is { getTime(): number } {
  return 'getTime' in value && typeof value.getTime === 'function';
}

/** Brackets remain readable. */
function encoded(text: string): string {
  return percentEncoded(text).replace(/%5B/g, '[').replace(/%5D/g, ']');
}
