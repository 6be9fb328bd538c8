/** The log: one JSON object a line, on standard output, where Lambda collects it. */
import { Fault } from '../../core/system/fault.ts';
import type { Log, LogFields } from '../../core/system/log.ts';
import { embeddedMetric, type MetricDimensions } from './embedded-metric.ts';
import { ConfigurationError } from './environment.ts';

type Level = 'info' | 'warn' | 'error';

interface LineContent {
  readonly fields: LogFields | undefined;
  readonly more?: object;
}

/** Of one request. */
export interface ContextLog extends Log {
  /** What is known from now on stands in every later line, also in that of whoever meets the failure further out. */
  addContext(fields: LogFields): void;
}

export interface LogOutput {
  readonly write: (line: string) => void;
  /** Without them no line is a metric: on one's own machine nobody counts. */
  readonly dimensions?: MetricDimensions | undefined;
  /** Of the whole path of a request, from the API on. */
  readonly traceId?: string | undefined;
}

/** `context` stands in every line: the request id, and what is learnt on the way. */
export function createLog(context: LogFields, output: LogOutput = lambdaOutput()): ContextLog {
  const known: Record<string, LogFields[string]> = { ...context };
  const line = (level: Level, message: string, said: LineContent): void => {
    const { fields, more = {} } = said;
    const time = new Date();
    const trace = output.traceId === undefined ? {} : { trace_id: output.traceId };
    const counted = embeddedMetric(fields, output.dimensions, time.getTime());
    const head = { level, message, time: time.toISOString(), ...trace };
    output.write(JSON.stringify({ ...head, ...known, ...fields, ...more, ...counted }));
  };
  return {
    info: (message, fields) => line('info', message, { fields }),
    warn: (message, fields) => line('warn', message, { fields }),
    error: (message, fields, cause) =>
      line('error', message, {
        fields,
        ...(cause === undefined ? {} : { more: { cause: describe(cause) } }),
      }),
    addContext: (fields) => {
      Object.assign(known, fields);
    },
  };
}

/**
 * Lambda collects what is written to standard output, and names the trace of each call anew. `traceHeader`: that of
 * the request, `X-Amzn-Trace-Id`, which goes before: it began at the API or before it.
 */
export function lambdaOutput(traceHeader?: string): LogOutput {
  const { STAGE: stage, FUNCTION: name, _X_AMZN_TRACE_ID: ofTheCall } = process.env;
  return {
    write: writeLine,
    dimensions: stage && name ? { stage, function: name } : undefined,
    traceId: traceRoot(traceHeader) ?? traceRoot(ofTheCall),
  };
}

/** A client may send the header too: only what looks like a trace is logged. */
function traceRoot(trace: string | undefined): string | undefined {
  return /(?:^|;)\s*Root=(?<root>1-[0-9a-f]{8}-[0-9a-f]{24})(?:;|$)/.exec(trace ?? '')?.groups?.['root'];
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
