/** Runs one invocation of a function with its own clock, calls and time limit. The process can die at any await. */
import type { Clock } from '../../core/system/clock.ts';
import { type Abandonment, timeLimit } from '../../core/system/deadline.ts';
import { Fault, type System } from '../../core/system/fault.ts';
import { abandonment, ensureTimeLeft, runWithin } from './deadline.ts';
import type { FaultInjector, FaultKind } from './fault-injector.ts';
import { createProcess, type Process } from './process.ts';
import type { Tally } from './tally.ts';
import type { Timeline } from './timeline.ts';

export interface RunContext {
  readonly timeline: Timeline;
  readonly faults: FaultInjector;
  readonly tally: Tally;
  readonly trace: (line: string) => void;
  /** False if no one reads the trace, so that answers need not be rendered. */
  readonly isTraced: boolean;
}

export interface CallTimes {
  /** Virtual milliseconds: when the call was made, and when its answer arrived. */
  readonly startedMs: number;
  readonly answeredMs: number;
}

export interface Network {
  /** Runs `effect` at one moment between the call and its answer. */
  readonly call: <T>(system: System, name: string, effect: () => T) => Promise<T>;
  /** Does the same for an answer that depends on the time at which it arrives, or that is a refusal. */
  readonly timed: <T>(system: System, name: string, effect: () => (times: CallTimes) => T) => Promise<T>;
}

export interface Invocation {
  readonly network: Network;
  readonly clock: Clock;
}

export type InvocationResult<T> =
  | { readonly kind: 'returned'; readonly value: T; readonly tookMs: number }
  | { readonly kind: 'threw'; readonly error: unknown }
  | { readonly kind: 'killed' }
  | { readonly kind: 'timed_out' };

export interface InvocationOptions {
  /** Names the invocation in the trace. */
  readonly name: string;
  /** Lambda's time limit. Infinite for a command that a person runs. */
  readonly limitMs: number;
  /** The error of this machine's clock. */
  readonly skewMs: number;
}

/** How long a client waits for an answer that never comes. */
const SOCKET_TIMEOUT_MS = 5_000;

export function invoke<T>(
  context: RunContext,
  options: InvocationOptions,
  work: (invocation: Invocation) => Promise<T>,
): Promise<InvocationResult<T>> {
  const { timeline, tally } = context;
  const startedMs = timeline.nowMs;
  return new Promise((resolve) => {
    let finished = false;
    const process = createProcess(timeline);
    const finish = (result: InvocationResult<T>): void => {
      if (finished) return;
      finished = true;
      tally.add(`invocation ${result.kind}`);
      const answered = result.kind === 'returned' || result.kind === 'threw';
      process.freeze(answered ? context.faults.freezeMsAt(timeline.nowMs) : undefined);
      resolve(result);
    };
    const kill = () => {
      process.die();
      finish({ kind: 'killed' });
    };
    if (Number.isFinite(options.limitMs))
      timeline.after(options.limitMs, () => finish({ kind: 'timed_out' }));
    const clock = clockOf(timeline, process, options.skewMs);
    work({ network: networkOf(context, { process, kill, name: options.name }), clock }).then(
      (value) => finish({ kind: 'returned', value, tookMs: timeline.nowMs - startedMs }),
      (error: unknown) => finish({ kind: 'threw', error }),
    );
  });
}

interface Caller {
  readonly process: Process;
  readonly kill: () => void;
  /** The name of the invocation. */
  readonly name: string;
}

/** An answer to a dead process is dropped: its promises never settle. */
function networkOf(context: RunContext, caller: Caller): Network {
  const timed: Network['timed'] = async (system, operation, effect) => {
    ensureTimeLeft(operation);
    return send(context, caller, { system, operation, effect, signal: abandonment() });
  };
  return {
    timed,
    call: (system, operation, effect) =>
      timed(system, operation, () => {
        const result = effect();
        return () => result;
      }),
  };
}

interface Call<T> {
  readonly system: System;
  readonly operation: string;
  /** Aborted when the work that calls is given up. */
  readonly signal: Abandonment | undefined;
  readonly effect: () => (times: CallTimes) => T;
}

function send<T>(
  context: RunContext,
  { process, kill, name }: Caller,
  { system, operation, effect, signal }: Call<T>,
): Promise<T> {
  const { timeline, faults, tally, trace, isTraced } = context;
  const startedMs = timeline.nowMs;
  const fault = faults.faultAt(startedMs);
  if (fault !== 'none') tally.add(`fault ${fault}`);
  return new Promise((resolve, reject) => {
    const answer = (afterMs: number, settle: () => void): void =>
      timeline.after(afterMs, () =>
        process.run((isThawed) => {
          if (faults.killsAt(timeline.nowMs)) return kill();
          if (!isThawed) return settle();
          // The freeze has broken the connection. The SDK sends the call again, unless its work was given up.
          tally.add('answer after a thaw');
          if (signal?.aborted === true) return reject(timeLimit(operation));
          takeEffect();
        }),
      );
    const fail = () => reject(faultOf(fault, system, operation));
    const takeEffect = (): void => {
      const answerAt = effect();
      trace(`         ${name}: ${operation}${fault === 'none' ? '' : ` (${fault})`}`);
      if (fault === 'fails_after') return answer(faults.latencyMs(), fail);
      return answer(faults.latencyMs(), () => {
        try {
          const value = answerAt({ startedMs, answeredMs: timeline.nowMs });
          if (isTraced) trace(`         ${name}: ${operation} ${describe(value)}`);
          resolve(value);
        } catch (refusal) {
          trace(`         ${name}: ${operation} is refused`);
          reject(refusal);
        }
      });
    };
    timeline.after(faults.latencyMs(), () => {
      const isLost = failsBefore(fault);
      if (isLost || fault === 'hangs') trace(`         ${name}: ${operation} ${fault}`);
      if (isLost) return answer(faults.latencyMs(), fail);
      if (fault === 'hangs') {
        // Half of the calls that are never answered still take effect.
        if (timeline.moments % 2 === 0) effect();
        return answer(SOCKET_TIMEOUT_MS, fail);
      }
      if (fault === 'retried') return timeline.after(faults.backoffMs(), takeEffect);
      if (fault !== 'repeated') return takeEffect();
      effect();
      return timeline.after(faults.latencyMs() + 50, takeEffect);
    });
  });
}

function failsBefore(fault: FaultKind): boolean {
  return fault === 'fails_before' || fault === 'refused' || fault === 'rate_limited';
}

/** For these a refusal means that the account lacks them permanently, so it is no passing fault. */
const optionalOperations = ['search customers', 'list features'];

function faultOf(kind: FaultKind, system: System, operation: string): Fault {
  if (system === 'stripe' && kind === 'rate_limited')
    return new Fault({ code: 'unavailable', system, operation, statusCode: 429 });
  if (system === 'stripe' && kind === 'refused' && !optionalOperations.includes(operation))
    return new Fault({ code: 'refused', system, operation, statusCode: 403 });
  return new Fault({ code: 'unavailable', system, operation });
}

/** Returns the result of a call in a few words, for the trace. */
function describe(value: unknown): string {
  if (typeof value === 'string') return `→ ${value}`;
  return value === undefined ? '' : `→ ${JSON.stringify(value).slice(0, 160)}`;
}

function clockOf(timeline: Timeline, process: Process, skewMs: number): Clock {
  const nowMs = () => timeline.nowMs + skewMs;
  const after = (ms: number, action: () => void): (() => void) => {
    let canceled = false;
    timeline.after(ms, () => process.run(() => !canceled && action()));
    return () => {
      canceled = true;
    };
  };
  return {
    nowMs,
    nowIso: () => String(nowMs()),
    sleep: (ms) =>
      new Promise((resolve) => {
        after(ms, resolve);
      }),
    within: (ms, work) => runWithin({ nowMs, after }, ms, work),
  };
}

/** An invocation in which no call takes time: for what is computed from stored data alone. */
export const atRest: Invocation = {
  network: {
    call: async (_system, _name, effect) => effect(),
    timed: async (_system, _name, effect) => effect()({ startedMs: 0, answeredMs: 0 }),
  },
  clock: {
    nowMs: () => 0,
    nowIso: () => '',
    sleep: async () => undefined,
    within: (_, work) => work(),
  },
};
