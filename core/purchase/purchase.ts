/** What our own checkout has sold once, as Stripe shows it now, independent of the API version. All times are Unix seconds. */
import type { CustomerStamp } from '../account/ownership.ts';
import type { PriceAccess } from '../catalogue/terms.ts';
import type { Reversal } from '../entitlement/row.ts';

/** What a purchase gives, as it was when it was sold. Later changes of the price do not alter it. */
export interface SoldTerms {
  readonly price: string;
  /** The other names of the price by which a rule can name it: its lookup key, then its product. */
  readonly keys: readonly string[];
  readonly quantity: number;
  /** Null: features alone. */
  readonly access: PriceAccess | null;
  /** Sorted keys. */
  readonly features: readonly string[];
}

/** What is asked for. */
export interface Wanted {
  /** What is sold once. Absent: a subscription. */
  readonly once?: SoldTerms;
  /** Whether the user buys although there is access already. */
  readonly again?: true;
}

/** A completed Checkout session of ours in payment mode. */
export interface OneTimePurchase extends SoldTerms {
  readonly sessionId: string;
  /** `pending`: a delayed payment method has not paid yet, and it can still fail. */
  readonly state: 'paid' | 'pending';
  /** When the charge was created, or the session if nothing had to be paid. */
  readonly chargedAt: number;
  /** Whether that is the time of the payment. A bank debit is paid days after its charge. */
  readonly isExact: boolean;
  readonly reversal: Reversal | null;
  /** What the session's own metadata say. */
  readonly stamp: CustomerStamp;
}

export interface PurchaseList {
  readonly purchases: readonly OneTimePurchase[];
  /** What the customer's own metadata say. Null if the answer does not show it: a deleted customer, or no session. */
  readonly owner: CustomerStamp | null;
}

export interface OneTimeReader {
  /** Returns what our own checkout sold once to the customer, the newest first; `missing` if it is deleted or never existed. */
  listPurchases(customerId: string): Promise<PurchaseList | 'missing'>;
  /** Returns one purchase, also of a deleted customer; `missing` if there is no such session, or it was not paid. */
  readPurchase(
    sessionId: string,
  ): Promise<{ readonly purchase: OneTimePurchase; readonly isOfDeleted: boolean } | 'missing'>;
}
