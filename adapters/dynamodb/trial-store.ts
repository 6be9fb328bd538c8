/**
 * Claims to a trial, in the entitlement table under keys that are no user's (`trial#…`): they outlive the accounts.
 * Hashes and Stripe's ids only.
 */
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { TrialClaim, TrialStore } from '../../core/checkout/trial-claim.ts';
import { flagAt, textAt } from '../../core/system/record.ts';
import { secondsAt } from './attributes.ts';
import { calling, conditionally } from './call.ts';
import type { EntitlementTable } from './entitlement-store.ts';

export function createTrialStore({ client, tableName: TableName }: EntitlementTable): TrialStore {
  const keyOf = (person: string) => `trial#${person}`;
  return {
    read: async (person) => {
      const command = new GetCommand({
        TableName,
        Key: { cognito_sub: keyOf(person) },
        ConsistentRead: true,
      });
      const { Item } = await calling('read trial claim', client.send(command));
      if (Item === undefined) return undefined;
      return {
        emailHash: person,
        accountHash: textAt(Item, 'holder') ?? '',
        // A claim that cannot be read as free is not.
        used: flagAt(Item, 'used') ?? true,
        customerId: textAt(Item, 'stripe_customer_id') ?? '',
        sessionId: textAt(Item, 'checkout_session_id'),
        claimedAt: secondsAt(Item, 'claimed_at') ?? 0,
      };
    },
    put: async (claim, seen) => {
      const command = new PutCommand({
        TableName,
        Item: itemOf(keyOf(claim.emailHash), claim),
        ...conditionOf(seen),
      });
      const result = await conditionally('write trial claim', client.send(command));
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

/** Nobody has written in between: the holder, the session and the time are a claim's version. */
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
