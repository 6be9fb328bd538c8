/** What a checkout does about purchases that are made once: who owns something is asked, and who may buy is noted. */
import type { PoolUser } from '../account/pool-user.ts';
import type { EntitlementRow } from '../entitlement/row.ts';
import { type Owned, ownedOf, whatBlocks } from '../purchase/owned.ts';
import type { SaleRecord, SoldCustomers } from '../purchase/sale-record.ts';
import { purchasesIn } from '../sync/purchase-query.ts';
import { nowSeconds } from '../system/clock.ts';
import type { CheckoutRequest } from './checkout-request.ts';
import { expireAll, type ReplaceServices } from './replace.ts';
import type { StripeReading } from './stripe-state.ts';
import { syncPurchases, type UnseenServices } from './sync-unseen.ts';

/** What the user has bought once, or is paying for, keeps the user from the order. */
export interface AlreadyPurchased {
  readonly kind: 'already_purchased';
  readonly owned: readonly Owned[];
  /** Whether the user can buy all the same, on purpose. */
  readonly againAllowed: boolean;
}

interface Buyer {
  readonly user: PoolUser;
  readonly row: EntitlementRow | undefined;
  readonly customerId: string;
  readonly request: CheckoutRequest;
}

/** Returns what the user has bought once, or is paying for, and must be asked about. */
export function ownedBlocking(
  { policy, clock }: Pick<UnseenServices, 'policy' | 'clock'>,
  { row, request }: Pick<Buyer, 'row' | 'request'>,
  { purchases }: Pick<StripeReading, 'purchases'>,
): readonly Owned[] {
  const known = row === undefined ? [] : purchasesIn(row);
  return whatBlocks(ownedOf(purchases, { known, nowSeconds: nowSeconds(clock), policy }), request);
}

/** What is open could be paid too, so it expires. The row may not show yet what the user has bought. */
export async function refuseOwner(
  services: UnseenServices & Pick<ReplaceServices, 'sessions'>,
  { user, row, customerId, request }: Buyer,
  { state, owned }: { readonly state: Pick<StripeReading, 'sessions'>; readonly owned: readonly Owned[] },
): Promise<AlreadyPurchased> {
  const open = state.sessions.filter(({ status }) => status === 'open');
  const ids = open.map(({ id }) => id);
  await expireAll(services, ids);
  const shown = row === undefined ? [] : purchasesIn(row).map(({ origin }) => origin?.id);
  if (owned.some(({ sessionId, isPending }) => !isPending && !shown.includes(sessionId))) {
    await syncPurchases(services, { sub: user.sub, customerId });
  }
  const againAllowed = whatBlocks(owned, { ...request, again: true }).length === 0;
  return { kind: 'already_purchased', owned, againAllowed };
}

/**
 * Whatever becomes of its events, each sync of the user reads what was bought from now on. Returns false if the row or the customer is gone, as
 * those of a user who is being deleted.
 */
export async function noteSale(
  { sales, billing }: { readonly sales: SaleRecord; readonly billing: SoldCustomers },
  { user, row, customerId, request }: Buyer,
  now: number,
): Promise<boolean> {
  if (request.once === undefined || row?.soldOnceSince !== undefined) return true;
  // The row last: only then is nothing of this repeated.
  if ((await billing.noteSoldOnce(customerId)) === 'missing') return false;
  return sales.noteSale(user.sub, now);
}
