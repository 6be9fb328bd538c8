/** What an update of an item answers with: the item as it is after the update, also where each run writes another value. */
import { parseJsonObject } from '../local/http/body.ts';

/** Returns the recorded answer with what this request sets. Other answers stay as they are. */
export function withWritten(answer: string, request: string): string {
  const input = parseJsonObject(request);
  const output = input?.['ReturnValues'] === 'ALL_NEW' ? parseJsonObject(answer) : undefined;
  const item = output?.['Attributes'];
  if (typeof item !== 'object' || item === null) return answer;
  const [names, values] = [
    recordOf(input?.['ExpressionAttributeNames']),
    recordOf(input?.['ExpressionAttributeValues']),
  ];
  const written = [...String(input?.['UpdateExpression']).matchAll(/(#\w+) = (:\w+)/g)].map(
    ([, name = '', value = '']): [string, unknown] => [String(names[name]), values[value]],
  );
  return JSON.stringify({ ...output, Attributes: { ...item, ...Object.fromEntries(written) } });
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
