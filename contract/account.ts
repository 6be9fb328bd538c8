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
  /** The systems that are still to delete what they have of the user. `reconcile` finishes it. */
  readonly pending: readonly 'revenuecat'[];
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
