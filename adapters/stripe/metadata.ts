/** Reads and writes the Stripe metadata that names users. Only this module knows the metadata keys. */
import { createHash } from 'node:crypto';
import type { CustomerStamp } from '../../core/account/ownership.ts';
import { isSub } from '../../core/account/sub.ts';
import { textAt, type UnknownRecord } from '../../core/system/record.ts';

/** Customers created by the website have only the second key. */
const subKeys = ['cognito_sub', 'cognito_user_id'] as const;

/** Names the user pool, because several pools may share one Stripe account, such as two stages in test mode. */
const POOL_KEY = 'cognito_user_pool';

export function subIn(metadata: UnknownRecord | null): string | null {
  for (const key of subKeys) {
    const sub = textAt(metadata, key)?.trim();
    if (isSub(sub)) return sub;
  }
  return null;
}

/**
 * Returns the user that the metadata named before a change. Stripe reports the old values of the keys that changed, and
 * null for a key that was added.
 */
export function formerSubIn(
  metadata: UnknownRecord | null,
  previousValues: UnknownRecord | null,
): string | null {
  return subIn({ ...metadata, ...previousValues });
}

/** Returns what a customer's or a session's own metadata say. */
export function stampIn(metadata: UnknownRecord | null): CustomerStamp {
  const soldOnce = textAt(metadata, SOLD_ONCE) === null ? {} : { soldOnce: true as const };
  return { sub: subIn(metadata), poolId: textAt(metadata, POOL_KEY), ...soldOnce };
}

/** Marks customers that the checkout has offered something to that is bought once. */
const SOLD_ONCE = 'predixa_sold_once';

export const soldOnceMetadata: Readonly<Record<string, string>> = { [SOLD_ONCE]: 'true' };

/** Depends only on the pool and the `sub`, so that a retried creation sends the same parameters. */
export function stampFor(poolId: string, sub: string): Record<string, string> {
  return { [subKeys[0]]: sub, [POOL_KEY]: poolId };
}

/** Returns the user of this pool that the metadata names, or null if they name none or another pool. */
export function subOfPool(metadata: UnknownRecord | null, poolId: string): string | null {
  return isOfAnotherPool(metadata, poolId) ? null : subIn(metadata);
}

export function isOfAnotherPool(metadata: UnknownRecord | null, poolId: string): boolean {
  const named = textAt(metadata, POOL_KEY);
  return named !== null && named !== poolId;
}

/** Marks Checkout sessions and subscriptions that our own checkout created. */
const madeBy = { key: 'made_by', value: 'predixa-checkout' } as const;

/** Names the deletion of an account that made a refund, for longer than Stripe keeps an idempotency key. */
const refundKeys = {
  deletion: 'predixa_deletion',
  subscription: 'predixa_subscription',
  invoice: 'predixa_invoice',
} as const;

/** What the metadata in an event are read for. All else in them is the app's own, and may be personal. */
export const keysOfEvents: readonly string[] = [...subKeys, madeBy.key, refundKeys.deletion];

/** What a refund was made for: the time of the request to delete the account, and what was paid. */
export interface RefundStamp {
  readonly requestedAt: number;
  readonly subscriptionId: string;
  readonly invoiceId: string;
}

export function refundMetadataFor(stamp: RefundStamp): Record<string, string> {
  return {
    reason: 'account_deleted',
    [refundKeys.deletion]: String(stamp.requestedAt),
    [refundKeys.subscription]: stamp.subscriptionId,
    [refundKeys.invoice]: stamp.invoiceId,
  };
}

export function isRefundFor(metadata: UnknownRecord | null, stamp: RefundStamp): boolean {
  return Object.entries(refundMetadataFor(stamp)).every(([key, value]) => textAt(metadata, key) === value);
}

/** Returns whether the deletion of an account made the refund. */
export function isOfDeletion(metadata: UnknownRecord | null): boolean {
  return textAt(metadata, refundKeys.deletion) !== null;
}

export function checkoutMetadataFor(poolId: string, sub: string): Record<string, string> {
  return { ...stampFor(poolId, sub), [madeBy.key]: madeBy.value };
}

export function isFromOurCheckout(metadata: UnknownRecord | null): boolean {
  return textAt(metadata, madeBy.key) === madeBy.value;
}

/** Returns a query in Stripe's search language, in which values are single-quoted and quotes escaped. */
export function searchQueryFor(sub: string): string {
  const value = sub.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
  return subKeys.map((key) => `metadata['${key}']:'${value}'`).join(' OR ');
}

/** What an idempotency key of a customer's creation derives from. */
export interface CreationKeyParts {
  readonly poolId: string;
  readonly sub: string;
  readonly replaces?: string | null;
  readonly generation?: number;
}

/** Returns the idempotency key of a customer's creation: a hash, because headers and Stripe limit its form and length. */
export function creationKeyFor({ poolId, sub, replaces = null, generation = 0 }: CreationKeyParts): string {
  const parts = [
    poolId,
    sub,
    ...(replaces === null ? [] : [replaces]),
    ...(generation === 0 ? [] : [generation]),
  ];
  return `customer-${createHash('sha256').update(JSON.stringify(parts)).digest('hex')}`;
}
