import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DynamoDBClient, GetItemCommand, ListTablesCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ownPagesOnly } from '../http/guard.ts';
import { type LocalDynamoDb, openDynamoDb } from './open.ts';
import { type Tables, tablesAt } from './tables.ts';

const port = { service: 'a test', port: 0, flag: '--port' };
const names = { users: 'UsersOfTest', entitlements: 'entitlements_of_test' };

function clientFor(endpoint: string): DynamoDBClient {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return new DynamoDBClient({ endpoint, region: 'us-east-1', credentials });
}

describe('DynamoDB', () => {
  let directory: string;
  let dynamodb: LocalDynamoDb;
  let client: DynamoDBClient;
  let tables: Tables;

  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'predixa-test-'));
    await open();
    await tables.createMissing();
  });

  async function open(): Promise<void> {
    dynamodb = await openDynamoDb({
      port,
      directory: path.join(directory, 'dynamodb'),
      access: ownPagesOnly([]),
    });
    client = clientFor(dynamodb.url);
    tables = tablesAt({ endpoint: dynamodb.url }, names);
  }

  afterAll(async () => {
    client.destroy();
    await tables.close();
    await dynamodb.close();
    await rm(directory, { recursive: true });
  });

  const post = async (body: string | undefined, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(dynamodb.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        authorization: 'AWS4-HMAC-SHA256 Credential=a, SignedHeaders=b, Signature=c',
        'x-amz-date': '20260101T000000Z',
        'x-amz-target': 'DynamoDB_20120810.GetItem',
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
    });

  it('has both tables under the chosen names, and is unchanged when they are created again', async () => {
    await tables.createMissing();
    const { TableNames } = await client.send(new ListTablesCommand());
    expect(TableNames?.toSorted()).toEqual(Object.values(names).toSorted());
  });

  it.each(['null', '[]', '"text"', '1', '', '{', '\u0000', '[[[[', '{"a":'])(
    'rejects the body %j with a SerializationException, and keeps running',
    async (body) => {
      const response = await post(body);
      expect(response.status).toBe(400);
      expect(await response.json()).toEqual({
        __type: 'com.amazon.coral.service#SerializationException',
      });
      await expect(client.send(new ListTablesCommand())).resolves.toBeDefined();
    },
  );

  it.each(['', 'GetItem', 'DynamoDB_20120810.Nothing', 'DynamoDB_20120810.toString', 'Other.GetItem'])(
    'rejects the operation %j with an UnknownOperationException',
    async (operation) => {
      const response = await post('{}', { 'x-amz-target': operation });
      expect(response.status).toBe(400);
      expect(await response.json()).toEqual({
        __type: 'com.amazon.coral.service#UnknownOperationException',
      });
    },
  );

  it('keeps running when a client disconnects in the middle of a body', async () => {
    await new Promise<void>((resolve) => {
      const broken = request(dynamodb.url, { method: 'POST', headers: { 'content-length': '1000' } });
      broken.on('error', () => {
        resolve();
      });
      broken.write('{"Table', () => broken.destroy());
    });
    await expect(client.send(new ListTablesCommand())).resolves.toBeDefined();
  });

  it.each(['{"Item":{"a":null}}', '{"RequestItems":{"T":null}}', '{"Item":{"a":{"L":[{"M":{"b":null}}]}}}'])(
    'rejects the empty attribute value in %s with a ValidationException, and keeps running',
    async (body) => {
      const response = await post(body, { 'x-amz-target': 'DynamoDB_20120810.PutItem' });
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({
        __type: 'com.amazon.coral.validate#ValidationException',
      });
      await expect(client.send(new ListTablesCommand())).resolves.toBeDefined();
    },
  );

  it('has no rows after it is emptied, even if they took several batches', async () => {
    await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        client.send(
          new PutItemCommand({
            TableName: names.entitlements,
            Item: { cognito_sub: { S: `sub-${index}` } },
          }),
        ),
      ),
    );
    await tables.empty();
    const key = { cognito_sub: { S: 'sub-7' } };
    const { Item } = await client.send(new GetItemCommand({ TableName: names.entitlements, Key: key }));
    expect(Item).toBeUndefined();
  });

  it('keeps its rows across a restart', async () => {
    await client.send(new PutItemCommand({ TableName: names.users, Item: { userId: { S: 'a' } } }));
    client.destroy();
    await tables.close();
    await dynamodb.close();
    await open();
    const { Item } = await client.send(
      new GetItemCommand({ TableName: names.users, Key: { userId: { S: 'a' } } }),
    );
    expect(Item).toEqual({ userId: { S: 'a' } });
  });
});
