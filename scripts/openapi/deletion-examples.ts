/** The examples of deletions: what is deleted, what is refunded, and what an app store continues to bill. */
import type { AccountDeletionResponse } from '../../contract/account.ts';
import { PERIOD_END } from './example-period.ts';

const everywhere = { cognito: true, dynamodb_userprofiles: true, dynamodb_entitlements: true, stripe: true };

const deletion: AccountDeletionResponse = {
  success: true,
  message: 'The account is deleted.',
  deleted: everywhere,
  billing_continues: [],
  billing_continues_known: 'current',
  refund_policy: 'none',
  refunds: [],
  refunds_known: true,
  pending: [],
};

const deletionWithRefund: AccountDeletionResponse = {
  ...deletion,
  refund_policy: 'full_within_days:14,pro_rata',
  refunds: [
    {
      subscription: 'sub_1QxYzPro',
      amount: 4_950,
      currency: 'usd',
      status: 'refunded',
      unrefunded: 0,
      reason: null,
    },
  ],
};

const deletionWithStore: AccountDeletionResponse = {
  success: true,
  message: 'The account is deleted. A subscription in an app store continues until it is ended there.',
  deleted: everywhere,
  billing_continues: [
    { source: 'app_store', manage_url: 'https://apps.apple.com/account/subscriptions', until: PERIOD_END },
  ],
  billing_continues_known: 'current',
  refund_policy: 'none',
  refunds: [],
  refunds_known: true,
  pending: [],
};

export const deletionExamples = {
  AccountDeletionResponse: {
    deleted: { value: deletion },
    refunded: { value: deletionWithRefund },
    billingContinues: { value: deletionWithStore },
  },
};
