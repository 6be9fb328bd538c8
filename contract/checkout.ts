/** The bodies of the routes that lead to Stripe's pages. A handler refuses any other field of a request. */
import type { BillingInterval, TrialOffer } from './prices.ts';

/** Where Stripe's page is shown: on its own address, or within a page of the app. Stripe's names. */
export type UiMode = 'hosted_page' | 'embedded_page' | 'elements';
/** The same, with the names of older versions of Stripe. */
export type RequestedUiMode = 'hosted_page' | 'embedded_page' | 'elements' | 'hosted' | 'embedded' | 'custom';

/** The languages of Stripe's page. */
export const checkoutLocales = [
  'auto',
  'bg',
  'cs',
  'da',
  'de',
  'el',
  'en',
  'en-GB',
  'es',
  'es-419',
  'et',
  'fi',
  'fil',
  'fr',
  'fr-CA',
  'hi-IN',
  'hr',
  'hu',
  'id',
  'it',
  'ja',
  'ko',
  'lt',
  'lv',
  'ms',
  'mt',
  'nb',
  'nl',
  'pl',
  'pt',
  'pt-BR',
  'ro',
  'ru',
  'sk',
  'sl',
  'sv',
  'th',
  'tr',
  'vi',
  'zh',
  'zh-HK',
  'zh-TW',
] as const;
export type CheckoutLocale = (typeof checkoutLocales)[number];

/** An order. The trial, the customer and the coupons are the server's decision. */
export interface CheckoutSessionRequest {
  /** The id or the lookup key of a price that `CHECKOUT_PRICES` lists. */
  readonly price: string;
  /** A URL of an allowed origin. Stripe replaces `{CHECKOUT_SESSION_ID}`. Default: the configured URL. */
  readonly success_url?: string | null;
  /** A URL of an allowed origin. Default: the configured URL. */
  readonly cancel_url?: string | null;
  /** With `embedded_page` and `elements`, in place of the two above. Default: the configured `success_url`. */
  readonly return_url?: string | null;
  /**
   * At most `CHECKOUT_MAX_QUANTITY`.
   * @minimum 1
   * @default 1
   */
  readonly quantity?: number;
  /**
   * What is bought with the plan: prices whose `predixa_role` is `add_on`, in the currency and interval of the plan.
   * @maxItems 19
   */
  readonly add_ons?: readonly OrderedAddOn[] | null;
  /**
   * Whether Stripe's page shows a field for promotion codes.
   * @default false
   */
  readonly promotion?: boolean;
  /** The language of Stripe's page. Default: that of the browser. */
  readonly locale?: CheckoutLocale | null;
  /**
   * `embedded_page` and `elements` answer with a `client_secret` for Stripe.js. The names of older versions of Stripe, `hosted`,
   * `embedded` and `custom`, are understood too.
   * @default "hosted_page"
   */
  readonly ui_mode?: RequestedUiMode | null;
  /**
   * Whether the user buys although there is access already: extends a pass, or buys next to a subscription or another purchase.
   * Send it only after the user has confirmed that.
   * @default false
   */
  readonly again?: boolean;
}

export interface OrderedAddOn {
  /** The id or the lookup key of an add-on that `CHECKOUT_PRICES` lists. */
  readonly price: string;
  /**
   * At most `CHECKOUT_MAX_QUANTITY`.
   * @minimum 1
   * @default 1
   */
  readonly quantity?: number;
}

/** What a user has bought once, as `already_purchased` names it. */
export interface OwnedPurchase {
  /** The price id. `null`: features alone. */
  readonly plan: string | null;
  readonly features: readonly string[];
  /** Unix seconds. `null`: it has no end, or is not paid yet. */
  readonly current_period_end: number | null;
  /** `pending`: a delayed payment has not arrived yet. */
  readonly status: 'active' | 'pending';
}

export interface CheckoutSessionResponse {
  /** The id of the Checkout session. */
  readonly id: string;
  /** Stripe's page. Send the user there before `expires_at`. `null` with `embedded_page` and `elements`. */
  readonly url: string | null;
  /** What Stripe.js shows the page with. `null` with `hosted_page`. */
  readonly client_secret: string | null;
  /** Unix seconds. */
  readonly expires_at: number;
  /** The trial with which the subscription begins, or why there is none. `null`: nothing that is billed again is bought. */
  readonly trial: TrialOffer | null;
  /** What the user pays now. `null`: Stripe does not say. */
  readonly due_today: DueToday | null;
  /** What the user pays next. `null`: nothing. */
  readonly due_next: DueNext | null;
}

export interface DueToday {
  /** In the currency's smallest unit, after the discount, and with `tax`. */
  readonly amount: number;
  /** An ISO 4217 code in lower case. */
  readonly currency: string;
  /** What of it is tax. `null`: not known before the user enters an address, so it may be added. */
  readonly tax: number | null;
}

export interface DueNext {
  /** What the prices say, before discounts, and before a tax that is added. `null`: it depends on the quantity or on usage. */
  readonly amount: number | null;
  readonly currency: string;
  /** When, in Unix seconds, if the user pays now. */
  readonly at: number;
  readonly interval: BillingInterval;
}

/** The tasks that the billing portal can open directly. */
export type PortalFlow =
  | 'payment_method_update'
  | 'customer_update'
  | 'subscription_cancel'
  | 'subscription_update'
  | 'subscription_pause';

export interface BillingPortalSessionRequest {
  /** A URL of an allowed origin. Default: the configured URL. */
  readonly return_url?: string | null;
  /** The task to open. Default: the whole portal. */
  readonly flow?: PortalFlow | null;
}

export interface BillingPortalSessionResponse {
  /** Stripe's page. It expires within minutes, so request it when the user clicks. */
  readonly url: string;
}
