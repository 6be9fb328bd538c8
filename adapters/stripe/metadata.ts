/** How our users are named at Stripe. The one place that knows the keys. */
import { createHash } from 'node:crypto';
import { isSub } from '../../core/account/sub.ts';
import { textAt, type UnknownRecord } from '../../core/system/record.ts';

/** Customers made by the website carry only the second. */
const subKeys = ['cognito_sub', 'cognito_user_id'] as const;

export function subIn(metadata: UnknownRecord | null): string | null {
  for (const key of subKeys) {
    const sub = textAt(metadata, key)?.trim();
    if (isSub(sub)) return sub;
  }
  return null;
}

export function metadataFor(sub: string): Record<string, string> {
  return { [subKeys[0]]: sub };
}

/** Several pools may share one Stripe account, as those of two stages do in test mode. */
const POOL_KEY = 'cognito_user_pool';

/** From pool and `sub` alone, so that the creation may be repeated. */
export function creationMetadataFor(poolId: string, sub: string): Record<string, string> {
  return { ...metadataFor(sub), [POOL_KEY]: poolId };
}

/** Whom a customer names of this pool: one that is known to be of another pool names nobody here. */
export function subOfPool(metadata: UnknownRecord | null, poolId: string): string | null {
  return isOfAnotherPool(metadata, poolId) ? null : subIn(metadata);
}

export function isOfAnotherPool(metadata: UnknownRecord | null, poolId: string): boolean {
  const named = textAt(metadata, POOL_KEY);
  return named !== null && named !== poolId;
}

/** On Checkout sessions and subscriptions that our own checkout made, so that they are told from others' later. */
const madeBy = { key: 'made_by', value: 'predixa-checkout' } as const;

export function checkoutMetadataFor(sub: string): Record<string, string> {
  return { ...metadataFor(sub), [madeBy.key]: madeBy.value };
}

export function isFromOurCheckout(metadata: UnknownRecord | null): boolean {
  return textAt(metadata, madeBy.key) === madeBy.value;
}

/** Stripe's search language: single-quoted values, with a backslash before quotes. */
export function searchQueryFor(sub: string): string {
  const value = sub.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
  return subKeys.map((key) => `metadata['${key}']:'${value}'`).join(' OR ');
}

/** The idempotency key under which a user's customer is made. A header cannot carry every text, nor Stripe long ones. */
export function creationKeyFor(poolId: string, sub: string, replaces: string | null = null): string {
  const parts = replaces === null ? [poolId, sub] : [poolId, sub, replaces];
  return `customer-${createHash('sha256').update(JSON.stringify(parts)).digest('hex')}`;
}
