/** Lets a limited number of events run at a time. More events wait in a bounded queue. */

export interface Slots {
  /** Resolves with false, at once, if the queue is full. */
  acquire(): Promise<boolean>;
  release(): void;
}

export function createSlots({ concurrency, queue }: { concurrency: number; queue: number }): Slots {
  const waiting: (() => void)[] = [];
  let inUse = 0;
  return {
    async acquire() {
      if (inUse < concurrency) {
        inUse += 1;
        return true;
      }
      if (waiting.length >= queue) return false;
      await new Promise<void>((resolve) => waiting.push(resolve));
      return true;
    },
    // Hands the slot directly to the longest waiting event. Freeing it first would let a newer event take it.
    release() {
      const next = waiting.shift();
      if (next === undefined) inUse -= 1;
      else next();
    },
  };
}
