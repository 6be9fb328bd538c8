/** Creates the two tables of the product where they are missing, and empties them on demand. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  BatchWriteItemCommand,
  CreateTableCommand,
  DynamoDBClient,
  type DynamoDBClientConfig,
  ListTablesCommand,
  PutItemCommand,
  paginateScan,
  ResourceNotFoundException,
} from '@aws-sdk/client-dynamodb';
import { ADOPTION_KEY } from '../../contract/tables.ts';

export interface TableNames {
  readonly users: string;
  readonly entitlements: string;
}

const BATCH_SIZE = 25;
const MAX_TRIES = 200;
const RETRY_MS = 25;

export interface Tables {
  createMissing(): Promise<void>;
  empty(): Promise<void>;
  close(): Promise<void>;
}

/** `to` is the endpoint, or a request handler that does not need one. */
export function tablesAt(
  to: Pick<DynamoDBClientConfig, 'endpoint' | 'requestHandler'>,
  names: TableNames,
): Tables {
  const client = new DynamoDBClient({
    ...to,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const keyOf = new Map([
    [names.users, 'userId'],
    [names.entitlements, 'cognito_sub'],
  ]);
  return {
    async createMissing() {
      const { TableNames: present = [] } = await client.send(new ListTablesCommand());
      const missing = [...keyOf].filter(([table]) => !present.includes(table));
      for (const [table, key] of missing) await createTable(client, table, key);
      // Nothing existed before these tables, so there is nothing to adopt.
      if (missing.length === keyOf.size) await recordAdoption(client, names.entitlements);
    },
    async empty() {
      for (const [table, key] of keyOf) await emptyTable(client, table, key);
      await recordAdoption(client, names.entitlements);
    },
    async close() {
      client.destroy();
    },
  };
}

async function recordAdoption(client: DynamoDBClient, table: string): Promise<void> {
  const completed_at = { N: String(Math.floor(Date.now() / 1000)) };
  const item = { cognito_sub: { S: ADOPTION_KEY }, completed_at, by: { S: 'fresh_install' } };
  const put = () => client.send(new PutItemCommand({ TableName: table, Item: item }));
  for (let tries = 1; ; tries += 1) {
    try {
      await put();
      return;
    } catch (cause) {
      // A table that was just created may not be ready yet.
      if (!(cause instanceof ResourceNotFoundException) || tries === MAX_TRIES) throw cause;
      await sleep(RETRY_MS);
    }
  }
}

async function createTable(client: DynamoDBClient, table: string, key: string): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName: table,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: key, AttributeType: 'S' }],
      KeySchema: [{ AttributeName: key, KeyType: 'HASH' }],
    }),
  );
}

async function emptyTable(client: DynamoDBClient, table: string, key: string): Promise<void> {
  const pages = paginateScan(
    { client, pageSize: BATCH_SIZE },
    { TableName: table, ProjectionExpression: '#key', ExpressionAttributeNames: { '#key': key } },
  );
  for await (const { Items = [] } of pages) {
    if (Items.length === 0) continue;
    const deletes = Items.map((item) => ({ DeleteRequest: { Key: item } }));
    await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: deletes } }));
  }
}
