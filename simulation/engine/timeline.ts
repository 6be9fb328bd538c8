/**
 * Virtual time: a queue of moments that run in order. All code that can run does so before the next moment, so that
 * other code can interleave at every await. The seed decides which code does.
 */

export interface Timeline {
  /** The virtual time in milliseconds since 1970. */
  readonly nowMs: number;
  at(ms: number, run: () => void): void;
  after(delayMs: number, run: () => void): void;
  /** Runs until the queue is empty. Throws if that takes more than `limit` moments. */
  drain(limit: number): Promise<void>;
  /** The number of moments that have run. */
  readonly moments: number;
}

interface Moment {
  readonly ms: number;
  /** Keeps moments of equal time in the order in which they were scheduled. */
  readonly order: number;
  readonly run: () => void;
}

export function createTimeline(startMs: number): Timeline {
  const heap: Moment[] = [];
  let nowMs = startMs;
  let order = 0;
  let moments = 0;
  const at = (ms: number, run: () => void): void => {
    order += 1;
    push(heap, { ms: Math.max(ms, nowMs), order, run });
  };
  return {
    get nowMs() {
      return nowMs;
    },
    get moments() {
      return moments;
    },
    at,
    after: (delayMs, run) => at(nowMs + delayMs, run),
    drain: async (limit) => {
      let left = limit;
      await quiescence();
      for (let next = pop(heap); next !== undefined; next = pop(heap)) {
        if (left === 0) throw new Error(`The history did not end within ${limit} moments.`);
        left -= 1;
        moments += 1;
        nowMs = next.ms;
        next.run();
        await quiescence();
      }
    },
  };
}

/** Resolves when every promise that can settle has settled: macrotasks run after all microtasks. */
function quiescence(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function isBefore(a: Moment, b: Moment): boolean {
  return a.ms < b.ms || (a.ms === b.ms && a.order < b.order);
}

function push(heap: Moment[], moment: Moment): void {
  let index = heap.length;
  heap.push(moment);
  while (index > 0) {
    const parent = (index - 1) >> 1;
    const above = heap[parent];
    if (above === undefined || isBefore(above, moment)) break;
    heap[index] = above;
    index = parent;
  }
  heap[index] = moment;
}

function pop(heap: Moment[]): Moment | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return first;
  let index = 0;
  for (;;) {
    const left = 2 * index + 1;
    const right = left + 1;
    const a = heap[left];
    const b = heap[right];
    const [child, at] = b !== undefined && a !== undefined && isBefore(b, a) ? [b, right] : [a, left];
    if (child === undefined || isBefore(last, child)) break;
    heap[index] = child;
    index = at;
  }
  heap[index] = last;
  return first;
}
