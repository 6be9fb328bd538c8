/** Reads and writes whole tables in DynamoDB's own form, in which no number or set loses anything. */
import type { SystemClients } from '../clients.ts';
import type { JsonRecord } from '../contract.ts';

type Dynamo = Pick<SystemClients, 'dynamodb'>;

/** DynamoDB's own maximum. */
const BATCH_SIZE = 25;
const MAX_TRIES = 20;

export async function scanItems(clients: Dynamo, TableName: string): Promise<readonly JsonRecord[]> {
  const items: JsonRecord[] = [];
  let start: unknown;
  do {
    const input = {
      TableName,
      ConsistentRead: true,
      ...(start === undefined ? {} : { ExclusiveStartKey: start }),
    };
    const output = await clients.dynamodb('Scan', input);
    items.push(...((output['Items'] ?? []) as readonly JsonRecord[]));
    start = output['LastEvaluatedKey'];
  } while (start !== undefined);
  return items;
}

/** A write of many items that failed on the way. */
export class PartWritten extends Error {
  override readonly name = 'PartWritten';

  /** `written` counts those that are certainly written. */
  constructor(written: number, total: number, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`The first ${written} of ${total} items are written. ${why}`, { cause });
  }
}

/** Items with the same key are replaced. Throws a `PartWritten` if only a part is. */
export async function putItems(clients: Dynamo, table: string, items: readonly JsonRecord[]): Promise<void> {
  await writeAll(
    clients,
    table,
    items.map((Item) => ({ PutRequest: { Item } })),
  );
}

export async function deleteItems(
  clients: Dynamo,
  table: string,
  keys: readonly JsonRecord[],
): Promise<void> {
  await writeAll(
    clients,
    table,
    keys.map((Key) => ({ DeleteRequest: { Key } })),
  );
}

async function writeAll(clients: Dynamo, table: string, requests: readonly JsonRecord[]): Promise<void> {
  for (let index = 0; index < requests.length; index += BATCH_SIZE) {
    try {
      await writeBatch(clients, table, requests.slice(index, index + BATCH_SIZE));
    } catch (cause) {
      throw new PartWritten(index, requests.length, cause);
    }
  }
}

async function writeBatch(clients: Dynamo, table: string, batch: readonly JsonRecord[]): Promise<void> {
  let waiting: unknown = batch;
  for (let tries = 1; Array.isArray(waiting) && waiting.length > 0; tries += 1) {
    if (tries > MAX_TRIES) throw new Error(`DynamoDB does not take all items of ${table}.`);
    const output = await clients.dynamodb('BatchWriteItem', { RequestItems: { [table]: waiting } });
    waiting = (output['UnprocessedItems'] as JsonRecord | undefined)?.[table];
  }
}
