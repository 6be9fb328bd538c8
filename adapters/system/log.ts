/** The log: one JSON object a line, on standard output, where Lambda collects it. */
import { Fault } from '../../core/system/fault.ts';
import type { Log, LogFields } from '../../core/system/log.ts';
import { ConfigurationError } from './environment.ts';

type Level = 'info' | 'warn' | 'error';

/** `context` stands in every line: the request id, and what is learnt on the way. */
export function createLog(context: LogFields, write: (line: string) => void = writeLine): Log {
  const line = (level: Level, message: string, fields: object): void => {
    write(JSON.stringify({ level, message, time: new Date().toISOString(), ...context, ...fields }));
  };
  return {
    info: (message, fields) => line('info', message, { ...fields }),
    warn: (message, fields) => line('warn', message, { ...fields }),
    error: (message, fields, cause) =>
      line('error', message, { ...fields, ...(cause === undefined ? {} : { cause: describe(cause) }) }),
  };
}

function writeLine(line: string): void {
  process.stdout.write(`${line}\n`);
}

/**
 * What an error is, without its message: messages of parsers and of other systems quote what a user sent.
 * Of a bug the stack's frames are kept, without the first line, which is the message again.
 */
function describe(cause: unknown): object {
  if (cause instanceof Fault) {
    return {
      name: cause.name,
      ...cause.details,
      ...(cause.cause instanceof Error ? { of: cause.cause.name } : {}),
    };
  }
  if (cause instanceof ConfigurationError) {
    return { name: cause.name, missing: cause.missing, invalid: cause.invalid };
  }
  if (!(cause instanceof Error)) return { name: typeof cause };
  const frames = cause.stack?.split('\n').filter((frame) => /^\s+at /.test(frame)) ?? [];
  return { name: cause.name, stack: frames.slice(0, 8).map((frame) => frame.trim()) };
}
