/** What a billing page is made of, as one of the user's customers in Stripe has it. All times are Unix seconds. */
import type { BillingDetails, Invoice, TaxId } from '../../contract/billing.ts';
import type { CustomerStamp } from '../account/ownership.ts';

/** A subscription that has not ended. */
export interface BilledSubscription {
  readonly id: string;
  readonly customerId: string;
  readonly status: string;
  readonly itemIds: readonly string[];
  /** The soonest end of the periods of its items. */
  readonly periodEnd: number | null;
  readonly trialEnd: number | null;
  /** When it ends, however that was scheduled. */
  readonly endsAt: number | null;
  readonly collectionPaused: boolean;
  /** Its invoices are sent, and paid by the user. */
  readonly isSent: boolean;
  /** What it is paid with: its own default, or else that of the customer. */
  readonly paymentMethodId: string | null;
  readonly scheduleId: string | null;
}

export interface BilledCustomer {
  readonly id: string;
  readonly owner: CustomerStamp;
  /** What the metadata of its live subscriptions say. */
  readonly stamps: readonly CustomerStamp[];
  readonly subscriptions: readonly BilledSubscription[];
  readonly paymentMethodId: string | null;
  readonly details: BillingDetails;
}

export interface OpenInvoice {
  readonly id: string;
  readonly number: string | null;
  readonly subscriptionId: string | null;
  readonly isSent: boolean;
  /** Whether Stripe goes on with it by itself. */
  readonly autoAdvance: boolean;
  readonly attempts: number;
  readonly amountRemaining: number;
  readonly currency: string;
  readonly createdAt: number;
  readonly finalizedAt: number | null;
  readonly dueAt: number | null;
  readonly nextAttemptAt: number | null;
  readonly page: string | null;
}

/** A draft is not shown, but counts as an entry of its page. */
export interface ListedInvoice {
  readonly id: string;
  readonly created: number;
  readonly invoice: Invoice | null;
}

export interface InvoiceQuery {
  /** No later ones. Null: all. */
  readonly createdUntil: number | null;
  readonly limit: number;
}

/** `quantity` is null for a price that bills usage. */
export type PhaseItems = readonly { readonly price: string; readonly quantity: number | null }[];

export interface Phases {
  /** What follows the current phase. Null: nothing. */
  readonly next: { readonly at: number; readonly items: PhaseItems } | null;
  /** When the schedule cancels the subscription. */
  readonly cancelsAt: number | null;
}

export interface MethodFacts {
  readonly id: string;
  readonly type: string;
  readonly brand: string | null;
  readonly last4: string | null;
  readonly expMonth: number | null;
  readonly expYear: number | null;
}

/** Each method is one call to Stripe, except the first, which is two. All throw a `Fault` if Stripe does not answer or refuses. */
export interface BillingReader {
  /** `missing`: the customer is deleted, or never existed. */
  readCustomer(customerId: string): Promise<BilledCustomer | 'missing'>;
  /** The newest first. */
  listInvoices(
    customerId: string,
    query: InvoiceQuery,
  ): Promise<{ readonly entries: readonly ListedInvoice[]; readonly hasMore: boolean }>;
  listOpenInvoices(customerId: string): Promise<readonly OpenInvoice[]>;
  /** Returns Stripe's status of the payment of an invoice. Null: there is none. */
  readPaymentStatus(invoiceId: string): Promise<string | null>;
  /** Returns what the next invoice of a subscription asks for. `none`: there is none. `items`: what it has by then, if others than now. */
  previewNext(
    subscription: Pick<BilledSubscription, 'id' | 'customerId' | 'itemIds'>,
    items: PhaseItems | null,
  ): Promise<{ readonly amount: number; readonly currency: string } | 'none'>;
  readPhases(scheduleId: string): Promise<Phases>;
  readPaymentMethod(id: string): Promise<MethodFacts | 'missing'>;
  listTaxIds(customerId: string): Promise<readonly TaxId[]>;
}
