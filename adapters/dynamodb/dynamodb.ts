/** The DynamoDB client of the stores. A failed call always throws a `Fault`. */
import type {
  BatchGetCommandInput,
  DeleteCommandInput,
  GetCommandInput,
  PutCommandInput,
  ScanCommandInput,
  UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { Fault } from '../../core/system/fault.ts';
import {
  isRecord,
  recordAt,
  recordIn,
  recordsIn,
  type UnknownRecord,
  valueAt,
} from '../../core/system/record.ts';
import { faultOf } from '../aws/fault.ts';
import type { CallAws } from '../transport/aws-json.ts';
import { itemIn, itemJson } from './attribute-value.ts';

type Conditional<Input> = Input & { readonly ConditionExpression: string };
type Unconditional<Input> = Input & { readonly ConditionExpression?: never };

/** A write with a condition returns `condition_failed` if the condition does not hold. */
export type ConditionFailed = 'condition_failed';

export interface ReadItem {
  readonly Item?: UnknownRecord;
}

export interface Written {
  /** The item before or after the write, if the input asks for it. */
  readonly Attributes?: UnknownRecord;
}

export interface ScanPage {
  readonly Items: readonly UnknownRecord[];
  readonly LastEvaluatedKey?: UnknownRecord;
}

export interface Batch {
  /** The items by table. */
  readonly Responses: Readonly<Record<string, readonly UnknownRecord[]>>;
  /** The keys by table that DynamoDB did not look up, and that are requested again. */
  readonly UnprocessedKeys: Readonly<Record<string, readonly UnknownRecord[]>>;
}

/** `operation` names the call in the `Fault` of a failure, such as `read profile`. */
export interface DynamoDb {
  get(operation: string, input: GetCommandInput): Promise<ReadItem>;
  put(operation: string, input: Unconditional<PutCommandInput>): Promise<Written>;
  putIf(operation: string, input: Conditional<PutCommandInput>): Promise<Written | ConditionFailed>;
  update(operation: string, input: Unconditional<UpdateCommandInput>): Promise<Written>;
  updateIf(operation: string, input: Conditional<UpdateCommandInput>): Promise<Written | ConditionFailed>;
  delete(operation: string, input: Unconditional<DeleteCommandInput>): Promise<Written>;
  deleteIf(operation: string, input: Conditional<DeleteCommandInput>): Promise<Written | ConditionFailed>;
  scan(operation: string, input: ScanCommandInput): Promise<ScanPage>;
  batchGet(operation: string, input: BatchGetCommandInput): Promise<Batch>;
}

export function withFaults(callAws: CallAws): DynamoDb {
  const call = async (action: string, operation: string, input: object): Promise<UnknownRecord> => {
    const answer = await callAws(action, jsonOf(input)).catch((cause: unknown) => {
      throw faultOf({ system: 'dynamodb', operation, permanentErrors }, cause);
    });
    // An answer without a body says nothing about an item. It must not count as one that does not exist.
    if (answer === undefined) throw unknownShape(operation, 'a JSON object');
    return answer;
  };
  const write =
    (action: string) =>
    async (operation: string, input: object): Promise<Written> => {
      const answer = await call(action, operation, input);
      return readItem(operation, answer, 'Attributes');
    };
  const writeIf = (action: string) => async (operation: string, input: object) =>
    write(action)(operation, input).catch(conditionFailedOrThrow);
  return {
    get: async (operation, input) => readItem(operation, await call('GetItem', operation, input), 'Item'),
    put: write('PutItem'),
    putIf: writeIf('PutItem'),
    update: write('UpdateItem'),
    updateIf: writeIf('UpdateItem'),
    delete: write('DeleteItem'),
    deleteIf: writeIf('DeleteItem'),
    scan: async (operation, input) => {
      const answer = await call('Scan', operation, input);
      return {
        Items: itemsIn(operation, valueAt(answer, 'Items') ?? []),
        ...readItem(operation, answer, 'LastEvaluatedKey'),
      };
    },
    batchGet: async (operation, input) => {
      const answer = await call('BatchGetItem', operation, input);
      const read = (name: string, field: (of: unknown) => unknown) =>
        Object.entries(recordAt(answer, name) ?? {}).map(([table, of]) => [
          table,
          itemsIn(operation, field(of)),
        ]);
      return {
        Responses: Object.fromEntries(read('Responses', (items) => items)),
        UnprocessedKeys: Object.fromEntries(
          read('UnprocessedKeys', (request) => valueAt(recordIn(request), 'Keys')),
        ),
      };
    },
  };
}

/** Returns the input with its values in DynamoDB's JSON. */
function jsonOf(input: object): UnknownRecord {
  const json: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(input) as [string, unknown][]) {
    if (name === 'RequestItems') json[name] = requestsJson(recordIn(value) ?? {});
    else json[name] = itemFields.has(name) && isRecord(value) ? itemJson(value) : value;
  }
  return json;
}

const itemFields: ReadonlySet<string> = new Set([
  'Item',
  'Key',
  'ExpressionAttributeValues',
  'ExclusiveStartKey',
]);

function requestsJson(requests: UnknownRecord): UnknownRecord {
  return Object.fromEntries(
    Object.entries(requests).map(([table, request]) => {
      const keys = valueAt(recordIn(request), 'Keys');
      return [
        table,
        { ...recordIn(request), Keys: Array.isArray(keys) ? recordsIn(keys).map(itemJson) : [] },
      ];
    }),
  );
}

/** Returns the item as a field of this name, if the answer has one. */
function readItem<Name extends string>(
  operation: string,
  answer: UnknownRecord,
  name: Name,
): { readonly [N in Name]?: UnknownRecord } {
  const json = valueAt(answer, name);
  if (json === undefined || json === null) return {};
  const item = itemIn(json);
  if (item === undefined) throw unknownShape(operation, `${name} with attributes`);
  return { [name]: item } as { readonly [N in Name]: UnknownRecord };
}

function itemsIn(operation: string, list: unknown): readonly UnknownRecord[] {
  if (!Array.isArray(list)) throw unknownShape(operation, 'a list of items');
  return list.map((json) => {
    const item = itemIn(json);
    if (item === undefined) throw unknownShape(operation, 'a list of items');
    return item;
  });
}

function unknownShape(operation: string, expected: string): Fault {
  return new Fault({ code: 'unknown_shape', system: 'dynamodb', operation, expected });
}

function conditionFailedOrThrow(cause: unknown): ConditionFailed {
  if (cause instanceof Fault && cause.details.reason === 'ConditionalCheckFailedException')
    return 'condition_failed';
  throw cause;
}

const permanentErrors: ReadonlySet<string> = new Set([
  'AccessDeniedException',
  'ResourceNotFoundException',
  'UnrecognizedClientException',
  'ValidationException',
]);
