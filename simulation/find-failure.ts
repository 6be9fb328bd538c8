/** Runs histories until one violates an invariant. */
import fc from 'fast-check';
import { type Focus, focusedOn, type History, histories } from './history.ts';
import { runHistory } from './run-history.ts';
import type { Mutation } from './systems.ts';

/** Returns the history of a seed, always the same. */
export function historyOf(seed: number): History {
  const [history] = fc.sample(histories, { seed, numRuns: 1 });
  if (history === undefined) throw new Error(`No history for seed ${seed}.`);
  return history;
}

export interface Failure {
  readonly seed: number;
  /** How many histories ran, this one included. */
  readonly historyCount: number;
  readonly violations: readonly string[];
}

export interface FailureSearch {
  readonly firstSeed: number;
  readonly maxHistories: number;
  readonly mutation?: Mutation;
  readonly focus?: Focus;
  /** Selects the violations that count. All count by default. */
  readonly isRelevant?: (violation: string) => boolean;
}

export async function findFailure({
  firstSeed,
  maxHistories: atMost,
  mutation,
  focus = {},
  isRelevant: counts = () => true,
}: FailureSearch): Promise<Failure | undefined> {
  for (let historyCount = 1; historyCount <= atMost; historyCount += 1) {
    const seed = firstSeed + historyCount - 1;
    const history = focusedOn(historyOf(seed), focus);
    const outcome = await runHistory(history, mutation === undefined ? {} : { mutation });
    const violations = outcome.violations.filter(counts);
    if (violations.length > 0) return { seed, historyCount, violations };
  }
  return undefined;
}

/** Returns a test for violations of these invariants. A violation starts with the number of its invariant. */
export function isViolationOf(numbers: readonly string[]): (violation: string) => boolean {
  return (violation) => numbers.includes(violation.slice(0, violation.indexOf('.')));
}
