/** Formats one line of a function's log for the terminal: the message first, then the other fields. */
import { parseJsonObject } from '../http/body.ts';
import type { FunctionLogLine } from '../lambda/invocation.ts';

const NAME_WIDTH = 18;

/** Fields that are clear from the order of the lines, or useful only to a program. */
const omittedFields = new Set(['time', 'level', 'message', 'request_id', 'api_request_id', 'trace_id']);

export function compactLine({ functionName, line }: FunctionLogLine): string {
  const fields = parseJsonObject(line);
  const message = fields?.['message'];
  if (fields === undefined || typeof message !== 'string') return functionName.padEnd(NAME_WIDTH) + line;
  const level = typeof fields['level'] === 'string' ? fields['level'].toLowerCase() : 'info';
  const details = Object.entries(fields)
    .filter(([name]) => !omittedFields.has(name))
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  return `${functionName.padEnd(NAME_WIDTH)}${level.padEnd(6)}${[message, ...details].join('  ')}`;
}
