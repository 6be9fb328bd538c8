/** The process of an invocation. It runs, or is frozen after its answer and thawed later, or has died. */
import type { Timeline } from './timeline.ts';

export interface Process {
  /** Runs the callback at once, or at the thaw, or never if the process has died. */
  run(callback: (isThawed: boolean) => void): void;
  /** Freezes the process for so long, as Lambda does after an answer. Undefined: the process is never used again. */
  freeze(ms: number | undefined): void;
  die(): void;
}

export function createProcess(timeline: Timeline): Process {
  let state: 'running' | 'frozen' | 'dead' = 'running';
  const waiting: (() => void)[] = [];
  return {
    run: (callback) => {
      if (state === 'running') callback(false);
      if (state === 'frozen') waiting.push(() => callback(true));
    },
    freeze: (ms) => {
      state = ms === undefined ? 'dead' : 'frozen';
      if (ms === undefined) return;
      timeline.after(ms, () => {
        state = 'running';
        for (const callback of waiting.splice(0)) callback();
      });
    },
    die: () => {
      state = 'dead';
    },
  };
}
