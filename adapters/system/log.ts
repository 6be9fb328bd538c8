/** Writes the log as one JSON object per line to standard output, where Lambda collects it. */
import { Fault, refusalIn } from '../../core/system/fault.ts';
import type { Log, LogFields } from '../../core/system/log.ts';
import { embeddedMetric, type MetricDimensions } from './embedded-metric.ts';
import { ConfigurationError } from './environment.ts';

type Level = 'info' | 'warn' | 'error';

interface LineContent {
  readonly fields: LogFields | undefined;
  readonly more?: object;
}

/** The log of one request. */
export interface ContextLog extends Log {
  /** Adds fields to every later line, including the line that an outer handler writes for a failure. */
  addContext(fields: LogFields): void;
}

export interface LogOutput {
  readonly write: (line: string) => void;
  /** The dimensions of metrics. Without them, as on a developer's machine, no line is a metric. */
  readonly dimensions?: MetricDimensions | undefined;
  /** The trace id of the request's whole path, starting at the API. */
  readonly traceId?: string | undefined;
}

/**
 * Creates a log. Every line contains `context`, such as the request id, and the fields added later. Most requests write no
 * line, so the context can be given as a function.
 */
export function createLog(
  context: LogFields | (() => LogFields),
  output: LogOutput = lambdaOutput(),
): ContextLog {
  let known: Record<string, LogFields[string]> | undefined;
  const contextOf = () => {
    known ??= { ...(typeof context === 'function' ? context() : context) };
    return known;
  };
  const line = (level: Level, message: string, content: LineContent): void => {
    const { fields, more = {} } = content;
    const time = new Date();
    const { traceId } = output;
    const trace = traceId === undefined ? {} : { trace_id: traceId };
    const counted = embeddedMetric(fields, output.dimensions, time.getTime());
    const head = { level, message, time: time.toISOString(), ...trace };
    output.write(JSON.stringify({ ...head, ...contextOf(), ...fields, ...more, ...counted }));
  };
  return {
    info: (message, fields) => line('info', message, { fields }),
    warn: (message, fields, cause) => {
      line('warn', message, contentOf(fields, cause));
      raise(line, cause);
    },
    error: (message, fields, cause) => {
      line('error', message, contentOf(fields, cause));
      raise(line, cause);
    },
    addContext: (fields) => {
      Object.assign(contextOf(), fields);
    },
  };
}

type WriteLine = (level: Level, message: string, content: LineContent) => void;

/**
 * Raises the alarm for a cause that no repetition resolves, wherever a function has logged it: a setting that must be
 * corrected, or a refusal that no rule knows. What a user's own situation causes is no alarm.
 */
function raise(line: WriteLine, cause: unknown): void {
  if (cause instanceof ConfigurationError) {
    const fields = { metric: 'misconfigured', settings: [...cause.missing, ...cause.invalid] };
    line('error', 'The configuration is incomplete or invalid.', { fields });
    return;
  }
  const refusal = refusalIn(cause);
  if (refusal?.kind === 'installation') {
    const { setting, fix } = refusal;
    const fields = { metric: 'misconfigured', settings: [setting], fix };
    line('error', 'Another system refuses a request because of a setting.', contentOf(fields, cause));
  } else if (refusal?.kind === 'unknown' || refusal?.kind === 'optional') {
    const fields = { metric: 'request_refused' };
    line('error', 'Another system refuses a request permanently.', contentOf(fields, cause));
  }
}

function contentOf(fields: LogFields | undefined, cause: unknown): LineContent {
  return { fields, ...(cause === undefined ? {} : { more: { cause: describe(cause) } }) };
}

/**
 * Returns Lambda's output. The trace id comes from the request's header `X-Amzn-Trace-Id`, which covers the API as well,
 * or else from the invocation, for which Lambda sets `_X_AMZN_TRACE_ID`.
 */
export function lambdaOutput(traceHeader?: string): LogOutput {
  const { STAGE: stage, FUNCTION: name, _X_AMZN_TRACE_ID: invocationTrace } = process.env;
  return {
    write: writeLine,
    dimensions: stage && name ? { stage, function: name } : undefined,
    get traceId() {
      return traceRoot(traceHeader) ?? traceRoot(invocationTrace);
    },
  };
}

/** Returns a valid trace root only, because a client can send any header. */
function traceRoot(trace: string | undefined): string | undefined {
  return /(?:^|;)\s*Root=(?<root>1-[0-9a-f]{8}-[0-9a-f]{24})(?:;|$)/.exec(trace ?? '')?.groups?.['root'];
}

function writeLine(line: string): void {
  process.stdout.write(`${line}\n`);
}

/**
 * Describes an error without its message, because messages of parsers and other systems may quote user data. For a
 * bug it includes the stack's frames, but not its first line, which repeats the message.
 */
function describe(cause: unknown): object {
  if (cause instanceof Fault) {
    const { refusal, ...details } = cause.details;
    return {
      name: cause.name,
      ...details,
      ...(refusal === undefined ? {} : { refusal: refusal.kind }),
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
