/**
 * The deadline of the work that runs: nothing may be sent for work that was given up. Lambda freezes a process after its
 * answer and may thaw it much later. Timers and retries of the work then continue, so the wall clock is read before each
 * send. A context carries the deadline through every await of the work, into the clients of Stripe and AWS.
 */
import { Fault } from './fault.ts';
import { createRepetitions, type Repetitions } from './repetitions.ts';

export interface Deadline {
  readonly isOver: () => boolean;
  readonly end: Abandonment;
  readonly repetitions: Repetitions;
}

/** Ends requests in progress when the work has settled or was given up. Every request uses it, so it is lighter than a signal. */
export interface Abandonment {
  readonly aborted: boolean;
  /** Calls `action` then, and returns a function that takes it back. */
  onAbort(action: () => void): () => void;
}

/** Carries a deadline through the awaits of the work that runs in it, as Node's `AsyncLocalStorage` does. */
export interface DeadlineContext {
  getStore(): Deadline | undefined;
  run<T>(deadline: Deadline, work: () => T): T;
}

/** The functions of the machine that a deadline uses. */
export interface Timing {
  /** Unix milliseconds by the wall clock, which continues while the process is frozen. */
  readonly nowMs: () => number;
  /** Runs `action` after so many milliseconds, and returns a function that cancels it. */
  readonly after: (ms: number, action: () => void) => () => void;
}

export interface Deadlines {
  /** Runs `work` until it settles or `ms` have passed. Afterwards nothing is sent for it. */
  readonly runWithin: <T>(timing: Timing, ms: number, work: () => Promise<T>) => Promise<T>;
  /** Throws a `time_limit` fault if the work that calls was given up or has exceeded its deadline. */
  readonly ensureTimeLeft: (operation: string) => void;
  /** Returns the end of the work that calls, also if it is given up; `undefined` for work without a deadline. */
  readonly abandonment: () => Abandonment | undefined;
  /** Returns what all the work of an invocation may repeat; `undefined` for work without a deadline, which has no limit. */
  readonly repetitions: () => Repetitions | undefined;
}

export function createDeadlines(context: DeadlineContext): Deadlines {
  return {
    runWithin: async (timing, ms, work) => {
      const outer = context.getStore();
      const own = createEnd();
      const leave = outer?.end.onAbort(own.abort);
      const untilMs = timing.nowMs() + ms;
      // A deadline is over as soon as its own time or that of the work around it is.
      const isOver = () => own.aborted || timing.nowMs() >= untilMs || (outer?.isOver() ?? false);
      const deadline = { isOver, end: own, repetitions: outer?.repetitions ?? createRepetitions() };
      let cancel: (() => void) | undefined;
      const limit = new Promise<never>((_, reject) => {
        cancel = timing.after(Math.max(0, ms), () => reject(timeLimit(`${Math.round(ms)} ms`)));
      });
      try {
        return await Promise.race([context.run(deadline, work), limit]);
      } finally {
        cancel?.();
        leave?.();
        own.abort();
      }
    },
    ensureTimeLeft: (operation) => {
      if (context.getStore()?.isOver() === true) throw timeLimit(operation);
    },
    abandonment: () => context.getStore()?.end,
    repetitions: () => context.getStore()?.repetitions,
  };
}

interface End extends Abandonment {
  readonly abort: () => void;
}

function createEnd(): End {
  const actions = new Set<() => void>();
  let aborted = false;
  return {
    get aborted() {
      return aborted;
    },
    onAbort: (action) => {
      if (aborted) action();
      else actions.add(action);
      return () => actions.delete(action);
    },
    abort: () => {
      aborted = true;
      for (const action of actions) action();
      actions.clear();
    },
  };
}

export function timeLimit(operation: string): Fault {
  return new Fault({ code: 'time_limit', system: 'self', operation });
}
