/** Where a command writes: results to standard output, progress and log lines to standard error. */
import { createLog } from '../../adapters/system/log.ts';
import type { Log } from '../../core/system/log.ts';
import { createProgressView, type ProgressView } from './progress.ts';

export interface Console {
  readonly view: ProgressView;
  readonly log: Log;
}

export function openConsole(): Console {
  const view = createProgressView(process.stderr);
  return { view, log: createLog({}, { write: (line) => view.print(readable(line)) }) };
}

/** Formats a JSON log line for a person: `warn: MESSAGE (FIELD VALUE; …)`. */
function readable(line: string): string {
  const { level, message, time: _, metric: __, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const values = Object.entries(fields).map(
    ([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return `${String(level)}: ${String(message)}${values.length === 0 ? '' : ` (${values.join('; ')})`}`;
}
