/** An authentication that a card's bank asks the customer for, and what it is for. Stripe's API does not show it. */

export interface CheckoutPurpose {
  readonly type: 'checkout';
  readonly session: string;
  readonly email: string | null;
  readonly name: string | null;
}

export interface InvoicePurpose {
  readonly type: 'invoice';
  readonly invoice: string;
  /** Whether the card is saved for later payments. */
  readonly saves: boolean;
}

export interface PortalPurpose {
  readonly type: 'portal';
  readonly session: string;
  /** The subscription that the card is for, or null if it becomes the customer's default. */
  readonly subscription: string | null;
}

/** A payment intent or a setup intent that was confirmed through the API. */
export interface IntentPurpose {
  readonly type: 'intent';
  readonly intent: string;
  readonly return_url: string | null;
}

export interface Challenge {
  id: string;
  purpose: CheckoutPurpose | IntentPurpose | InvoicePurpose | PortalPurpose;
  payment_method: string;
  /** Null when a card is saved and nothing is charged. */
  amount: number | null;
  currency: string | null;
  created: number;
  /** The customer's answer has led to a payment or a saved card, or to a problem. Null until there is an answer. */
  outcome: 'complete' | { readonly code: string; readonly message: string } | null;
}
