/** One line of a function's log for the terminal: the message first, then what belongs to it. */
import { parseJsonObject } from '../http/body.ts';
import type { FunctionLogLine } from '../lambda/invocation.ts';

const NAME_WIDTH = 18;

/** Told apart by the terminal's own order, or of use only to a program. */
const leftOut = new Set(['time', 'level', 'message', 'request_id', 'api_request_id', 'trace_id']);

export function compactLine({ functionName, line }: FunctionLogLine): string {
  const fields = parseJsonObject(line);
  const message = fields?.['message'];
  if (fields === undefined || typeof message !== 'string') return functionName.padEnd(NAME_WIDTH) + line;
  const level = typeof fields['level'] === 'string' ? fields['level'].toLowerCase() : 'info';
  const more = Object.entries(fields)
    .filter(([name]) => !leftOut.has(name))
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  return `${functionName.padEnd(NAME_WIDTH)}${level.padEnd(6)}${[message, ...more].join('  ')}`;
}
