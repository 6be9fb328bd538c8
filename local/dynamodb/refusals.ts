/** What DynamoDB refuses before it looks at the table: bodies and operations that would bring the emulator down. */
import type { IncomingHttpHeaders } from 'node:http';
import { type Answer, jsonAnswer, parseJsonObject } from '../http/body.ts';

const versions = ['DynamoDB_20111205', 'DynamoDB_20120810'];

/** The operations of dynalite 4; any other is unknown to it, transactions among them. */
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

export function refusal(headers: IncomingHttpHeaders, body: Buffer): Answer | undefined {
  const target = headers['x-amz-target'];
  if (typeof target !== 'string' || !isKnown(target)) return coralError('UnknownOperationException');
  const input = parseJsonObject(body);
  if (input === undefined) return coralError('SerializationException');
  return Object.values(input).some(holdsNull) ? emptyValue() : undefined;
}

/** The answer when the emulator died on a request. The SDK tries again, and by then a new one runs. */
export function internalError(): Answer {
  return amzJson(500, {
    __type: 'com.amazonaws.dynamodb.v20120810#InternalServerError',
    message: 'Internal server error',
  });
}

/** A null where an attribute value should be makes the emulator throw. */
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
