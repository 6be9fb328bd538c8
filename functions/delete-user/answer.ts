/**
 * The bodies of `DELETE /me/account`. Their keys are those of the Python function: apps that shipped with it decode every
 * key as required and cannot be updated at once, so no answer may lack one.
 */
import type { AccountPart, DeletionResult } from '../../core/account/delete-account.ts';
import type { BillingKnowledge, ContinuingBilling } from '../../core/stores/continuing-billing.ts';

/**
 * Where the account is deleted, by the system or table. It has these keys and no other: a client may ask whether all of them
 * are true.
 */
interface Deleted {
  readonly cognito: boolean;
  readonly dynamodb_userprofiles: boolean;
  readonly dynamodb_entitlements: boolean;
  readonly stripe: boolean;
}

interface Success {
  readonly success: true;
  readonly message: string;
  readonly deleted: Deleted;
  /** The subscriptions in stores that only the user can end. `until`: Unix seconds, when the store bills again. */
  readonly billing_continues: readonly {
    readonly source: ContinuingBilling['source'];
    readonly manage_url: string | null;
    readonly until: number | null;
  }[];
  /** Who says so: RevenueCat now, or the row as RevenueCat said last. `unknown`: neither can be read. */
  readonly billing_continues_known: BillingKnowledge;
  /** The systems that are still to delete what they have of the user. Reconcile finishes it. */
  readonly pending: readonly 'revenuecat'[];
}

/** The fields of a failure in addition to those of a problem, whose `error` these apps also require. */
interface Failure {
  readonly success: false;
  /** What this request has confirmed to be deleted. An earlier one may have deleted more. */
  readonly details: Deleted;
}

export function deletionSuccess(result: DeletionResult): Success {
  const everything = new Set<AccountPart>(['customers', 'row', 'user', 'profile']);
  const { billingContinues, billingKnown, storeCustomerRemains } = result;
  return {
    success: true,
    message: messageOf(result),
    deleted: deletedFrom(everything),
    billing_continues: billingContinues.map(({ source, manageUrl, until }) => {
      return { source, manage_url: manageUrl, until };
    }),
    billing_continues_known: billingKnown,
    pending: storeCustomerRemains ? ['revenuecat'] : [],
  };
}

function messageOf({ billingContinues, billingKnown }: DeletionResult): string {
  if (billingContinues.length > 0)
    return 'The account is deleted. A subscription in an app store continues until it is ended there.';
  return billingKnown === 'current'
    ? 'The account is deleted.'
    : 'The account is deleted. If there is a subscription in an app store, it continues until it is ended there.';
}

export function deletionFailure(confirmed: ReadonlySet<AccountPart>): Failure {
  return { success: false, details: deletedFrom(confirmed) };
}

function deletedFrom(confirmed: ReadonlySet<AccountPart>): Deleted {
  return {
    cognito: confirmed.has('user'),
    dynamodb_userprofiles: confirmed.has('profile'),
    dynamodb_entitlements: confirmed.has('row'),
    stripe: confirmed.has('customers'),
  };
}
