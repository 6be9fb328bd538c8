/** Plays histories until one breaks a promise. */
import fc from 'fast-check';
import type { Mutation } from './functions.ts';
import { type History, histories } from './history.ts';
import { runHistory } from './run-history.ts';

/** The history of a seed: the same for ever. */
export function historyOf(seed: number): History {
  const [history] = fc.sample(histories, { seed, numRuns: 1 });
  if (history === undefined) throw new Error(`No history for seed ${seed}.`);
  return history;
}

export interface Failure {
  readonly seed: number;
  /** How many were played, this one included. */
  readonly played: number;
  readonly violations: readonly string[];
}

export interface FailureSearch {
  readonly firstSeed: number;
  readonly maxHistories: number;
  readonly mutation?: Mutation;
  /** Which violations count; all, unless told. */
  readonly isRelevant?: (violation: string) => boolean;
}

export async function findFailure({
  firstSeed,
  maxHistories: atMost,
  mutation,
  isRelevant: counts = () => true,
}: FailureSearch): Promise<Failure | undefined> {
  for (let played = 1; played <= atMost; played += 1) {
    const seed = firstSeed + played - 1;
    const outcome = await runHistory(historyOf(seed), mutation === undefined ? {} : { mutation });
    const violations = outcome.violations.filter(counts);
    if (violations.length > 0) return { seed, played, violations };
  }
  return undefined;
}

/** Whether a violation is of one of these invariants: it begins with its number. */
export function isViolationOf(numbers: readonly string[]): (violation: string) => boolean {
  return (violation) => numbers.includes(violation.slice(0, violation.indexOf('.')));
}
