/**
 * The execution environments of one function. Concurrent events get one each, up to a limit; more events wait in a
 * bounded queue.
 */
import { statSync } from 'node:fs';
import {
  type CompiledCode,
  createEnvironment,
  type ExecutionEnvironment,
  type FunctionSettings,
} from './execution-environment.ts';
import { type InvocationResult, throttled } from './invocation.ts';
import type { WatchedInvocation } from './observer.ts';
import { createSlots } from './slots.ts';

export interface FunctionPool {
  invoke(event: string, watched?: WatchedInvocation): Promise<InvocationResult>;
  /** Ends the environment that runs the watched invocation, if one does. */
  kill(span: number): void;
  /** The environments that exist. */
  readonly size: number;
  /** Loads the function, so that the first event does not wait for it. */
  warm(): void;
  /** Discards all environments, and with them the function's state in memory. */
  recycle(): Promise<void>;
  close(): Promise<void>;
}

export interface PoolLimits {
  readonly concurrency: number;
  readonly queue: number;
  /** How long an environment waits for an event. One of each function waits for ever. */
  readonly idleMs: number;
}

interface PooledEnvironment {
  readonly environment: ExecutionEnvironment;
  readonly builtAt: number;
  idleSince: number;
}

export function createFunctionPool(settings: FunctionSettings, limits: PoolLimits): FunctionPool {
  const idle: PooledEnvironment[] = [];
  const spanOfBusy = new Map<PooledEnvironment, number | string | undefined>();
  const slots = createSlots(limits);

  function create(): PooledEnvironment {
    const time = builtAt(settings.file);
    const environment = createEnvironment(settings, compiledCodeOf(settings.file, time));
    return { environment, builtAt: time, idleSince: performance.now() };
  }

  // Discards environments that were loaded before the last build: they would run the old code.
  function takeIdle(): PooledEnvironment | undefined {
    for (let pooled = idle.pop(); pooled !== undefined; pooled = idle.pop()) {
      if (pooled.environment.usable && pooled.builtAt === builtAt(settings.file)) return pooled;
      void pooled.environment.close();
    }
    return undefined;
  }

  const sweep = setInterval(() => {
    for (const { environment } of takeUnused(idle, performance.now() - limits.idleMs))
      void environment.close();
  }, limits.idleMs / 2);
  sweep.unref();

  async function recycle(): Promise<void> {
    const all = [...idle.splice(0), ...spanOfBusy.keys()];
    await Promise.all(all.map((pooled) => pooled.environment.close()));
  }

  return {
    async invoke(event, watched) {
      if (!(await slots.acquire())) return throttled;
      const pooled = takeIdle() ?? create();
      spanOfBusy.set(pooled, watched?.span);
      const result = await pooled.environment.run(event, watched);
      spanOfBusy.delete(pooled);
      pooled.idleSince = performance.now();
      if (pooled.environment.usable) idle.push(pooled);
      slots.release();
      return result;
    },
    get size() {
      return idle.length + spanOfBusy.size;
    },
    warm() {
      if (builtAt(settings.file) !== 0) idle.push(create());
    },
    kill(span) {
      for (const [{ environment }, running] of spanOfBusy) if (running === span) environment.kill();
    },
    close() {
      clearInterval(sweep);
      return recycle();
    },
    recycle,
  };
}

/**
 * Removes the environments that were last used before the time, except the latest one, and returns them. Each takes some
 * 25 MB, which only a busy minute needs.
 */
function takeUnused(idle: PooledEnvironment[], before: number): readonly PooledEnvironment[] {
  const unused = idle.slice(0, -1).filter(({ idleSince }) => idleSince < before);
  for (const pooled of unused) idle.splice(idle.indexOf(pooled), 1);
  return unused;
}

const compiledCodes = new Map<string, { readonly time: number; readonly compiled: CompiledCode }>();

/** Returns the compiled code of this build. V8 rejects the code of an earlier build. */
function compiledCodeOf(file: string, time: number): CompiledCode {
  const known = compiledCodes.get(file);
  if (known?.time === time) return known.compiled;
  const compiled: CompiledCode = { code: undefined };
  compiledCodes.set(file, { time, compiled });
  return compiled;
}

function builtAt(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
