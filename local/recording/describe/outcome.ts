/** Reads bodies and outcomes the same way for every server. */
import { parseJsonObject } from '../../http/body.ts';
import type { SpanEnd } from '../recorder.ts';
import type { TappedAnswer } from '../tapped.ts';

export function outcomeOf({ status, aborted }: TappedAnswer): Pick<SpanEnd, 'outcome' | 'status'> {
  if (aborted) return { outcome: 'failed', status: null };
  if (status >= 500) return { outcome: 'failed', status };
  return { outcome: status >= 400 ? 'refused' : 'ok', status };
}

/** JSON, form fields, or text; undefined if there is nothing. */
export function bodyOf(body: Buffer, contentType: unknown): unknown {
  if (body.byteLength === 0) return undefined;
  const text = body.toString();
  if (String(contentType).includes('x-www-form-urlencoded'))
    return Object.fromEntries(new URLSearchParams(text));
  const json = parseJsonObject(text);
  if (json !== undefined) return json;
  return String(contentType).includes('html') ? undefined : text;
}

const SUB_PATTERN = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g;
const CUSTOMER_PATTERN = /\bcus_[A-Za-z0-9]+/g;

/** The `sub`s and customers that a text names, each once. Long lists of other people's records are no subjects. */
export function subjectsIn(...texts: readonly unknown[]): readonly string[] {
  const text = texts
    .map((part) => (typeof part === 'string' ? part : (JSON.stringify(part) ?? '')))
    .join(' ');
  const found = new Set([...(text.match(SUB_PATTERN) ?? []), ...(text.match(CUSTOMER_PATTERN) ?? [])]);
  return found.size > MAX_SUBJECTS ? [] : [...found];
}

const MAX_SUBJECTS = 8;
