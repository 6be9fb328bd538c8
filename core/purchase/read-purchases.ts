/** Reads what a user has bought once, across the user's customers: one call for each, and one for each purchase that went back. */
import { mayGiveAccess } from '../account/ownership.ts';
import type { Claim } from '../entitlement/row.ts';
import { claimsOfPurchases, type PurchaseClaims } from './claims-of-purchases.ts';
import type { OneTimePurchase, OneTimeReader, PurchaseList } from './purchase.ts';

/** Whether a sync reads what was bought once, and what the row has of it. */
export interface PurchaseQuery {
  /** `customerIds`: the customers that the row will list. */
  readonly isRead: (customerIds: readonly string[]) => boolean;
  readonly known: readonly Claim[];
}

export interface PurchaseRequest {
  readonly sub: string;
  readonly customerIds: readonly string[];
  readonly known: readonly Claim[];
  /** When the read began, by Stripe's clock. */
  readonly asOf: number | null;
}

interface ReaderServices {
  readonly billing: OneTimeReader;
}

export async function readPurchaseClaims(
  services: ReaderServices,
  request: PurchaseRequest,
): Promise<PurchaseClaims> {
  const { sub, customerIds, known } = request;
  const ids = known.map(({ origin }) => origin?.id).filter((id) => id !== undefined);
  const listed = await readPurchases(services, { sub, customerIds, known: ids });
  const shown = new Set(listed.map(({ sessionId }) => sessionId));
  const unlisted = ids.filter((id) => !shown.has(id));
  const orphans = await Promise.all(unlisted.map((id) => ofDeletedCustomer(services, id)));
  return claimsOfPurchases([...listed, ...orphans.flat()], request);
}

/** Returns every purchase of these customers that is the user's. */
export async function readPurchases(
  { billing }: ReaderServices,
  {
    sub,
    customerIds,
    known,
  }: Pick<PurchaseRequest, 'sub' | 'customerIds'> & {
    /** The sessions that the row shows. */
    readonly known: readonly string[];
  },
): Promise<readonly OneTimePurchase[]> {
  const lists = await Promise.all(customerIds.map((id) => billing.listPurchases(id)));
  return lists.flatMap((list) => (list === 'missing' ? [] : purchasesOf(list, sub, known)));
}

/**
 * The customer's own metadata decide whose it is. Where they name no one, each session says who has bought, and what the row
 * shows stays: the customer may have been given to its user before its metadata were edited.
 */
function purchasesOf(
  { purchases, owner }: PurchaseList,
  sub: string,
  known: readonly string[],
): readonly OneTimePurchase[] {
  if (owner !== null && owner.sub !== null) return mayGiveAccess(owner, sub) ? purchases : [];
  return purchases.filter(({ stamp, sessionId }) => stamp.sub === sub || known.includes(sessionId));
}

/** A person who deletes a customer in Stripe ends its subscriptions, and not what was paid for once. */
async function ofDeletedCustomer(
  { billing }: ReaderServices,
  sessionId: string,
): Promise<readonly OneTimePurchase[]> {
  const found = await billing.readPurchase(sessionId);
  return found !== 'missing' && found.isOfDeleted ? [found.purchase] : [];
}
