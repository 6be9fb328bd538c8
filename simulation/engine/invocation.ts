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
  trace(line: string): void;
}

export interface CallTimes {
  /** Virtual milliseconds: when the call was made, and when its answer arrived. */
  readonly startedMs: number;
  readonly answeredMs: number;
}

export interface Line {
  /** `effect` happens at one moment, between the call and its answer; `finish` shapes the answer when it arrives. */
  call<T>(system: System, name: string, effect: () => T): Promise<T>;
  call<T, R>(
    system: System,
    name: string,
    effect: () => T,
    finish: (result: T, times: CallTimes) => R,
  ): Promise<R>;
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
function lineOf({ timeline, weather, tally, trace }: Grounds, life: Life, run: string): Line {
  const call = <T, R>(
    system: System,
    name: string,
    effect: () => T,
    finish?: (result: T, times: CallTimes) => R,
  ): Promise<T | R> => {
    const startedMs = timeline.nowMs;
    const fate = weather.fateOf(startedMs);
    if (fate !== 'fine') tally.add(`fault ${fate}`);
    return new Promise((resolve, reject) => {
      const answer = (afterMs: number, settle: () => void): void => {
        timeline.after(afterMs, () => {
          if (!life.alive()) return;
          if (weather.kills(timeline.nowMs)) life.kill();
          else settle();
        });
      };
      const lost = () => reject(new Fault({ code: 'unavailable', system, operation: name }));
      const carryOut = (): void => {
        const result = attempt(effect);
        trace(`         ${run}: ${name}${fate === 'fine' ? '' : ` (${fate})`} ${told(result)}`);
        if (fate === 'fails_after') return answer(weather.latencyMs(), lost);
        return answer(weather.latencyMs(), () => {
          if ('error' in result) return reject(result.error);
          const times = { startedMs, answeredMs: timeline.nowMs };
          return resolve(finish === undefined ? result.value : finish(result.value, times));
        });
      };
      timeline.after(weather.latencyMs(), () => {
        if (fate === 'fails_before' || fate === 'hangs') trace(`         ${run}: ${name} ${fate}`);
        if (fate === 'fails_before') return answer(weather.latencyMs(), lost);
        if (fate === 'hangs') {
          if (timeline.moments % 2 === 0) attempt(effect);
          return answer(SOCKET_TIMEOUT_MS, lost);
        }
        if (fate !== 'repeated') return carryOut();
        attempt(effect);
        return timeline.after(weather.latencyMs() + 50, carryOut);
      });
    });
  };
  return { call };
}

function attempt<T>(effect: () => T): { readonly value: T } | { readonly error: unknown } {
  try {
    return { value: effect() };
  } catch (error) {
    return { error };
  }
}

/** What came of a call, in a word or two. */
function told(result: { readonly value: unknown } | { readonly error: unknown }): string {
  const value = 'value' in result ? result.value : 'refused';
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
