/** A subscription as a change must know it, and the calls to Stripe that change it. Times are Unix seconds. */
import type { PriceRole } from '../subscription/subscription.ts';
import type { RatedPrice } from './direction.ts';

export interface ChangeableItem extends RatedPrice {
  readonly itemId: string;
  readonly role: PriceRole | null;
  readonly metered: boolean;
  /** Null: usage is billed. */
  readonly quantity: number | null;
  readonly createdAt: number;
  readonly periodEnd: number | null;
}

/** What is billed of a price. */
export interface BilledItem {
  readonly priceId: string;
  /** Null: usage is billed. */
  readonly quantity: number | null;
}

export interface Changeable {
  readonly id: string;
  readonly customerId: string;
  readonly status: string;
  readonly currency: string;
  /** Whether Stripe charges the user, and does not send an invoice that is paid by hand. */
  readonly isCharged: boolean;
  readonly items: readonly ChangeableItem[];
  readonly trialEnd: number | null;
  readonly isCollectionPaused: boolean;
  /** The scheduled end, however it was scheduled. */
  readonly endsAt: number | null;
  /** Whether it ends with its period. Otherwise at a date. */
  readonly endsWithPeriod: boolean;
  readonly latestInvoiceId: string | null;
  readonly pending: PendingChange | null;
  readonly schedule: ChangeSchedule | null;
}

/** A change that Stripe makes once its invoice is paid, and drops after a day. */
export interface PendingChange {
  readonly items: readonly BilledItem[];
  readonly expiresAt: number | null;
  readonly invoiceId: string | null;
  /** Stripe's page on which the user pays or confirms. */
  readonly url: string | null;
  /** What that page takes. Null: there is none. */
  readonly amountDue: number | null;
}

/** What Stripe does with the subscription later. */
export interface ChangeSchedule {
  readonly id: string;
  /** Whether this service has planned it. */
  readonly isOurs: boolean;
  /** What follows the current phase. Null: nothing does. */
  readonly next: { readonly at: number; readonly items: readonly BilledItem[] } | null;
  /** Whether something else than one change follows, such as an end or several changes. */
  readonly isComplex: boolean;
  /** Whether its only phase is the current period, as Stripe has created it. */
  readonly isBlank: boolean;
}

/** A change of one item. Without an id, the price is added; without a quantity, the item is removed. */
export interface ItemEdit {
  readonly itemId: string | null;
  readonly priceId: string | null;
  readonly quantity: number | null;
}

/** `taken`: another request used the key. `stored`: Stripe replays a server error for it. `refused`: it does not apply now. */
export type WriteResult = 'done' | 'taken' | 'stored' | { readonly refused: Error };

export interface Reason {
  readonly feedback: string | null;
  readonly comment: string | null;
}

export interface PreviewedLine {
  readonly description: string | null;
  readonly amount: number;
  readonly proration: boolean;
  readonly priceId: string | null;
  readonly quantity: number | null;
  readonly periodStart: number | null;
  readonly periodEnd: number | null;
}

export interface PreviewedInvoice {
  readonly currency: string;
  /** Before what the customer has as a balance. Negative: a credit. */
  readonly total: number;
  readonly amountDue: number;
  readonly lines: readonly PreviewedLine[];
}

export interface PreviewQuery {
  readonly subscriptionId: string;
  readonly edits: readonly ItemEdit[];
  /** The second for which the change is calculated. */
  readonly prorationAt: number;
}

export interface SubscriptionChanger {
  readChangeable(subscriptionId: string): Promise<Changeable | 'missing'>;
  /** What the change bills at once. */
  previewChange(query: PreviewQuery): Promise<PreviewedInvoice>;
  /** What a whole period of it bills. */
  previewPeriod(query: Omit<PreviewQuery, 'prorationAt'>): Promise<PreviewedInvoice>;
  /** Bills the difference now. The change applies once that is paid. Null: Stripe takes the second of the request. */
  changeItems(
    change: {
      readonly subscriptionId: string;
      readonly edits: readonly ItemEdit[];
      readonly prorationAt: number | null;
    },
    key: string,
  ): Promise<WriteResult>;
  /** Gives the subscription a schedule that changes nothing yet. */
  createSchedule(subscriptionId: string, key: string): Promise<WriteResult>;
  /** Plans what the subscription has after its current period. The schedule releases it a day later. */
  planNext(
    plan: { readonly scheduleId: string; readonly items: readonly BilledItem[] },
    key: string,
  ): Promise<WriteResult>;
  /** Lets a scheduled end not take place. */
  undoEnd(
    end: { readonly subscriptionId: string; readonly withPeriod: boolean },
    key: string,
  ): Promise<WriteResult>;
}

/** Only core/gate calls these: they end something. */
export interface ChangeEnder {
  /** The subscription continues as it is, without the schedule and what it was going to change. */
  releaseSchedule(scheduleId: string, key: string): Promise<WriteResult>;
  /** Voids the invoice, and with it the change that waits for it. A paid one is refused. */
  discardChange(invoiceId: string, key: string): Promise<WriteResult>;
  endWithPeriod(end: { readonly subscriptionId: string } & Reason, key: string): Promise<WriteResult>;
}
