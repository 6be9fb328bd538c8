/** What requests to DynamoDB mean: the table, the item, and the condition of a write. */
import { parseJsonObject } from '../../http/body.ts';
import type { Description } from '../tap.ts';
import type { TappedRequest } from '../tapped.ts';
import { outcomeOf, subjectsIn } from './outcome.ts';

const reads = new Set(['GetItem', 'BatchGetItem', 'Query', 'Scan', 'DescribeTable', 'ListTables']);

export function dynamoOperation({ headers }: TappedRequest): string {
  return String(headers['x-amz-target'] ?? '').split('.')[1] ?? 'request';
}

export const dynamoDescription: Description = {
  begin(request) {
    const operation = dynamoOperation(request);
    if (request.method !== 'POST' || operation === 'ListTables' || operation === 'CreateTable') return 'skip';
    return { lane: 'dynamodb', kind: reads.has(operation) ? 'read' : 'write', title: operation };
  },
  end(request, answer) {
    const input = parseJsonObject(request.body) ?? {};
    const output = parseJsonObject(answer.body) ?? {};
    const error = typeof output['__type'] === 'string' ? output['__type'].replace(/^.*#/, '') : null;
    const table = typeof input['TableName'] === 'string' ? ` ${input['TableName']}` : '';
    const condition = withNames(input['ConditionExpression'], input);
    const notes = [error, condition === null ? null : `if ${condition}`].filter((note) => note !== null);
    return {
      ...outcomeOf(answer),
      title: `${dynamoOperation(request)}${table}`,
      note: notes.length === 0 ? null : notes.join(': '),
      subjects: subjectsIn(input['Key'] ?? input['Item'] ?? ''),
      request: input,
      answer: output,
    };
  },
};

/** The expression with the names and values that it stands for, so that a person can read it. */
function withNames(expression: unknown, input: Readonly<Record<string, unknown>>): string | null {
  if (typeof expression !== 'string') return null;
  const names = (input['ExpressionAttributeNames'] ?? {}) as Readonly<Record<string, string>>;
  const values = (input['ExpressionAttributeValues'] ?? {}) as Readonly<Record<string, object>>;
  return expression.replaceAll(/[#:][\w]+/g, (token) => {
    const value = values[token];
    return names[token] ?? (value === undefined ? token : JSON.stringify(Object.values(value)[0]));
  });
}
