/** Lambda: runs the built functions, each with its own environment, and writes their output to log files. */
import { mkdir } from 'node:fs/promises';
import { devNull } from 'node:os';
import path from 'node:path';
import { createFunctionPool, type FunctionPool } from './function-pool.ts';
import {
  type FunctionLogLine,
  type InvocationResult,
  PAYLOAD_LIMIT_BYTES,
  payloadTooLarge,
  unknownFunction,
} from './invocation.ts';
import { openLogFile } from './log-file.ts';
import type { ObserveInvocation } from './observer.ts';

export interface LambdaOptions {
  /** The directory that holds `NAME/index.cjs` for every function. */
  readonly functionsDirectory: string;
  /** The functions that exist, with their timeouts. */
  readonly functions: Readonly<Record<string, { readonly timeoutSeconds: number }>>;
  readonly env: Readonly<Record<string, string>>;
  /** The directory that receives `NAME.log` for every function. */
  readonly logsDirectory: string;
  readonly onLog?: (line: FunctionLogLine) => void;
  readonly concurrency?: number;
  readonly observe?: ObserveInvocation;
  /** See `FunctionSettings`. */
  readonly clockOffset?: SharedArrayBuffer;
}

export interface LambdaRuntime {
  invoke(name: string, event: unknown): Promise<InvocationResult>;
  /** Ends the environment that runs the watched invocation, if one does. */
  kill(span: number): void;
  warm(): void;
  recycle(): Promise<void>;
  close(): Promise<void>;
}

const MEMORY_MB = 256;
const MAX_QUEUE = 1_000;
const IDLE_MS = 30_000;

export async function startLambda(options: LambdaOptions): Promise<LambdaRuntime> {
  await mkdir(options.logsDirectory, { recursive: true });
  const pools = new Map<string, FunctionPool>();
  const logs = Object.keys(options.functions).map((name) => {
    const log = openLogFile(path.join(options.logsDirectory, `${name}.log`));
    const timeoutMs = (options.functions[name]?.timeoutSeconds ?? 3) * 1000;
    const settings = {
      name,
      file: path.resolve(options.functionsDirectory, name, 'index.cjs'),
      timeoutMs,
      memoryMb: MEMORY_MB,
      env: { ...lambdaEnvironment(name), ...options.env },
      ...(options.clockOffset === undefined ? {} : { clockOffset: options.clockOffset }),
      onLine: (line: string) => {
        log.write(line);
        options.onLog?.({ functionName: name, line });
      },
    };
    pools.set(
      name,
      createFunctionPool(settings, {
        concurrency: options.concurrency ?? 4,
        queue: MAX_QUEUE,
        idleMs: IDLE_MS,
      }),
    );
    return log;
  });
  const recycle = async (): Promise<void> => {
    await Promise.all([...pools.values()].map((pool) => pool.recycle()));
  };
  return {
    async invoke(name, event) {
      const pool = pools.get(name);
      if (pool === undefined) return unknownFunction(name);
      const json = JSON.stringify(event) ?? 'null';
      if (Buffer.byteLength(json) > PAYLOAD_LIMIT_BYTES) return payloadTooLarge;
      const watched = options.observe?.(name, event);
      const result = await pool.invoke(json, watched);
      watched?.end(result);
      return result;
    },
    kill(span) {
      for (const pool of pools.values()) pool.kill(span);
    },
    warm() {
      for (const pool of pools.values()) pool.warm();
    },
    recycle,
    async close() {
      await Promise.all([...pools.values()].map((pool) => pool.close()));
      for (const log of logs) log.close();
    },
  };
}

/**
 * Returns the variables that Lambda sets, and those that keep the SDK from reading the AWS settings of this machine's
 * user.
 */
function lambdaEnvironment(name: string): Record<string, string> {
  return {
    TZ: ':UTC',
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs20.x',
    AWS_LAMBDA_FUNCTION_NAME: name,
    // The SDK sends this in its user agent, so that each call shows which function made it.
    AWS_SDK_UA_APP_ID: name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(MEMORY_MB),
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
  };
}
