/** The profile table, shared with the app. This service writes only its own attributes and absent ones of the app. */
import type { Profile, ProfileStore } from '../../core/account/profile.ts';
import { textAt, type UnknownRecord } from '../../core/system/record.ts';
import type { DynamoDb } from './dynamodb.ts';
import { setAll, setIfAbsent } from './update-expression.ts';

export interface ProfileTable {
  readonly client: DynamoDb;
  readonly tableName: string;
}

export function createProfileStore(table: ProfileTable): ProfileStore {
  return { ...profileUpdates(table), ...profileRemovals(table) };
}

/** The operations that create or update a profile. */
function profileUpdates({
  client,
  tableName: TableName,
}: ProfileTable): Pick<ProfileStore, 'read' | 'fillIn' | 'linkCustomer' | 'replaceCustomer'> {
  const key = (userId: string) => ({ TableName, Key: { userId } });
  return {
    read: async (userId) => {
      const { Item } = await client.get('read profile', { ...key(userId), ConsistentRead: true });
      return Item === undefined ? undefined : profileOf(userId, Item);
    },
    fillIn: async ({ userId, email, givenName, familyName, createdAt }) => {
      const update = setIfAbsent({ email, givenName, familyName, createdAt, updatedAt: createdAt });
      const result = await client.updateIf('fill in profile', {
        ...key(userId),
        ...update,
        ConditionExpression: 'attribute_not_exists(deletionRequestedAt)',
        ReturnValues: 'ALL_OLD',
      });
      if (result === 'condition_failed') return 'marked';
      return result.Attributes === undefined ? 'created' : 'filled';
    },
    linkCustomer: async ({ userId, customerId, at }) => {
      const update = setAll({ stripeCustomerId: customerId, updatedAt: at });
      const result = await client.updateIf('link customer', {
        ...key(userId),
        ...update,
        ConditionExpression: `attribute_exists(userId) AND (${UNSET} OR #stripeCustomerId = :stripeCustomerId)`,
        ExpressionAttributeValues: { ...update.ExpressionAttributeValues, ...unsetValues },
      });
      if (result !== 'condition_failed') return 'linked';
      const { Item } = await client.get('read profile', { ...key(userId), ConsistentRead: true });
      return Item === undefined ? 'missing' : 'other_customer';
    },
    replaceCustomer: async ({ userId, customerId, at, expectedCustomerId }) => {
      const update = setAll({ stripeCustomerId: customerId, updatedAt: at });
      const result = await client.updateIf('replace customer', {
        ...key(userId),
        ...update,
        ConditionExpression: 'attribute_not_exists(deletionRequestedAt) AND #stripeCustomerId = :expected',
        ExpressionAttributeValues: { ...update.ExpressionAttributeValues, ':expected': expectedCustomerId },
      });
      if (result !== 'condition_failed') return 'linked';
      const { Item } = await client.get('read profile', { ...key(userId), ConsistentRead: true });
      const profile = Item === undefined ? undefined : profileOf(userId, Item);
      return profile === undefined || profile.deletion !== null ? 'missing' : 'other_customer';
    },
  };
}

/** The operations that delete a profile or mark it for deletion. */
function profileRemovals({
  client,
  tableName: TableName,
}: ProfileTable): Pick<ProfileStore, 'markForDeletion' | 'removeUnlessMarked' | 'remove'> {
  const key = (userId: string) => ({ TableName, Key: { userId } });
  return {
    markForDeletion: async ({ userId, username, at }) => {
      const mark = setIfAbsent({ deletionRequestedAt: at });
      const usernameUpdate = username === null ? undefined : setAll({ deletionUsername: username });
      const { Attributes } = await client.update('mark profile for deletion', {
        ...key(userId),
        UpdateExpression: `${mark.UpdateExpression}${usernameUpdate === undefined ? '' : ', #deletionUsername = :deletionUsername'}`,
        ExpressionAttributeNames: {
          ...mark.ExpressionAttributeNames,
          ...usernameUpdate?.ExpressionAttributeNames,
        },
        ExpressionAttributeValues: {
          ...mark.ExpressionAttributeValues,
          ...usernameUpdate?.ExpressionAttributeValues,
        },
        ReturnValues: 'ALL_NEW',
      });
      return profileOf(userId, Attributes ?? {});
    },
    removeUnlessMarked: async ({ userId, customerId }) => {
      const result = await client.deleteIf('remove profile', {
        ...key(userId),
        ConditionExpression: `attribute_not_exists(deletionRequestedAt) AND (${UNSET} OR #stripeCustomerId = :stripeCustomerId)`,
        ExpressionAttributeNames: { '#stripeCustomerId': 'stripeCustomerId' },
        ExpressionAttributeValues: { ':stripeCustomerId': customerId, ...unsetValues },
      });
      return result === 'condition_failed' ? 'kept' : 'removed';
    },
    remove: async (userId) => {
      await client.delete('remove profile', key(userId));
    },
  };
}

/** True if the profile has no customer. Other writers store null or a blank text; blank texts sort before `!`. */
const UNSET =
  'attribute_not_exists(#stripeCustomerId) OR attribute_type(#stripeCustomerId, :null) OR #stripeCustomerId < :visible';

const unsetValues = { ':null': 'NULL', ':visible': '!' };

export function profileOf(userId: string, item: UnknownRecord): Profile {
  const requestedAt = textAt(item, 'deletionRequestedAt');
  return {
    userId,
    customerId: textAt(item, 'stripeCustomerId'),
    createdAt: textAt(item, 'createdAt'),
    deletion: requestedAt === null ? null : { requestedAt, username: textAt(item, 'deletionUsername') },
  };
}
