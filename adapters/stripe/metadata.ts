/** How our users are named in Stripe's metadata. The one place that knows the keys. */
import { type Json, textAt } from './json.ts';

/** Longer values name nobody of ours; DynamoDB would refuse them as a key. */
const MAX_SUB_LENGTH = 128;

/** Customers made by the website carry only the second. */
const KEYS = ['cognito_sub', 'cognito_user_id'] as const;

export function subIn(metadata: Json | null): string | null {
  for (const key of KEYS) {
    const sub = textAt(metadata, key)?.trim();
    if (sub && sub.length <= MAX_SUB_LENGTH) return sub;
  }
  return null;
}

export function metadataFor(sub: string): Record<string, string> {
  return { [KEYS[0]]: sub };
}

/** Stripe's search language: single-quoted values, with a backslash before quotes. */
export function searchQueryFor(sub: string): string {
  const value = sub.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
  return KEYS.map((key) => `metadata['${key}']:'${value}'`).join(' OR ');
}
