/** The bodies of the routes that change a subscription. A handler refuses any other field of a request. */

/** What a user can give as the main reason to cancel. */
export type CancellationFeedback =
  | 'customer_service'
  | 'low_quality'
  | 'missing_features'
  | 'other'
  | 'switched_service'
  | 'too_complex'
  | 'too_expensive'
  | 'unused';

/** `now`: at once, and the difference is billed. `period_end`: with the next period. */
export type ChangeTime = 'now' | 'period_end';

export interface OrderedAddOn {
  /** The id or the lookup key of an add-on. */
  readonly price: string;
  /**
   * At most `CHECKOUT_MAX_QUANTITY`.
   * @minimum 1
   * @default 1
   */
  readonly quantity?: number;
}

/** What is to change. What is left out stays as it is. */
export interface SubscriptionPreviewRequest {
  /** The id or the lookup key of a plan that `CHECKOUT_PRICES` lists. */
  readonly price?: string;
  /**
   * How many of the plan, such as seats. At most `CHECKOUT_MAX_QUANTITY`.
   * @minimum 1
   */
  readonly quantity?: number;
  /** All add-ons that the subscription has afterwards. An empty list removes them. */
  readonly add_ons?: readonly OrderedAddOn[];
  /** Default: an upgrade now, and everything else with the next period. In a trial, now. */
  readonly when?: ChangeTime;
}

export interface SubscriptionChange extends SubscriptionPreviewRequest {
  /** The `preview` of an answer, so that the change bills what it shows or is refused. */
  readonly preview?: string;
}

export interface SubscriptionCancellation {
  readonly feedback?: CancellationFeedback | null;
  /** What the user writes about it. Only for those who run the app. */
  readonly comment?: string | null;
}

/** Exactly one of the three. */
export interface SubscriptionRequest {
  readonly change?: SubscriptionChange;
  /** Lets the subscription end with its paid period. */
  readonly cancel?: SubscriptionCancellation;
  /** Undoes a scheduled end, a scheduled change, and one that waits for its payment. */
  readonly resume?: Readonly<Record<string, never>>;
}

export interface SubscribedItem {
  /** The id of the price. */
  readonly price: string;
  /** Null: usage is billed. */
  readonly quantity: number | null;
}

/** What the subscription has next. */
export interface NextItems {
  readonly price: string | null;
  readonly quantity: number | null;
  readonly add_ons: readonly SubscribedItem[];
  /** Unix seconds. */
  readonly at: number;
}

/** The subscription as Stripe has it now. */
export interface SubscriptionState {
  readonly price: string | null;
  readonly quantity: number | null;
  readonly add_ons: readonly SubscribedItem[];
  readonly currency: string;
  /** When it ends. Null: it goes on. */
  readonly cancel_at: number | null;
  readonly scheduled_change: NextItems | null;
}

export interface SubscriptionResponse {
  /**
   * - `changed`: the subscription has what was asked for.
   * - `scheduled`: it has it from `at` on.
   * - `payment_required`: nothing has changed. It changes once the user has paid on `payment_url`.
   * - `ending`: it ends at `at`.
   * - `resumed`: it goes on as it is.
   */
  readonly outcome: 'changed' | 'scheduled' | 'payment_required' | 'ending' | 'resumed';
  /** Unix seconds. */
  readonly at: number | null;
  /** Stripe's page on which the user pays or confirms. Until `payment_expires_at`. */
  readonly payment_url: string | null;
  readonly payment_expires_at: number | null;
  readonly subscription: SubscriptionState;
}

/** A line of what is billed now. */
export interface PreviewLine {
  readonly description: string | null;
  /** In the currency's smallest unit. Negative: credited. */
  readonly amount: number;
  /** Whether it is the difference for a part of a period. */
  readonly proration: boolean;
  readonly price: string | null;
  readonly quantity: number | null;
  /** Unix seconds. */
  readonly period_start: number | null;
  readonly period_end: number | null;
}

export interface NextInvoice {
  /** Without what the customer has as a balance, and without further changes and usage. */
  readonly amount: number;
  /** Unix seconds. */
  readonly at: number;
}

export interface SubscriptionPreviewResponse {
  /** Send it with the change, so that the change bills what is shown here or is refused. */
  readonly preview: string;
  /** Until then the preview can be sent. Unix seconds. */
  readonly expires_at: number;
  readonly direction: 'upgrade' | 'downgrade' | 'same' | 'switch';
  readonly when: ChangeTime;
  /** Unix seconds. */
  readonly takes_effect_at: number;
  readonly currency: string;
  /** What the user pays at once, in the currency's smallest unit. */
  readonly due_now: number;
  /** What the change credits. Stripe takes it off the next invoices. */
  readonly credit: number;
  /** The lines of what is billed at once. The first ten, of more. */
  readonly lines: readonly PreviewLine[];
  /** Null: nothing more is billed. */
  readonly next_invoice: NextInvoice | null;
  readonly subscription: SubscriptionState;
}
