/**
 * One worker thread with a loaded function. It runs one event at a time, and is discarded after a timeout or a crash.
 */
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
import type { WatchedInvocation } from './observer.ts';

export interface FunctionSettings {
  readonly name: string;
  /** The path of the built bundle. */
  readonly file: string;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  /** The complete environment of the function. */
  readonly env: Readonly<Record<string, string>>;
  readonly onLine: (line: string) => void;
  /** How far the clock that the function sees is ahead, in milliseconds: one `Float64`. Default: the machine's clock. */
  readonly clockOffset?: SharedArrayBuffer;
}

/** The compiled code of a bundle, shared by the environments of this process. Compiling takes most of a cold start. */
export interface CompiledCode {
  code: Uint8Array | undefined;
}

export interface ExecutionEnvironment {
  /** False once the worker has exited or must not be used again. */
  readonly usable: boolean;
  run(event: string, watched?: WatchedInvocation): Promise<InvocationResult>;
  /** Ends the process in the middle of its work, as a crash does. */
  kill(): void;
  close(): Promise<void>;
}

type Message = 'loaded' | { readonly line: string } | { readonly compiledCode: Uint8Array } | Answer;

type Answer =
  | { readonly payload: string }
  | { readonly fault: { errorType: string; errorMessage: string; trace: readonly string[] } };

/** Loading has its own limit and does not count toward the function's timeout, as on Lambda. */
const INIT_TIMEOUT_MS = 10_000;

/**
 * The part of a heap for new objects, which Node lets grow to 48 MB in each of up to forty environments. What a function
 * does for one request needs little of it.
 */
const YOUNG_GENERATION_MB = 6;

const entry = fileURLToPath(new URL('./worker.cjs', import.meta.url));

export function createEnvironment(given: FunctionSettings, compiled: CompiledCode): ExecutionEnvironment {
  let current: WatchedInvocation | undefined;
  const settings: FunctionSettings = {
    ...given,
    onLine: (line) => {
      given.onLine(line);
      current?.line(line);
    },
  };
  const worker = startWorker(settings, compiled);
  const exit = watchExit(worker, settings.onLine);
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
      return exit.reason === undefined;
    },
    async run(event, watched) {
      current = watched;
      const requestId = randomUUID();
      if (!(await resolvesInTime(loaded, INIT_TIMEOUT_MS))) {
        exit.markExited('before the function was loaded');
        await worker.terminate();
      }
      if (exit.reason !== undefined) return exited(requestId, exit.reason);
      return runIn(worker, exit, { settings, event, requestId, span: watched?.span });
    },
    kill() {
      void worker.terminate();
    },
    async close() {
      exit.markExited('because the local cloud stopped or reloaded it');
      await worker.terminate();
    },
  };
}

function startWorker(settings: FunctionSettings, compiled: CompiledCode): Worker {
  const worker = new Worker(entry, {
    workerData: { file: settings.file, compiledCode: compiled.code, clockOffset: settings.clockOffset },
    env: { ...settings.env },
    resourceLimits: {
      maxOldGenerationSizeMb: settings.memoryMb,
      maxYoungGenerationSizeMb: YOUNG_GENERATION_MB,
    },
    // The parent may run under tsx or vitest. A function must run under plain Node, as on Lambda.
    execArgv: [],
    stdout: true,
    stderr: true,
  });
  worker.on('message', (message: Message) => {
    if (message === 'loaded') return;
    if ('line' in message) settings.onLine(message.line);
    if ('compiledCode' in message) compiled.code ??= shared(message.compiledCode);
  });
  // Node itself writes here, and not to the streams that the worker replaces.
  readLines(worker.stdout, settings.onLine);
  readLines(worker.stderr, settings.onLine);
  return worker;
}

/** Records whether the worker has exited, and why. */
interface ExitState {
  reason: string | undefined;
  onExit: ((detail: string) => void) | undefined;
  markExited(detail: string): void;
}

function watchExit(worker: Worker, onLine: (line: string) => void): ExitState {
  const exit: ExitState = {
    reason: undefined,
    onExit: undefined,
    markExited(detail) {
      exit.reason ??= detail;
      exit.onExit?.(exit.reason);
    },
  };
  worker.on('error', (error) => {
    onLine(error instanceof Error ? (error.stack ?? error.message) : String(error));
    exit.markExited(`with error: ${error instanceof Error ? error.message : String(error)}`);
  });
  worker.on('exit', (code) => {
    exit.markExited(code === 0 ? 'without providing a reason' : `with error: exit status ${code}`);
  });
  return exit;
}

interface Run {
  readonly settings: FunctionSettings;
  readonly event: string;
  readonly requestId: string;
  readonly span: number | string | undefined;
}

function runIn(
  worker: Worker,
  exit: ExitState,
  { settings, event, requestId, span }: Run,
): Promise<InvocationResult> {
  const { timeoutMs, memoryMb, name: functionName } = settings;
  return new Promise((resolve) => {
    const settle = (result: InvocationResult): void => {
      clearTimeout(timer);
      exit.onExit = undefined;
      worker.off('message', onMessage);
      resolve(result);
    };
    const onMessage = (message: Message): void => {
      if (isAnswer(message)) settle(resultOf(message));
    };
    const timer = setTimeout(() => {
      settle(timedOut(requestId, timeoutMs));
      exit.markExited('after a timeout');
      void worker.terminate();
    }, timeoutMs);
    exit.onExit = (detail) => {
      settle(exited(requestId, detail));
    };
    worker.on('message', onMessage);
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- Messages between threads have no origin.
    worker.postMessage({ event, requestId, timeoutMs, functionName, memoryMb, span });
  });
}

function isAnswer(message: Message): message is Answer {
  return message !== 'loaded' && ('payload' in message || 'fault' in message);
}

/** Returns a copy that can be passed to other threads without further copies. */
function shared(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.byteLength));
  copy.set(bytes);
  return copy;
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

async function resolvesInTime(promise: Promise<void>, timeoutMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, false);
  });
  const result = await Promise.race([promise.then(() => true), late]);
  clearTimeout(timer);
  return result;
}
