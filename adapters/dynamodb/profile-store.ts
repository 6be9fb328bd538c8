/** The profile table, shared with the app. This service writes only its own attributes and absent ones of the app. */
import type { DeletionIntent, DeletionMark, Profile, ProfileStore } from '../../core/account/profile.ts';
import { readRefundTerms, refundTermsText } from '../../core/refund/policy.ts';
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
        ConditionExpression: NOT_MARKED,
        ExpressionAttributeValues: { ...update.ExpressionAttributeValues, ...markValues },
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
        ConditionExpression: `${NOT_MARKED} AND #stripeCustomerId = :expected`,
        ExpressionAttributeValues: {
          ...update.ExpressionAttributeValues,
          ...markValues,
          ':expected': expectedCustomerId,
        },
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
    markForDeletion: async ({ userId, mustExist = false, ...mark }) => {
      const update = { ...key(userId), ...markUpdate(mark), ReturnValues: 'ALL_NEW' } as const;
      const operation = 'mark profile for deletion';
      if (!mustExist) return profileOf(userId, (await client.update(operation, update)).Attributes ?? {});
      const ConditionExpression = 'attribute_exists(userId)';
      const result = await client.updateIf(operation, { ...update, ConditionExpression });
      return result === 'condition_failed' ? undefined : profileOf(userId, result.Attributes ?? {});
    },
    removeUnlessMarked: async ({ userId, customerId }) => {
      const result = await client.deleteIf('remove profile', {
        ...key(userId),
        ConditionExpression: `${NOT_MARKED} AND (${UNSET} OR #stripeCustomerId = :stripeCustomerId)`,
        ExpressionAttributeNames: { '#stripeCustomerId': 'stripeCustomerId' },
        ExpressionAttributeValues: { ':stripeCustomerId': customerId, ...unsetValues, ...markValues },
      });
      return result === 'condition_failed' ? 'kept' : 'removed';
    },
    remove: async (userId) => {
      await client.delete('remove profile', key(userId));
    },
  };
}

function markUpdate({ username, at, requested, refund }: Omit<DeletionMark, 'userId'>) {
  const first = setIfAbsent({
    [MARK]: at,
    ...(requested ? {} : { [MARK_BASIS]: MISSING }),
    ...(refund === undefined ? {} : { [MARK_REFUND]: refundTermsText(refund) }),
  });
  const each = setAll({
    ...(username === null ? {} : { [MARK_USERNAME]: username }),
    ...(requested ? { [MARK_BASIS]: REQUESTED } : {}),
  });
  const sets = [first, each].map(({ UpdateExpression: set }) => set.replace(/^SET /, ''));
  return {
    UpdateExpression: `SET ${sets.filter((set) => set !== '').join(', ')}`,
    ExpressionAttributeNames: { ...first.ExpressionAttributeNames, ...each.ExpressionAttributeNames },
    ExpressionAttributeValues: { ...first.ExpressionAttributeValues, ...each.ExpressionAttributeValues },
  };
}

/** True if the profile has no customer. Other writers store null or a blank text; blank texts sort before `!`. */
const UNSET =
  'attribute_not_exists(#stripeCustomerId) OR attribute_type(#stripeCustomerId, :null) OR #stripeCustomerId < :visible';

const unsetValues = { ':null': 'NULL', ':visible': '!' };

/** The attributes that mark a deletion. The app shares the table, so their prefix keeps them apart from the app's own. */
const MARK = 'predixaDeletionRequestedAt';
const MARK_USERNAME = 'predixaDeletionUsername';
const MARK_BASIS = 'predixaDeletionBasis';
const MARK_REFUND = 'predixaDeletionRefund';
const REQUESTED = 'requested';
const MISSING = 'user_missing';

/**
 * Version 0.1 marked a deletion with `deletionRequestedAt` and `deletionUsername`. An app may use the first name for
 * something else, so it counts only together with the second and in the form that version 0.1 wrote.
 */
const FORMER_MARK = 'deletionRequestedAt';
const FORMER_MARK_USERNAME = 'deletionUsername';
const FORMER_FORM = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const FORMER_FORM_LENGTH = 24;

/** True if no deletion is in progress. The length stands in for the form, which a condition cannot express. */
const NOT_MARKED = `attribute_not_exists(${MARK}) AND NOT (attribute_type(${FORMER_MARK}, :text) AND attribute_type(${FORMER_MARK_USERNAME}, :text) AND size(${FORMER_MARK}) = :formLength)`;

const markValues = { ':text': 'S', ':formLength': FORMER_FORM_LENGTH };

export function profileOf(userId: string, item: UnknownRecord): Profile {
  return {
    userId,
    customerId: textAt(item, 'stripeCustomerId'),
    createdAt: textAt(item, 'createdAt'),
    deletion: deletionIn(item),
  };
}

function deletionIn(item: UnknownRecord): DeletionIntent | null {
  const requestedAt = textAt(item, MARK);
  const username = textAt(item, MARK_USERNAME);
  if (requestedAt !== null) {
    const requested = textAt(item, MARK_BASIS) !== MISSING;
    const refund = readRefundTerms(textAt(item, MARK_REFUND));
    return { requestedAt, username: username ?? textAt(item, FORMER_MARK_USERNAME), requested, refund };
  }
  const former = textAt(item, FORMER_MARK);
  const formerUsername = textAt(item, FORMER_MARK_USERNAME);
  if (former === null || formerUsername === null || !FORMER_FORM.test(former)) return null;
  return { requestedAt: former, username: formerUsername, requested: true, refund: null };
}
