/**
 * How often the requests of one invocation may be repeated. While another system fails, each of its calls would otherwise
 * repeat on its own, which multiplies the load on what fails, and the time until the caller gets an answer.
 */

export interface Repetitions {
  /** Takes one. False: none is left, so the request fails with what it ended with. */
  take(): boolean;
  /** Returns a part of one, for a request that needed none. */
  add(): void;
}

/** More than an invocation needs while single requests fail. */
const MOST = 10;
/** An invocation with many requests may also repeat one of ten that succeed. */
const PER_SUCCESS = 0.1;

export function createRepetitions(): Repetitions {
  let left = MOST;
  return {
    take: () => {
      if (left < 1) return false;
      left -= 1;
      return true;
    },
    add: () => {
      left = Math.min(MOST, left + PER_SUCCESS);
    },
  };
}
