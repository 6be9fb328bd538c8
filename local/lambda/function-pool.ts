/** The execution environments of one function: as many as its concurrency needs, up to a bound, then a bounded queue. */
import { statSync } from 'node:fs';
import {
  createEnvironment,
  type ExecutionEnvironment,
  type FunctionSettings,
} from './execution-environment.ts';
import { type InvocationResult, throttled } from './invocation.ts';

export interface FunctionPool {
  invoke(event: string): Promise<InvocationResult>;
  /** Loads the function, so that the first event does not wait for it. */
  warm(): void;
  /** Throws all environments away, and with them what the function keeps in memory. */
  recycle(): Promise<void>;
}

export interface PoolLimits {
  readonly concurrency: number;
  readonly queue: number;
}

interface Holder {
  readonly environment: ExecutionEnvironment;
  readonly builtAt: number;
}

export function createFunctionPool(settings: FunctionSettings, limits: PoolLimits): FunctionPool {
  const idle: Holder[] = [];
  const busy = new Set<Holder>();
  const waiting: (() => void)[] = [];
  let turnsTaken = 0;

  function create(): Holder {
    return { environment: createEnvironment(settings), builtAt: builtAt(settings.file) };
  }

  /** A function that was built anew since must not be answered by its old code. */
  function takeIdle(): Holder | undefined {
    for (let holder = idle.pop(); holder !== undefined; holder = idle.pop()) {
      if (holder.environment.usable && holder.builtAt === builtAt(settings.file)) return holder;
      void holder.environment.close();
    }
    return undefined;
  }

  async function takeTurn(): Promise<boolean> {
    if (turnsTaken < limits.concurrency) {
      turnsTaken += 1;
      return true;
    }
    if (waiting.length >= limits.queue) return false;
    await new Promise<void>((resolve) => waiting.push(resolve));
    return true;
  }

  /** The turn goes straight to who waits longest; counted down and up again, a newcomer could slip between. */
  function passTurn(): void {
    const next = waiting.shift();
    if (next === undefined) turnsTaken -= 1;
    else next();
  }

  return {
    async invoke(event) {
      if (!(await takeTurn())) return throttled;
      const holder = takeIdle() ?? create();
      busy.add(holder);
      const result = await holder.environment.run(event);
      busy.delete(holder);
      if (holder.environment.usable) idle.push(holder);
      passTurn();
      return result;
    },
    warm() {
      if (builtAt(settings.file) !== 0) idle.push(create());
    },
    async recycle() {
      const all = [...idle.splice(0), ...busy];
      await Promise.all(all.map((holder) => holder.environment.close()));
    },
  };
}

function builtAt(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
