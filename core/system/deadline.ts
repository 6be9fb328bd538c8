/**
 * The deadline of the work that runs: nothing may be sent for work that was given up. Lambda freezes a process after its
 * answer and may thaw it much later. Timers and retries of the work then continue, so the wall clock is read before each
 * send. A context carries the deadline through every await of the work, into the clients of Stripe and AWS.
 */
import { Fault } from './fault.ts';

export interface Deadline {
  readonly isOver: () => boolean;
  /** Aborted when the work has settled or was given up. */
  readonly signal: AbortSignal;
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
  /** Returns the signal that is aborted when the work that calls is given up; `undefined` for work without a deadline. */
  readonly abandonment: () => AbortSignal | undefined;
}

export function createDeadlines(context: DeadlineContext): Deadlines {
  return {
    runWithin: async (timing, ms, work) => {
      const own = new AbortController();
      const deadline = deadlineOf(own, { timing, untilMs: timing.nowMs() + ms }, context.getStore());
      let cancel: (() => void) | undefined;
      const limit = new Promise<never>((_, reject) => {
        cancel = timing.after(Math.max(0, ms), () => reject(timeLimit(`${Math.round(ms)} ms`)));
      });
      try {
        return await Promise.race([context.run(deadline, work), limit]);
      } finally {
        cancel?.();
        // Without a reason, the signal would create an exception with its stack.
        own.abort(null);
      }
    },
    ensureTimeLeft: (operation) => {
      if (context.getStore()?.isOver() === true) throw timeLimit(operation);
    },
    abandonment: () => context.getStore()?.signal,
  };
}

/** Returns a deadline that is over as soon as its own time or that of the work around it is. */
function deadlineOf(
  own: AbortController,
  { timing, untilMs }: { readonly timing: Timing; readonly untilMs: number },
  outer: Deadline | undefined,
): Deadline {
  return {
    isOver: () => own.signal.aborted || timing.nowMs() >= untilMs || (outer?.isOver() ?? false),
    signal: outer === undefined ? own.signal : AbortSignal.any([outer.signal, own.signal]),
  };
}

export function timeLimit(operation: string): Fault {
  return new Fault({ code: 'time_limit', system: 'self', operation });
}
