/** Lets simultaneous equal calls share one request. */
import { reasonOf, stopIfAborted } from './abort.ts';

export type SharedCalls<T> = (
  key: string,
  start: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal | undefined,
) => Promise<T>;

interface Running<T> {
  readonly result: Promise<T>;
  readonly stop: AbortController;
  callers: number;
}

/** A caller who aborts leaves the others their answer. The request stops when the last one has left. */
export function sharedCalls<T>(): SharedCalls<T> {
  const running = new Map<string, Running<T>>();

  function begin(key: string, start: (signal: AbortSignal) => Promise<T>): Running<T> {
    const stop = new AbortController();
    const call = { stop, callers: 0, result: start(stop.signal) };
    running.set(key, call);
    const end = () => {
      if (running.get(key) === call) running.delete(key);
    };
    call.result.then(end, end);
    return call;
  }

  return async (key, start, signal) => {
    stopIfAborted(signal);
    const call = running.get(key) ?? begin(key, start);
    call.callers += 1;
    let leave = () => {};
    const left = new Promise<never>((_, reject) => {
      leave = () => {
        reject(signal && (reasonOf(signal) as Error));
      };
      signal?.addEventListener('abort', leave, { once: true });
    });
    try {
      return await Promise.race([call.result, left]);
    } finally {
      signal?.removeEventListener('abort', leave);
      call.callers -= 1;
      if (call.callers === 0 && signal?.aborted === true) {
        call.stop.abort(signal.reason);
        running.delete(key);
      }
    }
  };
}
