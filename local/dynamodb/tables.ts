/** Creates the two tables of the product where they are missing, and empties them on demand. */
import {
  BatchWriteItemCommand,
  CreateTableCommand,
  DynamoDBClient,
  type DynamoDBClientConfig,
  ListTablesCommand,
  paginateScan,
} from '@aws-sdk/client-dynamodb';

export interface TableNames {
  readonly users: string;
  readonly entitlements: string;
}

const BATCH_SIZE = 25;

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
      for (const [table, key] of keyOf) if (!present.includes(table)) await createTable(client, table, key);
    },
    async empty() {
      for (const [table, key] of keyOf) await emptyTable(client, table, key);
    },
    async close() {
      client.destroy();
    },
  };
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
