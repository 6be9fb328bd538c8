import { describe, expect, it } from 'vitest';
import { AwsError, type CallAws } from '../transport/aws-json.ts';
import { type DynamoDb, withFaults } from './dynamodb.ts';
import { createProfileStore } from './profile-store.ts';

/** A raw client whose every call fails with the error of this name. */
function failingClient(name: string): CallAws {
  return async () => {
    throw new AwsError(name, { status: 400, headers: { 'x-amzn-requestid': 'req_1' }, text: '' });
  };
}

const key = { TableName: 'Users', Key: { userId: 'user-1' } };
const conditional = { ...key, ConditionExpression: 'attribute_exists(userId)' };
const item = { TableName: 'Users', Item: { userId: 'user-1' } };
const calls: Readonly<Record<keyof DynamoDb, (client: DynamoDb) => Promise<unknown>>> = {
  get: (client) => client.get('test', key),
  put: (client) => client.put('test', item),
  putIf: (client) => client.putIf('test', { ...item, ConditionExpression: conditional.ConditionExpression }),
  update: (client) => client.update('test', key),
  updateIf: (client) => client.updateIf('test', conditional),
  delete: (client) => client.delete('test', key),
  deleteIf: (client) => client.deleteIf('test', conditional),
  scan: (client) => client.scan('test', { TableName: 'Users' }),
  batchGet: (client) => client.batchGet('test', { RequestItems: {} }),
};

describe('The DynamoDB client of the stores', () => {
  it.each(Object.entries(calls))('turns an error of the service into a fault: %s', async (_, call) => {
    await expect(call(withFaults(failingClient('ThrottlingException')))).rejects.toMatchObject({
      name: 'Fault',
      details: { code: 'unavailable', system: 'dynamodb', operation: 'test', reason: 'ThrottlingException' },
    });
    await expect(call(withFaults(failingClient('AccessDeniedException')))).rejects.toMatchObject({
      details: { code: 'refused', reason: 'AccessDeniedException' },
    });
  });

  it.each(['putIf', 'updateIf', 'deleteIf'] as const)('returns a failed condition of %s', async (name) => {
    const failed = failingClient('ConditionalCheckFailedException');
    expect(await calls[name](withFaults(failed))).toBe('condition_failed');
  });

  it('is the only client that a store accepts', () => {
    const client = failingClient('Unused');
    // @ts-expect-error A store that held the raw client could throw errors of the service.
    expect(createProfileStore({ client, tableName: 'Users' })).toBeDefined();
    expect(createProfileStore({ client: withFaults(client), tableName: 'Users' })).toBeDefined();
  });
});

describe('An answer that says nothing of an item', () => {
  it.each([
    ['no body', undefined],
    ['an item that is none', { Item: 'a' }],
    ['a list', { Item: [] }],
  ])('is never read as an item that does not exist: %s', async (_, body) => {
    const client = withFaults(async () => body);
    await expect(client.get('read row', key)).rejects.toMatchObject({
      details: { code: 'unknown_shape', system: 'dynamodb', operation: 'read row' },
    });
  });

  it('is one only without the field', async () => {
    expect(await withFaults(async () => ({})).get('read row', key)).toEqual({});
  });
});
