/** Builds the bodies of `DELETE /me/account`. */
import type { AccountDeletionResponse, DeletedParts, DeletionFailureFields } from '../../contract/account.ts';
import type { AccountPart } from '../../core/account/delete-account.ts';
import type { ContinuingBilling } from '../../core/stores/continuing-billing.ts';

export function deletionSuccess(billingContinues: readonly ContinuingBilling[]): AccountDeletionResponse {
  const everything = new Set<AccountPart>(['customers', 'row', 'user', 'profile']);
  return {
    success: true,
    message:
      billingContinues.length === 0
        ? 'The account is deleted.'
        : 'The account is deleted. A subscription in an app store continues until it is ended there.',
    deleted: deletedFrom(everything),
    billing_continues: billingContinues.map(({ source, manageUrl, until }) => {
      return { source, manage_url: manageUrl, until };
    }),
  };
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
