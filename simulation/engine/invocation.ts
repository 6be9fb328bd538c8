/** One run of a function: its clock, its calls, its time limit, and its death at any await. */
import type { Clock } from '../../core/system/clock.ts';
import { Fault, type System } from '../../core/system/fault.ts';
import type { FaultInjector } from './fault-injector.ts';
import type { Tally } from './tally.ts';
import type { Timeline } from './timeline.ts';

export interface RunContext {
  readonly timeline: Timeline;
  readonly faults: FaultInjector;
  readonly tally: Tally;
  readonly trace: (line: string) => void;
}

export interface CallTimes {
  /** Virtual milliseconds: when the call was made, and when its answer arrived. */
  readonly startedMs: number;
  readonly answeredMs: number;
}

export interface Network {
  /** `effect` happens at one moment, between the call and its answer. */
  readonly call: <T>(system: System, name: string, effect: () => T) => Promise<T>;
  /** The same, where the answer depends on when it arrives. */
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
  /** Of the run, in the trace. */
  readonly name: string;
  /** Lambda's own limit; infinite for what runs by hand. */
  readonly limitMs: number;
  /** How far this machine's clock is off. */
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
    let alive = true;
    const end = (ending: InvocationResult<T>): void => {
      if (!alive) return;
      alive = false;
      tally.add(`invocation ${ending.kind}`);
      resolve(ending);
    };
    const life: ProcessState = { alive: () => alive, kill: () => end({ kind: 'killed' }) };
    if (Number.isFinite(options.limitMs)) timeline.after(options.limitMs, () => end({ kind: 'timed_out' }));
    const clock = clockOf(timeline, life, options.skewMs);
    work({ network: networkOf(context, life, options.name), clock }).then(
      (value) => end({ kind: 'returned', value, tookMs: timeline.nowMs - startedMs }),
      (error: unknown) => end({ kind: 'threw', error }),
    );
  });
}

interface ProcessState {
  alive(): boolean;
  kill(): void;
}

/** What comes for a process that is dead comes to nobody: its promises stay open for ever. */
function networkOf(context: RunContext, life: ProcessState, run: string): Network {
  const timed: Network['timed'] = (system, name, effect) =>
    send(context, life, { run, system, name, effect });
  return {
    timed,
    call: (system, name, effect) =>
      timed(system, name, () => {
        const result = effect();
        return () => result;
      }),
  };
}

interface Call<T> {
  readonly run: string;
  readonly system: System;
  readonly name: string;
  readonly effect: () => (times: CallTimes) => T;
}

function send<T>(
  context: RunContext,
  life: ProcessState,
  { run, system, name, effect }: Call<T>,
): Promise<T> {
  const { timeline, faults, tally, trace } = context;
  const startedMs = timeline.nowMs;
  const fate = faults.faultAt(startedMs);
  if (fate !== 'fine') tally.add(`fault ${fate}`);
  return new Promise((resolve, reject) => {
    const answer = (afterMs: number, settle: () => void): void =>
      timeline.after(afterMs, () => {
        if (!life.alive()) return;
        if (faults.killsAt(timeline.nowMs)) life.kill();
        else settle();
      });
    const lost = () => reject(new Fault({ code: 'unavailable', system, operation: name }));
    const carryOut = (): void => {
      const finish = effect();
      trace(`         ${run}: ${name}${fate === 'fine' ? '' : ` (${fate})`}`);
      if (fate === 'fails_after') return answer(faults.latencyMs(), lost);
      return answer(faults.latencyMs(), () => {
        const value = finish({ startedMs, answeredMs: timeline.nowMs });
        trace(`         ${run}: ${name} ${describe(value)}`);
        resolve(value);
      });
    };
    timeline.after(faults.latencyMs(), () => {
      if (fate === 'fails_before' || fate === 'hangs') trace(`         ${run}: ${name} ${fate}`);
      if (fate === 'fails_before') return answer(faults.latencyMs(), lost);
      if (fate === 'hangs') {
        // Half of what never answers was carried out all the same.
        if (timeline.moments % 2 === 0) effect();
        return answer(SOCKET_TIMEOUT_MS, lost);
      }
      if (fate !== 'repeated') return carryOut();
      effect();
      return timeline.after(faults.latencyMs() + 50, carryOut);
    });
  });
}

/** What came of a call, in a word or two. */
function describe(value: unknown): string {
  if (typeof value === 'string') return `→ ${value}`;
  return value === undefined ? '' : `→ ${JSON.stringify(value).slice(0, 160)}`;
}

function clockOf(timeline: Timeline, life: ProcessState, skewMs: number): Clock {
  const after = (ms: number, run: () => void): void => timeline.after(ms, () => life.alive() && run());
  const nowMs = () => timeline.nowMs + skewMs;
  return {
    nowMs,
    nowIso: () => String(nowMs()),
    sleep: (ms) => new Promise((resolve) => after(ms, resolve)),
    within: (ms, work) =>
      new Promise((resolve, reject) => {
        const fault = new Fault({ code: 'time_limit', system: 'self', operation: `${ms} ms` });
        after(Math.max(0, ms), () => reject(fault));
        work.then(resolve, reject);
      }),
  };
}
