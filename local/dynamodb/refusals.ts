/** Rejects requests that DynamoDB rejects before it reads a table, and that would crash the emulator. */
import type { IncomingHttpHeaders } from 'node:http';
import { type Answer, jsonAnswer, parseJsonObject } from '../http/body.ts';

const versions = ['DynamoDB_20111205', 'DynamoDB_20120810'];

/** The operations that dynalite 4 supports. Transactions are not among them. */
const operations = new Set([
  'BatchGetItem',
  'BatchWriteItem',
  'CreateTable',
  'DeleteItem',
  'DeleteTable',
  'DescribeTable',
  'DescribeTimeToLive',
  'GetItem',
  'ListTables',
  'ListTagsOfResource',
  'PutItem',
  'Query',
  'Scan',
  'TagResource',
  'UntagResource',
  'UpdateItem',
  'UpdateTable',
]);

/** Returns the error answer to a malformed request, or undefined if the emulator can handle the request. */
export function refusal(headers: IncomingHttpHeaders, body: Buffer): Answer | undefined {
  const target = headers['x-amz-target'];
  if (typeof target !== 'string' || !isKnown(target)) return coralError('UnknownOperationException');
  const input = parseJsonObject(body);
  if (input === undefined) return coralError('SerializationException');
  return Object.values(input).some(holdsNull) ? emptyValue() : undefined;
}

/** Returns the answer to a request that crashed the emulator. The SDK retries, and a new emulator runs by then. */
export function internalError(): Answer {
  return amzJson(500, {
    __type: 'com.amazonaws.dynamodb.v20120810#InternalServerError',
    message: 'Internal server error',
  });
}

/** Returns whether a null is in the place of an attribute value, which crashes the emulator. */
function holdsNull(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some((inner) => inner === null || holdsNull(inner));
}

function emptyValue(): Answer {
  return amzJson(400, {
    __type: 'com.amazon.coral.validate#ValidationException',
    message: 'Supplied AttributeValue is empty, must contain exactly one of the supported datatypes',
  });
}

function isKnown(target: string): boolean {
  const [version = '', operation = '', ...rest] = target.split('.');
  return versions.includes(version) && operations.has(operation) && rest.length === 0;
}

function coralError(type: string): Answer {
  return amzJson(400, { __type: `com.amazon.coral.service#${type}` });
}

function amzJson(status: number, value: unknown): Answer {
  return jsonAnswer(status, value, 'application/x-amz-json-1.0');
}
