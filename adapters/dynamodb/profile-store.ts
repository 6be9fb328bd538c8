/** The profile table, shared with the app: only absent attributes and those of this service are ever written. */
import { DeleteCommand, type DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Profile, ProfileStore } from '../../core/account/profile.ts';
import { textAt, type UnknownRecord } from '../../core/system/record.ts';
import { calling, conditionally } from './call.ts';
import { setAll, setIfAbsent } from './update-expression.ts';

export interface ProfileTable {
  readonly client: DynamoDBDocumentClient;
  readonly tableName: string;
}

export function createProfileStore(table: ProfileTable): ProfileStore {
  return { ...profileUpdates(table), ...profileRemovals(table) };
}

/** A profile that comes, and stays. */
function profileUpdates({
  client,
  tableName: TableName,
}: ProfileTable): Pick<ProfileStore, 'read' | 'fillIn' | 'linkCustomer' | 'replaceCustomer'> {
  const key = (userId: string) => ({ TableName, Key: { userId } });
  return {
    read: async (userId) => {
      const command = new GetCommand({ ...key(userId), ConsistentRead: true });
      const { Item } = await calling('read profile', client.send(command));
      return Item === undefined ? undefined : profileOf(userId, Item);
    },
    fillIn: async ({ userId, email, givenName, familyName, createdAt }) => {
      const update = setIfAbsent({ email, givenName, familyName, createdAt, updatedAt: createdAt });
      const command = new UpdateCommand({
        ...key(userId),
        ...update,
        ConditionExpression: 'attribute_not_exists(deletionRequestedAt)',
        ReturnValues: 'ALL_OLD',
      });
      const result = await conditionally('fill in profile', client.send(command));
      if (result === 'condition_failed') return 'marked';
      return result.Attributes === undefined ? 'created' : 'filled';
    },
    linkCustomer: async ({ userId, customerId, at }) => {
      const update = setAll({ stripeCustomerId: customerId, updatedAt: at });
      const command = new UpdateCommand({
        ...key(userId),
        ...update,
        ConditionExpression: `attribute_exists(userId) AND (${UNSET} OR #stripeCustomerId = :stripeCustomerId)`,
        ExpressionAttributeValues: { ...update.ExpressionAttributeValues, ...unsetValues },
      });
      const result = await conditionally('link customer', client.send(command));
      if (result !== 'condition_failed') return 'linked';
      const { Item } = await calling(
        'read profile',
        client.send(new GetCommand({ ...key(userId), ConsistentRead: true })),
      );
      return Item === undefined ? 'missing' : 'other_customer';
    },
    replaceCustomer: async ({ userId, customerId, at, expectedCustomerId }) => {
      const update = setAll({ stripeCustomerId: customerId, updatedAt: at });
      const command = new UpdateCommand({
        ...key(userId),
        ...update,
        ConditionExpression: 'attribute_not_exists(deletionRequestedAt) AND #stripeCustomerId = :expected',
        ExpressionAttributeValues: { ...update.ExpressionAttributeValues, ':expected': expectedCustomerId },
      });
      const result = await conditionally('replace customer', client.send(command));
      if (result !== 'condition_failed') return 'linked';
      const standing = await client.send(new GetCommand({ ...key(userId), ConsistentRead: true }));
      const profile = standing.Item === undefined ? undefined : profileOf(userId, standing.Item);
      return profile === undefined || profile.deletion !== null ? 'missing' : 'other_customer';
    },
  };
}

/** A profile that goes. */
function profileRemovals({
  client,
  tableName: TableName,
}: ProfileTable): Pick<ProfileStore, 'markForDeletion' | 'removeUnlessMarked' | 'remove'> {
  const key = (userId: string) => ({ TableName, Key: { userId } });
  return {
    markForDeletion: async ({ userId, username, at }) => {
      const first = setIfAbsent({ deletionRequestedAt: at });
      const known = username === null ? undefined : setAll({ deletionUsername: username });
      const command = new UpdateCommand({
        ...key(userId),
        UpdateExpression: `${first.UpdateExpression}${known === undefined ? '' : ', #deletionUsername = :deletionUsername'}`,
        ExpressionAttributeNames: { ...first.ExpressionAttributeNames, ...known?.ExpressionAttributeNames },
        ExpressionAttributeValues: {
          ...first.ExpressionAttributeValues,
          ...known?.ExpressionAttributeValues,
        },
        ReturnValues: 'ALL_NEW',
      });
      const { Attributes } = await calling('mark profile for deletion', client.send(command));
      return profileOf(userId, Attributes ?? {});
    },
    removeUnlessMarked: async ({ userId, customerId }) => {
      const command = new DeleteCommand({
        ...key(userId),
        ConditionExpression: `attribute_not_exists(deletionRequestedAt) AND (${UNSET} OR #stripeCustomerId = :stripeCustomerId)`,
        ExpressionAttributeNames: { '#stripeCustomerId': 'stripeCustomerId' },
        ExpressionAttributeValues: { ':stripeCustomerId': customerId, ...unsetValues },
      });
      const result = await conditionally('remove profile', client.send(command));
      return result === 'condition_failed' ? 'kept' : 'removed';
    },
    remove: async (userId) => {
      await calling('remove profile', client.send(new DeleteCommand(key(userId))));
    },
  };
}

/** Other writers leave nulls and blank texts where there is no customer. Every blank text sorts before `!`. */
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
