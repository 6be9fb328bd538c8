/** Writes to the row what a refused buyer pays for already, so that the refusal does not leave the user locked out. */
import { answerOf } from '../entitlement/answer.ts';
import { claimsOf } from '../entitlement/claims.ts';
import type { AccessPolicy } from '../entitlement/policy.ts';
import type { EntitlementRow } from '../entitlement/row.ts';
import { isOfThisProduct } from '../subscription/select.ts';
import { meaningOf } from '../subscription/status.ts';
import type { Subscription } from '../subscription/subscription.ts';
import { type Clock, nowSeconds } from '../system/clock.ts';
import type { Log } from '../system/log.ts';

export type SyncCustomer = (of: {
  readonly sub: string;
  readonly customerId: string;
  readonly includesPurchases?: true;
}) => Promise<unknown>;

export interface UnseenServices {
  readonly syncCustomer: SyncCustomer;
  readonly policy: AccessPolicy;
  readonly clock: Pick<Clock, 'nowMs' | 'within'>;
  readonly log: Log;
}

/** A sync takes a second. The user waits for the refusal, and an event or a reconcile run does what does not end in time. */
const LIMIT_MS = 4_000;
/** Each customer that no row lists takes a sync of its own. */
const MAX_CUSTOMERS = 3;

/** Never fails: the refusal is right whether or not the sync succeeds. */
export async function syncUnseen(
  services: UnseenServices,
  { sub, row }: { readonly sub: string; readonly row: EntitlementRow | undefined },
  subscriptions: readonly Subscription[],
): Promise<void> {
  const isLetIn = answerOf(row, nowSeconds(services.clock), services.policy).access_granted;
  const customerIds = customersToSync({ row, isLetIn }, subscriptions).slice(0, MAX_CUSTOMERS);
  if (customerIds.length === 0) return;
  await orWarn(services, sub, async () => {
    // One after the other, because they write the same row.
    for (const customerId of customerIds) await services.syncCustomer({ sub, customerId });
  });
}

/** Writes what the user has bought once. Never fails either. */
export async function syncPurchases(
  services: UnseenServices,
  of: { readonly sub: string; readonly customerId: string },
): Promise<void> {
  await orWarn(services, of.sub, () => services.syncCustomer({ ...of, includesPurchases: true }));
}

async function orWarn(services: UnseenServices, sub: string, sync: () => Promise<unknown>): Promise<void> {
  try {
    await services.clock.within(LIMIT_MS, sync);
  } catch (cause) {
    services.log.warn(
      'The user pays already, and the row could not be synced; its next event or a reconcile run syncs it.',
      { metric: 'checkout_sync_failed', user_id: sub },
      cause,
    );
  }
}

/**
 * Returns the customers whose live subscriptions the row does not show, or shows otherwise. One of those that the row lists is
 * enough, because its sync reads them all. A user who is not let in may have renewed since the last sync.
 */
export function customersToSync(
  { row, isLetIn }: { readonly row: EntitlementRow | undefined; readonly isLetIn: boolean },
  subscriptions: readonly Subscription[],
): readonly string[] {
  const claims = row === undefined ? [] : claimsOf(row);
  const shown = new Map(claims.map(({ subscriptionId, stripeStatus }) => [subscriptionId, stripeStatus]));
  const unseen = subscriptions
    .filter((subscription) => isOfThisProduct(subscription) && meaningOf(subscription.status).alive)
    .filter(({ id, status }) => !isLetIn || shown.get(id) !== status)
    .map(({ customerId }) => customerId);
  const unlisted = [...new Set(unseen)].filter((id) => row?.customerIds.includes(id) !== true);
  return unlisted.length > 0 ? unlisted : unseen.slice(0, 1);
}
