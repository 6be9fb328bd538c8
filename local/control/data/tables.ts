/** The routes of the tables. What they write is the work of another writer: the product learns of it as in production. */
import { isDeepStrictEqual } from 'node:util';
import { isJsonObject } from '../../http/body.ts';
import { inSpan } from '../../recording/context.ts';
import type { Recorder } from '../../recording/recorder.ts';
import type { SystemClients } from '../clients.ts';
import type { JsonRecord, TableFile, TableInfo, TablePage } from '../contract.ts';
import { type ControlInput, ControlRefusal, type ControlRoute, FileAnswer } from '../routes.ts';
import type { Doors } from './doors.ts';
import { putItems, scanItems } from './table-io.ts';

export interface TableDeps {
  readonly clients: SystemClients;
  /** Writes that are recorded. */
  readonly doors: () => Pick<Doors, 'dynamodb'>;
  readonly recorder: Recorder;
  /** The tables and their keys. */
  readonly tables: () => readonly Pick<TableInfo, 'name' | 'key'>[];
}

type Table = Pick<TableInfo, 'name' | 'key'>;

const PAGE_SIZE = 50;
const SCAN_SIZE = 200;
const MAX_IMPORTED = 100_000;
const CHANGED = 'The item has changed since it was shown. Close it, and open it again.';

export function tableRoutes(deps: TableDeps): readonly ControlRoute[] {
  const tableIn = ({ params: { name = '' } }: ControlInput): Table => {
    const found = deps.tables().find((table) => table.name === name);
    if (found !== undefined) return found;
    throw new ControlRefusal(404, `There is no table ${name}.`);
  };
  return [
    {
      method: 'GET',
      path: '/tables',
      run: async () => ({ tables: await Promise.all(deps.tables().map((table) => infoOf(deps, table))) }),
    },
    { method: 'GET', path: '/tables/:name', run: (input) => pageOf(deps, tableIn(input), input.query) },
    { method: 'PUT', path: '/tables/:name/items', run: (input) => putItem(deps, tableIn(input), input.body) },
    {
      method: 'DELETE',
      path: '/tables/:name/items',
      run: (input) => deleteItem(deps, tableIn(input), input.body),
    },
    { method: 'GET', path: '/tables/:name/file', run: (input) => fileOf(deps, tableIn(input), input.query) },
    {
      method: 'POST',
      path: '/tables/:name/file',
      run: (input) => importFile(deps, tableIn(input), input.body),
    },
  ];
}

async function infoOf({ clients }: TableDeps, { name, key }: Table): Promise<TableInfo> {
  let itemCount = 0;
  let start: unknown;
  do {
    const input = {
      TableName: name,
      Select: 'COUNT',
      ...(start === undefined ? {} : { ExclusiveStartKey: start }),
    };
    const output = await clients.dynamodb('Scan', input);
    itemCount += Number(output['Count'] ?? 0);
    start = output['LastEvaluatedKey'];
  } while (start !== undefined);
  return { name, key, itemCount };
}

async function pageOf(deps: TableDeps, table: Table, query: URLSearchParams): Promise<TablePage> {
  const matches = matcherOf(query);
  const items: JsonRecord[] = [];
  let start: unknown = startIn(query, table);
  do {
    const input = {
      TableName: table.name,
      ConsistentRead: true,
      Limit: SCAN_SIZE,
      ...(start === undefined ? {} : { ExclusiveStartKey: start }),
    };
    const output = await deps.clients.dynamodb('Scan', input);
    items.push(...((output['Items'] ?? []) as readonly JsonRecord[]).filter(matches));
    start = output['LastEvaluatedKey'];
  } while (start !== undefined && items.length < PAGE_SIZE);
  const cursor = start === undefined ? null : Buffer.from(JSON.stringify(start)).toString('base64url');
  return { table: await infoOf(deps, table), items, cursor };
}

function matcherOf(query: URLSearchParams): (item: JsonRecord) => boolean {
  const wanted = (query.get('filter') ?? '').trim().toLowerCase();
  return (item) => wanted === '' || JSON.stringify(item).toLowerCase().includes(wanted);
}

function startIn(query: URLSearchParams, { key }: Table): JsonRecord | undefined {
  const text = query.get('cursor');
  if (text === null || text === '') return undefined;
  try {
    const start: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    if (isJsonObject(start) && keyText(start, key) !== undefined) return start;
  } catch {
    // Refused below.
  }
  throw new ControlRefusal(400, '"cursor" is not one that this table has given.');
}

async function putItem(
  deps: TableDeps,
  table: Table,
  body: ControlInput['body'],
): Promise<{ item: JsonRecord }> {
  const { before, item } = body;
  if (!isJsonObject(item) || (before !== null && !isJsonObject(before))) {
    throw new ControlRefusal(
      400,
      'Send {"before": the item as it was or null, "item": the item as it shall be}.',
    );
  }
  const key = keyText(item, table.key);
  if (key === undefined)
    throw new ControlRefusal(400, `An item needs the key "${table.key}", a text that is not empty.`);
  if (before !== null && keyText(before, table.key) !== key) {
    throw new ControlRefusal(
      400,
      `The key "${table.key}" of an item cannot change. Add another item instead.`,
    );
  }
  await checkUnchanged(deps, table, { key, before });
  await asOtherWriter(deps, `Edit an item of ${table.name}`, async () => {
    const condition = before === null ? absent(table) : unchanged(before);
    await deps.doors().dynamodb('PutItem', { TableName: table.name, Item: item, ...condition });
  });
  return { item };
}

async function deleteItem(
  deps: TableDeps,
  table: Table,
  body: ControlInput['body'],
): Promise<{ deleted: string }> {
  const { before } = body;
  const key = isJsonObject(before) ? keyText(before, table.key) : undefined;
  if (!isJsonObject(before) || key === undefined) {
    throw new ControlRefusal(400, 'Send {"before": the item as it was}.');
  }
  await checkUnchanged(deps, table, { key, before });
  await asOtherWriter(deps, `Delete an item of ${table.name}`, async () => {
    const Key = { [table.key]: { S: key } };
    await deps.doors().dynamodb('DeleteItem', { TableName: table.name, Key, ...unchanged(before) });
  });
  return { deleted: key };
}

interface Expected {
  readonly key: string;
  readonly before: JsonRecord | null;
}

async function checkUnchanged(
  { clients }: TableDeps,
  table: Table,
  { key, before }: Expected,
): Promise<void> {
  const Key = { [table.key]: { S: key } };
  const { Item = null } = await clients.dynamodb('GetItem', {
    TableName: table.name,
    Key,
    ConsistentRead: true,
  });
  if (isDeepStrictEqual(Item, before)) return;
  if (before === null)
    throw new ControlRefusal(409, `There is an item with the key ${key} already. Edit that one.`);
  throw new ControlRefusal(409, CHANGED);
}

function absent({ key }: Table): JsonRecord {
  return { ConditionExpression: 'attribute_not_exists(#key)', ExpressionAttributeNames: { '#key': key } };
}

/** Between the check and the write, another writer may still come. */
function unchanged(before: JsonRecord): JsonRecord {
  const entries = Object.entries(before);
  return {
    ConditionExpression: entries.map((_, index) => `#n${index} = :v${index}`).join(' AND '),
    ExpressionAttributeNames: Object.fromEntries(entries.map(([name], index) => [`#n${index}`, name])),
    ExpressionAttributeValues: Object.fromEntries(entries.map(([, value], index) => [`:v${index}`, value])),
  };
}

/** Records what a person does here as a story of its own. DynamoDB's refusal is the person's to read. */
async function asOtherWriter(
  { recorder }: TableDeps,
  title: string,
  work: () => Promise<void>,
): Promise<void> {
  const span = recorder.begin({ lane: 'console', kind: 'action', title });
  try {
    await inSpan(span, work);
    recorder.end(span, { outcome: 'ok' });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    recorder.end(span, { outcome: 'refused', note: why });
    const isChanged = /ConditionalCheck|conditional request failed/i.test(why);
    if (isChanged) throw new ControlRefusal(409, CHANGED, { cause });
    throw new ControlRefusal(400, `DynamoDB does not take this. ${why}`, { cause });
  }
}

async function fileOf({ clients }: TableDeps, table: Table, query: URLSearchParams): Promise<FileAnswer> {
  const items = (await scanItems(clients, table.name)).filter(matcherOf(query));
  const file: TableFile = { format: 'predixa-table', version: 1, key: table.key, items };
  return new FileAnswer(`${table.name}.json`, 'application/json', Buffer.from(JSON.stringify(file, null, 1)));
}

async function importFile(
  deps: TableDeps,
  table: Table,
  file: ControlInput['body'],
): Promise<{ written: number }> {
  const { format, version, key, items } = file;
  if (format !== 'predixa-table' || version !== 1 || !Array.isArray(items)) {
    throw new ControlRefusal(422, 'The file is no export of a table that this version knows.');
  }
  if (key !== table.key) {
    throw new ControlRefusal(
      422,
      `The file holds items of another table: their key is "${String(key)}", and not "${table.key}".`,
    );
  }
  if (items.length > MAX_IMPORTED)
    throw new ControlRefusal(422, `A file holds at most ${MAX_IMPORTED} items.`);
  const wrong = items.findIndex((item) => !isJsonObject(item) || keyText(item, table.key) === undefined);
  if (wrong !== -1)
    throw new ControlRefusal(
      422,
      `Item ${wrong + 1} of the file has no key "${table.key}". Nothing was written.`,
    );
  await asOtherWriter(deps, `Import ${items.length} items into ${table.name}`, async () => {
    await putItems(deps.doors(), table.name, items as readonly JsonRecord[]);
  });
  return { written: items.length };
}

function keyText(item: JsonRecord, key: string): string | undefined {
  const value = item[key];
  const text = isJsonObject(value) ? value['S'] : undefined;
  return typeof text === 'string' && text !== '' ? text : undefined;
}
