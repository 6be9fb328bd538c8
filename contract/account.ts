/**
 * The bodies of `DELETE /me/account`. Their keys are those of the Python function: apps that shipped with it decode every
 * key as required and cannot be updated at once, so no answer may lack one.
 */
import type { EntitlementSource } from './entitlements.ts';
import type { Problem } from './problem.ts';

/** Where the account is deleted, by the system or table. */
export interface DeletedParts {
  readonly cognito: boolean;
  readonly dynamodb_userprofiles: boolean;
  readonly dynamodb_entitlements: boolean;
  readonly stripe: boolean;
}

export interface AccountDeletionResponse {
  readonly success: true;
  /** A sentence to show. */
  readonly message: string;
  readonly deleted: DeletedParts;
  /** The subscriptions in stores that only the user can end. */
  readonly billing_continues: readonly ContinuingSubscription[];
  /**
   * How much is known of them. `current`: RevenueCat has just said so, or the app sells in no store. `last_known`: RevenueCat did
   * not answer, and the row shows what it said last. `unknown`: neither can be read.
   */
  readonly billing_continues_known: 'current' | 'last_known' | 'unknown';
  /**
   * What the deletion refunds of a paid period in Stripe, as it was promised at the first request: `none`, `pro_rata`,
   * `full_within_days:14` or `full_within_days:14,pro_rata`. `null` if the account was deleted before, and no one knows it.
   */
  readonly refund_policy: string | null;
  /** What became of each subscription in Stripe that this request has ended. Empty with the policy `none`. */
  readonly refunds: readonly AccountRefund[];
  /** Whether `refunds` is complete: false if an earlier request may have ended and refunded more. */
  readonly refunds_known: boolean;
  /** The systems that are still to delete what they have of the user. `reconcile` finishes it. */
  readonly pending: readonly 'revenuecat'[];
}

export interface AccountRefund {
  readonly subscription: string;
  /** What was refunded, or is on its way, in the currency's smallest unit. */
  readonly amount: number;
  /** The currency's code in lowercase letters, such as `eur`. */
  readonly currency: string;
  /** `pending`: Stripe has accepted the refund and has not sent all of it yet. `none`: nothing is refunded. */
  readonly status: 'refunded' | 'pending' | 'none';
  /** What the policy promises and could not be refunded. An alarm reports it to the operator, who returns it in another way. */
  readonly unrefunded: number;
  /**
   * Why nothing, or less than promised, is refunded. `nothing_paid`: a trial, an open invoice, or a balance. `not_granted`: the
   * payment is too old for the policy, or its time is used up. `returned`: it was refunded before. `disputed`: the customer's
   * bank has reversed it, or may. `paid_outside`: not paid through Stripe. `refused`: Stripe refuses the refund, or it failed.
   * `owner_contradiction`: the subscription names another user. `unclear`: there are too many invoices to calculate it. `null`: all is refunded.
   */
  readonly reason:
    | 'nothing_paid'
    | 'not_granted'
    | 'returned'
    | 'disputed'
    | 'paid_outside'
    | 'refused'
    | 'owner_contradiction'
    | 'unclear'
    | null;
}

export interface ContinuingSubscription {
  /** The store, or `null` if it is not known. */
  readonly source: Extract<EntitlementSource, 'app_store' | 'play_store' | 'amazon' | 'web'> | null;
  /** The page on which the user ends it. */
  readonly manage_url: string | null;
  /** When the store bills again, in Unix seconds. */
  readonly until: number | null;
}

/** What a failed deletion answers in addition to the fields of every problem, whose `error` shipped apps also require. */
export interface DeletionFailureFields {
  readonly success: false;
  /** What this request has confirmed to be deleted. An earlier one may have deleted more. */
  readonly details: DeletedParts;
}

export type AccountDeletionProblem = Problem & DeletionFailureFields;
