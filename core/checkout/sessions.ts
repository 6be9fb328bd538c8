/** The port to Stripe Checkout. Every method throws a `Fault` if Stripe does not answer or refuses. */

import type { CheckoutRequest } from './checkout-request.ts';
import type { Collection, SaleTerms } from './sale-terms.ts';

export interface Order extends CheckoutRequest {
  readonly sub: string;
  readonly customerId: string;
}

export interface OpenedOrder extends Order {
  /** A short hash of the order: equal requests have equal fingerprints. */
  readonly fingerprint: string;
  /** Null: no trial. */
  readonly trialDays: number | null;
  readonly terms: SaleTerms;
  readonly collection: Collection;
  /** Unix seconds. */
  readonly expiresAt: number;
}

export interface CheckoutSession {
  readonly id: string;
  /** `payment`: it sells something once. Those that other code opened are left out. */
  readonly mode: 'subscription' | 'payment';
  readonly status: 'open' | 'complete' | 'expired';
  /** Stripe's page. Null unless the session is open and has a page of its own. */
  readonly url: string | null;
  /** Null unless the session is open and is shown within a page of the app. */
  readonly clientSecret: string | null;
  /** Null: Stripe does not say. */
  readonly amounts: SessionAmounts | null;
  /** Completed with a delayed payment method, whose payment can still succeed or fail. */
  readonly paymentPending: boolean;
  /** Unix seconds. */
  readonly createdAt: number;
  readonly expiresAt: number;
  /** Null for a session that other code opened. */
  readonly fingerprint: string | null;
  /** The days of the trial with which this checkout opened the session. Null: none. */
  readonly trialDays: number | null;
}

/** What a whole period costs, with the discount. Stripe counts it also where the session begins with a trial. */
export interface SessionAmounts {
  readonly total: number;
  readonly currency: string;
  /** Null: Stripe cannot say before the user enters an address. */
  readonly tax: number | null;
}

export interface Opening {
  readonly key: string;
  /** The number of keys before this one for which Stripe has stored a failure. */
  readonly generation: number;
}

export interface CheckoutSessions {
  /** Returns a customer's sessions of both modes: all open ones, and the newest hundred in any status. */
  list(customerId: string): Promise<readonly CheckoutSession[] | 'missing'>;
  retrieve(sessionId: string): Promise<CheckoutSession['status'] | 'missing'>;
  /**
   * Opens a session. Two calls with the same order and key open one. `failure_stored`: Stripe replays a server error for the
   * key. `missing`: the customer was deleted in the meantime.
   */
  open(order: OpenedOrder, opening: Opening): Promise<CheckoutSession | 'failure_stored' | 'missing'>;
  /** Returns `not_open` if the session was completed, or does not exist. */
  expire(sessionId: string): Promise<'expired' | 'not_open'>;
}
