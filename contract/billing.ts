/**
 * The body of `GET /me/billing`. Names and values are Stripe's. Times are Unix seconds, and amounts are in the currency's smallest
 * unit. A part that `unavailable` names is missing, or lacks what one of several customers has.
 */
export interface BillingResponse {
  /** Invoices that the user must confirm or pay, the oldest first. Empty: nothing is due. `null`: not known now. */
  readonly payments_due: readonly DuePayment[] | null;
  /** The next charge that Stripe makes by itself. `null`: there will be none, or it is not known now. */
  readonly next_charge: NextCharge | null;
  /** What the next charge, or else the next attempt at one that failed, is taken from. `null`: nothing, or not known now. */
  readonly payment_method: PaymentMethod | null;
  /** What will change by itself, the soonest first. */
  readonly scheduled: readonly UpcomingChange[] | null;
  readonly invoices: InvoicePage | null;
  readonly tax_ids: readonly TaxId[] | null;
  /** What the invoices are made out to. `null`: no customer, or not known now. */
  readonly billing_details: BillingDetails | null;
  /** The page on which a user changes what was bought in an app store. `null`: nothing was. */
  readonly manage_url: string | null;
  /** The parts that Stripe did not answer now, or that the key of the service may not read. */
  readonly unavailable: readonly BillingPart[];
}

export const billingParts = [
  'payments_due',
  'next_charge',
  'payment_method',
  'scheduled',
  'invoices',
  'tax_ids',
  'billing_details',
] as const;
export type BillingPart = (typeof billingParts)[number];

/** Why a payment is not made. */
export const dueReasons = [
  /** The user's bank asks the user to confirm it. */
  'confirmation_required',
  /** The payment failed, or there is nothing to take it from. */
  'payment_failed',
  /** The invoice was sent, and is paid by the user. */
  'payment_required',
  /** A payment is on its way, such as a debit that takes days. The user has nothing to do. */
  'processing',
] as const;
export type DueReason = (typeof dueReasons)[number];

export interface DuePayment {
  /** The id of the invoice. */
  readonly invoice: string;
  readonly number: string | null;
  readonly subscription: string | null;
  readonly reason: DueReason;
  /** What remains to be paid. */
  readonly amount: number;
  readonly currency: string;
  /** When the invoice was first to be paid. */
  readonly since: number | null;
  /** When an invoice that was sent is to be paid. */
  readonly due_at: number | null;
  /** When Stripe tries again. `null`: it does not. */
  readonly next_attempt_at: number | null;
  /** Stripe's page on which the user confirms or pays it. */
  readonly hosted_invoice_url: string | null;
}

export interface NextCharge {
  readonly subscription: string;
  /** With discounts, taxes and the customer's balance. What is used until then is added. */
  readonly amount: number;
  readonly currency: string;
  readonly at: number;
  /** Whether it is the first charge after a trial. */
  readonly ends_trial: boolean;
  /** `send_invoice`: an invoice is sent instead of a charge. */
  readonly collection_method: 'charge_automatically' | 'send_invoice';
}

export interface PaymentMethod {
  readonly id: string;
  /** Stripe's type, such as `card` or `sepa_debit`. */
  readonly type: string;
  /** The brand of a card, such as `visa`, or the name of a bank. */
  readonly brand: string | null;
  readonly last4: string | null;
  /** Of a card. From 1 to 12. */
  readonly exp_month: number | null;
  readonly exp_year: number | null;
  /** When the last month of a card is over, in UTC. */
  readonly expires_at: number | null;
  /** `null`: it does not expire, or there is no next charge. */
  readonly expires_before_next_charge: boolean | null;
}

export interface UpcomingChange {
  /** `cancel`: the subscription ends. `change`: it goes on with other prices. */
  readonly kind: 'cancel' | 'change';
  readonly at: number;
  readonly subscription: string;
  /** What it goes on with. Empty for `cancel`. */
  readonly items: readonly UpcomingItem[];
}

export interface UpcomingItem {
  readonly price: string;
  /** `null`: the price bills usage. */
  readonly quantity: number | null;
}

export interface InvoicePage {
  /** The newest first. */
  readonly data: readonly Invoice[];
  readonly has_more: boolean;
  /** For `GET /me/billing?invoices_after=`. `null`: this is the last page. */
  readonly next_cursor: string | null;
}

export interface Invoice {
  readonly id: string;
  readonly number: string | null;
  readonly created: number;
  readonly status: 'open' | 'paid' | 'void' | 'uncollectible';
  readonly total: number;
  readonly amount_paid: number;
  readonly amount_remaining: number;
  readonly currency: string;
  readonly hosted_invoice_url: string | null;
  readonly invoice_pdf: string | null;
}

export interface TaxId {
  readonly id: string;
  /** Stripe's type, such as `eu_vat`. */
  readonly type: string;
  readonly value: string;
  /** What the authorities say. `unavailable`: Stripe does not ask them about this type. */
  readonly verification: 'pending' | 'verified' | 'unverified' | 'unavailable' | null;
}

export interface BillingDetails {
  readonly name: string | null;
  readonly email: string | null;
  readonly phone: string | null;
  readonly address: BillingAddress | null;
}

export interface BillingAddress {
  readonly line1: string | null;
  readonly line2: string | null;
  readonly city: string | null;
  readonly state: string | null;
  readonly postal_code: string | null;
  /** Two letters. */
  readonly country: string | null;
}
