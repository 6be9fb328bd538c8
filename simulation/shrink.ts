/** Shrinks a failing history to the shortest one that still fails, and records its trace. */
import fc from 'fast-check';
import { type History, histories } from './history.ts';
import { type RunOptions, runHistory } from './run-history.ts';

export interface Shrunk {
  readonly history: History;
  readonly violations: readonly string[];
  /** The lines of everything that happened. */
  readonly trace: readonly string[];
}

/** Returns `undefined` if the history of this seed violates no invariant. */
export async function shrink(seed: number, options: RunOptions = {}): Promise<Shrunk | undefined> {
  const property = fc.asyncProperty(histories, async (history) => {
    const { violations } = await runHistory(history, options);
    return violations.length === 0;
  });
  const { counterexample } = await fc.check(property, { seed, numRuns: 1 });
  const history = counterexample?.[0];
  if (history === undefined) return undefined;
  const trace: string[] = [];
  const { violations } = await runHistory(history, { ...options, trace: (line) => trace.push(line) });
  return { history, violations, trace };
}
