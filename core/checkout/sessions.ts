/** Stripe Checkout, as the checkout asks of it. Every method throws a `Fault` when Stripe cannot or will not answer. */

import type { CheckoutRequest } from './checkout-request.ts';

export interface Order extends CheckoutRequest {
  readonly sub: string;
  readonly customerId: string;
}

export interface OpenedOrder extends Order {
  /** What is ordered, in a few characters: the same for the same wish. */
  readonly fingerprint: string;
  /** Null: none. */
  readonly trialDays: number | null;
  /** Unix seconds. */
  readonly expiresAt: number;
}

export interface CheckoutSession {
  readonly id: string;
  readonly status: 'open' | 'complete' | 'expired';
  /** Only while it is open. */
  readonly url: string | null;
  /** Completed with a way of paying that takes its time: the money may still come, or not. */
  readonly paymentPending: boolean;
  /** Unix seconds. */
  readonly createdAt: number;
  readonly expiresAt: number;
  /** Only of those that this checkout opened. */
  readonly fingerprint: string | null;
  /** Whether this checkout opened it with a trial. */
  readonly givesTrial: boolean;
}

export interface CheckoutSessions {
  /** The subscription sessions of a customer, newest first: all that are open, and the newest hundred of all. */
  list(customerId: string): Promise<readonly CheckoutSession[] | 'missing'>;
  retrieve(sessionId: string): Promise<CheckoutSession['status'] | 'missing'>;
  /** Two orders with the same key are one. */
  open(order: OpenedOrder, key: string): Promise<CheckoutSession>;
  /** `not_open`: it was completed, or has expired, before. */
  expire(sessionId: string): Promise<'expired' | 'not_open'>;
}
