/** One run of a function: its clock, its calls, its time limit, and its death at any await. */
import type { Clock } from '../../core/system/clock.ts';
import { Fault, type System } from '../../core/system/fault.ts';
import type { Tally } from './tally.ts';
import type { Timeline } from './timeline.ts';
import type { Weather } from './weather.ts';

export interface Grounds {
  readonly timeline: Timeline;
  readonly weather: Weather;
  readonly tally: Tally;
  readonly trace: (line: string) => void;
}

export interface CallTimes {
  /** Virtual milliseconds: when the call was made, and when its answer arrived. */
  readonly startedMs: number;
  readonly answeredMs: number;
}

export interface Line {
  /** `effect` happens at one moment, between the call and its answer. */
  readonly call: <T>(system: System, name: string, effect: () => T) => Promise<T>;
  /** The same, where the answer depends on when it arrives. */
  readonly timed: <T>(system: System, name: string, effect: () => (times: CallTimes) => T) => Promise<T>;
}

export interface Invocation {
  readonly line: Line;
  readonly clock: Clock;
}

export type Ending<T> =
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
  grounds: Grounds,
  options: InvocationOptions,
  work: (invocation: Invocation) => Promise<T>,
): Promise<Ending<T>> {
  const { timeline, tally } = grounds;
  const startedMs = timeline.nowMs;
  return new Promise((resolve) => {
    let alive = true;
    const end = (ending: Ending<T>): void => {
      if (!alive) return;
      alive = false;
      tally.add(`invocation ${ending.kind}`);
      resolve(ending);
    };
    const life: Life = { alive: () => alive, kill: () => end({ kind: 'killed' }) };
    if (Number.isFinite(options.limitMs)) timeline.after(options.limitMs, () => end({ kind: 'timed_out' }));
    const clock = clockOf(timeline, life, options.skewMs);
    work({ line: lineOf(grounds, life, options.name), clock }).then(
      (value) => end({ kind: 'returned', value, tookMs: timeline.nowMs - startedMs }),
      (error: unknown) => end({ kind: 'threw', error }),
    );
  });
}

interface Life {
  alive(): boolean;
  kill(): void;
}

/** What comes for a process that is dead comes to nobody: its promises stay open for ever. */
function lineOf(grounds: Grounds, life: Life, run: string): Line {
  const timed: Line['timed'] = (system, name, effect) => send(grounds, life, { run, system, name, effect });
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

function send<T>(grounds: Grounds, life: Life, { run, system, name, effect }: Call<T>): Promise<T> {
  const { timeline, weather, tally, trace } = grounds;
  const startedMs = timeline.nowMs;
  const fate = weather.fateOf(startedMs);
  if (fate !== 'fine') tally.add(`fault ${fate}`);
  return new Promise((resolve, reject) => {
    const answer = (afterMs: number, settle: () => void): void =>
      timeline.after(afterMs, () => {
        if (!life.alive()) return;
        if (weather.kills(timeline.nowMs)) life.kill();
        else settle();
      });
    const lost = () => reject(new Fault({ code: 'unavailable', system, operation: name }));
    const carryOut = (): void => {
      const finish = effect();
      trace(`         ${run}: ${name}${fate === 'fine' ? '' : ` (${fate})`}`);
      if (fate === 'fails_after') return answer(weather.latencyMs(), lost);
      return answer(weather.latencyMs(), () => {
        const value = finish({ startedMs, answeredMs: timeline.nowMs });
        trace(`         ${run}: ${name} ${told(value)}`);
        resolve(value);
      });
    };
    timeline.after(weather.latencyMs(), () => {
      if (fate === 'fails_before' || fate === 'hangs') trace(`         ${run}: ${name} ${fate}`);
      if (fate === 'fails_before') return answer(weather.latencyMs(), lost);
      if (fate === 'hangs') {
        // Half of what never answers was carried out all the same.
        if (timeline.moments % 2 === 0) effect();
        return answer(SOCKET_TIMEOUT_MS, lost);
      }
      if (fate !== 'repeated') return carryOut();
      effect();
      return timeline.after(weather.latencyMs() + 50, carryOut);
    });
  });
}

/** What came of a call, in a word or two. */
function told(value: unknown): string {
  if (typeof value === 'string') return `→ ${value}`;
  return value === undefined ? '' : `→ ${JSON.stringify(value).slice(0, 160)}`;
}

function clockOf(timeline: Timeline, life: Life, skewMs: number): Clock {
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
