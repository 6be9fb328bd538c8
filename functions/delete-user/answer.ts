/** Builds the bodies of `DELETE /me/account`. */
import type {
  AccountDeletionResponse,
  AccountRefund,
  DeletedParts,
  DeletionFailureFields,
} from '../../contract/account.ts';
import type { AccountPart, DeletionResult } from '../../core/account/delete-account.ts';
import type { RefundOutcome } from '../../core/refund/leaving.ts';
import { refundPolicyText } from '../../core/refund/policy.ts';

export function deletionSuccess(result: DeletionResult): AccountDeletionResponse {
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
    refund_policy: result.refundPolicy === null ? null : refundPolicyText(result.refundPolicy),
    refunds: result.refunds.map(refundOf),
    refunds_known: result.refundsKnown,
    pending: storeCustomerRemains ? ['revenuecat'] : [],
  };
}

function refundOf(outcome: RefundOutcome): AccountRefund {
  const { subscriptionId: subscription, amount, currency, pending, unrefunded, reason } = outcome;
  const refunded = pending ? 'pending' : 'refunded';
  return { subscription, amount, currency, status: amount > 0 ? refunded : 'none', unrefunded, reason };
}

function messageOf({ billingContinues, billingKnown }: DeletionResult): string {
  if (billingContinues.length > 0)
    return 'The account is deleted. A subscription in an app store continues until it is ended there.';
  return billingKnown === 'current'
    ? 'The account is deleted.'
    : 'The account is deleted. If there is a subscription in an app store, it continues until it is ended there.';
}

export function deletionFailure(confirmed: ReadonlySet<AccountPart>): DeletionFailureFields {
  return { success: false, details: deletedFrom(confirmed) };
}

function deletedFrom(confirmed: ReadonlySet<AccountPart>): DeletedParts {
  return {
    cognito: confirmed.has('user'),
    dynamodb_userprofiles: confirmed.has('profile'),
    dynamodb_entitlements: confirmed.has('row'),
    stripe: confirmed.has('customers'),
  };
}
