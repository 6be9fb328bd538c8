/** One worker thread that holds a loaded function: takes one event at a time, and is thrown away when it misbehaves. */
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import {
  exited,
  type InvocationResult,
  PAYLOAD_LIMIT_BYTES,
  responseTooLarge,
  timedOut,
} from './invocation.ts';

export interface FunctionSettings {
  readonly name: string;
  /** The built bundle. */
  readonly file: string;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  /** All that the function sees in its environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly onLine: (line: string) => void;
}

export interface ExecutionEnvironment {
  /** False once the worker is gone or must not be used again. */
  readonly usable: boolean;
  run(event: string): Promise<InvocationResult>;
  close(): Promise<void>;
}

type Message = 'loaded' | { readonly line: string } | Answer;

type Answer =
  | { readonly payload: string }
  | { readonly fault: { errorType: string; errorMessage: string; trace: readonly string[] } };

/** Loading counts apart from the function's own time, as on Lambda. */
const INIT_TIMEOUT_MS = 10_000;

const entry = fileURLToPath(new URL('./worker.cjs', import.meta.url));

export function createEnvironment(settings: FunctionSettings): ExecutionEnvironment {
  const worker = startWorker(settings);
  const fate = watchFate(worker, settings.onLine);
  const loaded = new Promise<void>((resolve) => {
    worker.on('message', (message: Message) => {
      if (message === 'loaded') resolve();
    });
    worker.once('exit', () => {
      resolve();
    });
  });
  return {
    get usable() {
      return fate.gone === undefined;
    },
    async run(event) {
      const requestId = randomUUID();
      if (!(await inTime(loaded, INIT_TIMEOUT_MS))) {
        fate.leave('before it was loaded');
        await worker.terminate();
      }
      if (fate.gone !== undefined) return exited(requestId, fate.gone);
      return runIn(worker, fate, { settings, event, requestId });
    },
    async close() {
      fate.leave('since the local cloud ended');
      await worker.terminate();
    },
  };
}

function startWorker(settings: FunctionSettings): Worker {
  const worker = new Worker(entry, {
    workerData: { file: settings.file },
    env: { ...settings.env },
    // The parent may run under tsx or vitest; a function must run as on Lambda, under plain Node.
    execArgv: [],
    stdout: true,
    stderr: true,
  });
  worker.on('message', (message: Message) => {
    if (message !== 'loaded' && 'line' in message) settings.onLine(message.line);
  });
  // What Node itself writes, past the thread's own streams.
  readLines(worker.stdout, settings.onLine);
  readLines(worker.stderr, settings.onLine);
  return worker;
}

/** Whether the worker is gone, and why. */
interface Fate {
  gone: string | undefined;
  onGone: ((detail: string) => void) | undefined;
  leave(detail: string): void;
}

function watchFate(worker: Worker, onLine: (line: string) => void): Fate {
  const fate: Fate = {
    gone: undefined,
    onGone: undefined,
    leave(detail) {
      fate.gone ??= detail;
      fate.onGone?.(fate.gone);
    },
  };
  worker.on('error', (error) => {
    onLine(error instanceof Error ? (error.stack ?? error.message) : String(error));
    fate.leave(`with error: ${error instanceof Error ? error.message : String(error)}`);
  });
  worker.on('exit', (code) => {
    fate.leave(code === 0 ? 'without providing a reason' : `with error: exit status ${code}`);
  });
  return fate;
}

interface Run {
  readonly settings: FunctionSettings;
  readonly event: string;
  readonly requestId: string;
}

function runIn(worker: Worker, fate: Fate, { settings, event, requestId }: Run): Promise<InvocationResult> {
  const { timeoutMs, memoryMb, name: functionName } = settings;
  return new Promise((resolve) => {
    const settle = (result: InvocationResult): void => {
      clearTimeout(timer);
      fate.onGone = undefined;
      worker.off('message', onMessage);
      resolve(result);
    };
    const onMessage = (message: Message): void => {
      if (message !== 'loaded' && !('line' in message)) settle(resultOf(message));
    };
    const timer = setTimeout(() => {
      settle(timedOut(requestId, timeoutMs));
      fate.leave('after a timeout');
      void worker.terminate();
    }, timeoutMs);
    fate.onGone = (detail) => {
      settle(exited(requestId, detail));
    };
    worker.on('message', onMessage);
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- Messages between threads have no origin.
    worker.postMessage({ event, requestId, timeoutMs, functionName, memoryMb });
  });
}

function resultOf(message: Answer): InvocationResult {
  if ('fault' in message) return { ok: false, ...message.fault };
  const bytes = Buffer.byteLength(message.payload);
  if (bytes > PAYLOAD_LIMIT_BYTES) return responseTooLarge(bytes);
  return { ok: true, payload: JSON.parse(message.payload) as unknown };
}

function readLines(stream: Readable, onLine: (line: string) => void): void {
  createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', (line) => {
    if (line !== '') onLine(line);
  });
}

async function inTime(promise: Promise<void>, timeoutMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, false);
  });
  const result = await Promise.race([promise.then(() => true), late]);
  clearTimeout(timer);
  return result;
}
