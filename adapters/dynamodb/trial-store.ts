/**
 * Stores trial claims in the entitlement table, under keys that are not a user's (`trial#…`), because they outlive the
 * accounts. They contain only hashes and Stripe ids.
 */
import type { TrialClaim, TrialStore } from '../../core/checkout/trial-claim.ts';
import { flagAt, textAt } from '../../core/system/record.ts';
import { secondsAt } from './attributes.ts';
import type { EntitlementTable } from './entitlement-store.ts';

export function createTrialStore({ client, tableName: TableName }: EntitlementTable): TrialStore {
  const keyOf = (emailHash: string) => `trial#${emailHash}`;
  return {
    read: async (emailHash) => {
      const key = { TableName, Key: { cognito_sub: keyOf(emailHash) } };
      const { Item } = await client.get('read trial claim', { ...key, ConsistentRead: true });
      if (Item === undefined) return undefined;
      return {
        emailHash,
        accountHash: textAt(Item, 'holder') ?? '',
        // An unreadable value counts as used, so that no one gets a second trial.
        used: flagAt(Item, 'used') ?? true,
        customerId: textAt(Item, 'stripe_customer_id') ?? '',
        sessionId: textAt(Item, 'checkout_session_id'),
        claimedAt: secondsAt(Item, 'claimed_at') ?? 0,
      };
    },
    put: async (claim, seen) => {
      const result = await client.putIf('write trial claim', {
        TableName,
        Item: itemOf(keyOf(claim.emailHash), claim),
        ...conditionOf(seen),
      });
      return result === 'condition_failed' ? 'conflict' : 'written';
    },
  };
}

function itemOf(cognito_sub: string, claim: TrialClaim): Record<string, unknown> {
  return {
    cognito_sub,
    holder: claim.accountHash,
    used: claim.used,
    stripe_customer_id: claim.customerId,
    claimed_at: claim.claimedAt,
    ...(claim.sessionId === null ? {} : { checkout_session_id: claim.sessionId }),
  };
}

/** Returns the condition that the claim is unchanged: its holder, use, session and time act as its version. */
function conditionOf(seen: TrialClaim | undefined) {
  if (seen === undefined) return { ConditionExpression: 'attribute_not_exists(cognito_sub)' };
  const session = seen.sessionId;
  return {
    ConditionExpression: `#holder = :holder AND #used = :used AND #at = :at AND ${
      session === null ? 'attribute_not_exists(#session)' : '#session = :session'
    }`,
    ExpressionAttributeNames: {
      '#holder': 'holder',
      '#used': 'used',
      '#at': 'claimed_at',
      '#session': 'checkout_session_id',
    },
    ExpressionAttributeValues: {
      ':holder': seen.accountHash,
      ':used': seen.used,
      ':at': seen.claimedAt,
      ...(session === null ? {} : { ':session': session }),
    },
  };
}
