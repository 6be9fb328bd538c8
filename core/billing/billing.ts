/** What the account layer asks of Stripe. Every method throws a `Fault` when Stripe cannot or will not answer. */
import type { Reversal } from '../entitlement/row.ts';
import type { Subscription } from '../subscription/subscription.ts';

export interface SubscriptionList {
  readonly subscriptions: readonly Subscription[];
  /** Unix seconds by Stripe's clock, not later than the moment of the read. Null if Stripe did not say. */
  readonly asOf: number | null;
}

export type CustomerLookup =
  | { readonly kind: 'customer'; readonly id: string; readonly sub: string | null }
  /** Stripe keeps a stub of what was deleted, without metadata. */
  | { readonly kind: 'deleted' }
  /** Never existed in this account and mode. */
  | { readonly kind: 'missing' };

export interface CustomerReader {
  retrieveCustomer(customerId: string): Promise<CustomerLookup>;
}

export interface SubscriptionReader extends CustomerReader {
  /** All of them, ended ones too. `missing`: Stripe does not know the customer, or knows it no more. */
  listSubscriptions(customerId: string): Promise<SubscriptionList | 'missing'>;
  /** Lookup keys of the active entitlements, in order. `unavailable`: the key may not read them. */
  listFeatures(customerId: string): Promise<readonly string[] | 'unavailable'>;
  /** What became of the payment of the subscription's present period. */
  readReversal(subscriptionId: string): Promise<Reversal | null>;
}

export interface ChargeReader {
  /** Whose charge it is; null if nobody's, or if it is not there. */
  customerOfCharge(chargeId: string): Promise<string | null>;
}

export interface CustomerCreator {
  /**
   * Makes the user's customer, or answers the one that this very call made before: the idempotency key and the
   * parameters come from pool and `sub` alone, so that anyone may repeat it, for a day, whatever else has changed.
   */
  createCustomer(user: NewCustomer): Promise<string>;
}

export interface NewCustomer {
  readonly poolId: string;
  readonly sub: string;
  /** A customer that was deleted by hand: its creation must not be repeated. */
  readonly replaces?: string | null;
}

export interface SubscriptionCanceler {
  /** At once. What has ended already is canceled. */
  cancelSubscription(subscriptionId: string): Promise<void>;
}

export interface CustomerWriter extends CustomerCreator {
  /** Tells Stripe whom to write to. `gone`: the customer was deleted. */
  describeCustomer(customerId: string, contact: Contact): Promise<'described' | 'deleted'>;
}

export interface Contact {
  readonly sub: string;
  readonly email: string | null;
  readonly name: string | null;
}

export interface CustomerRemover extends CustomerCreator {
  /** By metadata; up to a minute late. `unavailable`: this account cannot search. */
  findCustomers(sub: string): Promise<readonly string[] | 'unavailable'>;
  /** Expires its open Checkout sessions, cancels its subscriptions and deletes it. What is gone already is deleted. */
  deleteCustomer(customerId: string): Promise<void>;
}
