/** The calls to Stripe that the use cases need. Every method throws a `Fault` if Stripe does not answer or refuses. */
import type { CustomerStamp } from '../account/ownership.ts';
import type { PlanOrder } from '../entitlement/plan-order.ts';
import type { Reversal } from '../entitlement/row.ts';
import type { OneTimeReader } from '../purchase/purchase.ts';
import type { Subscription, SubscriptionItem } from '../subscription/subscription.ts';
import type { OptionalField } from '../system/refusal.ts';

export interface SubscriptionList {
  readonly subscriptions: readonly Subscription[];
  /** Unix seconds by Stripe's clock, at or before the moment of the read. Null if the response had no time. */
  readonly asOf: number | null;
  /** What the customer's own metadata say. Null if the answer does not show it: a deleted customer, or no subscription. */
  readonly owner: CustomerStamp | null;
}

export type CustomerLookup =
  | ({
      readonly kind: 'customer';
      readonly id: string;
      readonly createdAt: number | null;
      readonly contact?: CustomerContact;
    } & CustomerStamp)
  /** Stripe keeps a stub of a deleted customer, without metadata. */
  | { readonly kind: 'deleted' }
  /** The customer never existed in this account and mode. */
  | { readonly kind: 'missing' };

/** What the customer has in Stripe. The user can change it in the billing portal. */
export interface CustomerContact {
  readonly hasEmail: boolean;
  readonly hasName: boolean;
}

export interface CustomerReader {
  retrieveCustomer(customerId: string): Promise<CustomerLookup>;
  /**
   * Returns what the metadata of each of the customer's live subscriptions say, the newest first: of all that have not
   * ended, also one whose first payment is open. Empty if the customer is deleted.
   */
  readSubscriptionStamps(customerId: string): Promise<readonly CustomerStamp[]>;
}

export interface SubscriptionReader extends CustomerReader, OneTimeReader, NoticeReader {
  /** Returns all subscriptions, ended ones too; `missing` if the customer is deleted or never existed. */
  listSubscriptions(customerId: string): Promise<SubscriptionList | 'missing'>;
  /** Returns the sorted lookup keys of the active entitlements; `unavailable` if the API key has no permission for them. */
  listFeatures(customerId: string): Promise<readonly string[] | 'unavailable'>;
  /** Returns the reversal of the payment for the current period of the subscription's base plan. */
  readReversal(subscriptionId: string, context: ReversalContext): Promise<ReversalReading>;
}

/** What a row can show of payments. */
export interface NoticeReader {
  /** `missing`: it was detached and deleted, or never existed. */
  readPaymentMethod(
    id: string,
  ): Promise<{ readonly expMonth: number | null; readonly expYear: number | null } | 'missing'>;
  /** Returns Stripe's status of the payment of an invoice. Null: there is none. */
  readPaymentStatus(invoiceId: string): Promise<string | null>;
}

export interface ReversalContext {
  /** Which of several plans is the base plan: with mixed intervals, each has a period of its own. */
  readonly planOrder: PlanOrder;
  /** The subscription if the caller has read it, which saves a call. */
  readonly known?: Subscription | undefined;
}

/** `unclear`: the period has more invoices than are read, so the one that began it was not found. */
export type ReversalReading = Reversal | null | 'unclear';

/** A subscription that a schedule of Stripe starts later. Until then there is no subscription to list. */
export interface ComingSubscription {
  readonly scheduleId: string;
  /** The items of all its phases. */
  readonly items: readonly Pick<SubscriptionItem, 'role'>[];
}

export interface ComingReader {
  /** Returns none for a deleted customer; `unavailable` if the API key has no permission for schedules. */
  listComing(customerId: string): Promise<readonly ComingSubscription[] | 'unavailable'>;
}

export interface ChargeReader {
  /** Returns the charge's customer; null if it has none or does not exist. */
  customerOfCharge(chargeId: string): Promise<string | null>;
}

export interface CustomerCreator {
  /**
   * Creates the user's customer, or returns the customer that the same call created before. The idempotency key and the
   * parameters derive only from pool, `sub` and generation, so the call can be repeated for a day, whatever else has
   * changed.
   */
  createCustomer(user: NewCustomer, generation: number): Promise<CustomerCreation>;
}

export type CustomerCreation =
  | { readonly kind: 'created'; readonly customerId: string }
  /** Stripe replays a server error, and will for a day. The failed creation may have created the customer or not. */
  | { readonly kind: 'failure_stored' };

export interface NewCustomer {
  readonly poolId: string;
  readonly sub: string;
  /** The customer that the new one replaces, if it was deleted by hand. It is part of the idempotency key. */
  readonly replaces?: string | null;
}

export interface SubscriptionCanceler {
  /** Cancels immediately. Succeeds if the subscription has already ended. */
  cancelSubscription(subscriptionId: string): Promise<void>;
}

export interface SubscriptionEnder {
  /**
   * Lets the subscription end at that time (Unix seconds), before it bills again. Null: at the end of its period. Succeeds if it
   * has ended. `kept`: Stripe refuses, such as for a subscription that a schedule manages.
   */
  endAtPeriodEnd(subscriptionId: string, at: number | null): Promise<'scheduled' | 'kept'>;
}

export interface IncompleteCanceler {
  /**
   * Ends a subscription whose first invoice is not paid: voids the invoice, so that it can no longer be paid, and cancels.
   * Returns `kept` if the invoice was paid in the meantime or is being paid. Succeeds if the subscription has ended.
   */
  cancelIncomplete(subscriptionId: string): Promise<'canceled' | 'kept'>;
}

export interface CustomerWriter extends CustomerCreator {
  /**
   * Sets the customer's contact, and the user and the pool that its metadata name. Leaves out what Stripe refuses of them:
   * an address that Cognito accepts, a name that is too long, metadata of a customer that is full of them.
   */
  describeCustomer(customerId: string, contact: Contact): Promise<CustomerDescription>;
}

export type CustomerDescription =
  | 'described'
  | 'deleted'
  /** Described without the fields that Stripe refuses. */
  | { readonly omitted: readonly OptionalField[] };

export interface Contact {
  readonly poolId: string;
  readonly sub: string;
  readonly email: string | null;
  readonly name: string | null;
}

export interface CustomerFinder {
  /** Searches by metadata, which lags by up to a minute. `unavailable`: the account has no search. */
  findCustomers(sub: string): Promise<readonly string[] | 'unavailable'>;
  /**
   * Returns every existing customer that names the user and no other pool, also one that was created a moment ago, the
   * oldest first. Costs more than a search. Throws if the answer would not be complete.
   */
  findEveryCustomer(user: { readonly poolId: string; readonly sub: string }): Promise<readonly string[]>;
}

export interface CustomerRemover extends CustomerCreator, CustomerFinder {
  /** Expires the open Checkout sessions, cancels the subscriptions and deletes the customer. Succeeds if it is deleted already. */
  deleteCustomer(customerId: string): Promise<void>;
}

export interface PurchasedSubscription {
  readonly status: string;
  /** Unix seconds. */
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly customerId: string | null;
  /** What the subscription's own metadata say. Our own checkout copies them from its session. */
  readonly stamp: CustomerStamp;
}

/** A subscription that our own checkout sold. */
export interface SoldSubscription {
  readonly sessionId: string;
  readonly subscriptionId: string;
  readonly stamp: CustomerStamp;
}

/** What the first invoice of a subscription collected. */
export interface FirstPayment {
  /** Unix seconds. Null if the invoice is not paid. A delayed payment method pays it days after the purchase. */
  readonly paidAt: number | null;
  /** Whether a payment is neither refunded in full nor disputed. */
  readonly refundable: boolean;
}

/** What our own checkout sold once. */
export interface Sale {
  readonly customerId: string | null;
  /** What the session's own metadata say. */
  readonly stamp: CustomerStamp;
  /** Unix seconds. Null: nothing was paid. That of a bank debit is when it was charged, days before it is paid. */
  readonly chargedAt: number | null;
  /** Whether the payment succeeded, and is neither refunded in full nor disputed. */
  readonly refundable: boolean;
}

export interface OrphanBilling {
  /** Returns what was sold once in the session; `missing` if there is no such session. */
  readSale(sessionId: string): Promise<Sale | 'missing'>;
  /** Returns when the customer was deleted, in Unix seconds, if that was after the given time; null if Stripe does not show it. */
  customerDeletedAt(customerId: string, since: number): Promise<number | null>;
  /** Refunds the payment of the session, and returns the number of refunds: none if it is refunded or disputed already. */
  refundSale(sessionId: string): Promise<number>;
  readPurchased(subscriptionId: string): Promise<PurchasedSubscription | 'missing'>;
  /** Lists what our own checkout sold to the customer, newest first. Empty if the customer is deleted. */
  listSold(customerId: string): Promise<readonly SoldSubscription[]>;
  cancelSubscription(subscriptionId: string): Promise<void>;
  readFirstPayment(subscriptionId: string): Promise<FirstPayment>;
  /**
   * Refunds every payment of the subscription's first invoice and returns the number of refunds. Leaves out payments that
   * are refunded or disputed already: Stripe does not refund those.
   */
  refundFirstPayment(subscriptionId: string, key: string): Promise<number>;
}
