/** The port to Stripe Checkout. Every method throws a `Fault` if Stripe does not answer or refuses. */

import type { CheckoutRequest } from './checkout-request.ts';

export interface Order extends CheckoutRequest {
  readonly sub: string;
  readonly customerId: string;
}

export interface OpenedOrder extends Order {
  /** A short hash of the order: equal requests have equal fingerprints. */
  readonly fingerprint: string;
  /** Null: no trial. */
  readonly trialDays: number | null;
  /** Unix seconds. */
  readonly expiresAt: number;
}

export interface CheckoutSession {
  readonly id: string;
  /** `payment`: it sells something once. Those that other code opened are left out. */
  readonly mode: 'subscription' | 'payment';
  readonly status: 'open' | 'complete' | 'expired';
  /** Null unless the session is open. */
  readonly url: string | null;
  /** Completed with a delayed payment method, whose payment can still succeed or fail. */
  readonly paymentPending: boolean;
  /** Unix seconds. */
  readonly createdAt: number;
  readonly expiresAt: number;
  /** Null for a session that other code opened. */
  readonly fingerprint: string | null;
  /** True if this checkout opened the session with a trial. */
  readonly givesTrial: boolean;
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
