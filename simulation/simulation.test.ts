import { describe, expect, it } from 'vitest';
import { isLongRun } from '../tests/support/extent.ts';
import { findFailure, historyOf, isViolationOf } from './find-failure.ts';
import { mutants } from './mutants.ts';
import { runHistory } from './run-history.ts';
import { missingCoverage, runRange } from './run-range.ts';
import { shrink } from './shrink.ts';

describe('The protocol', () => {
  it('keeps every invariant in 500 fixed random histories', async () => {
    const { failed } = await runRange({ firstSeed: 1, histories: 500 });
    expect(failed).toEqual([]);
  }, 120_000);

  it.runIf(isLongRun)(
    'keeps every invariant in 3000 new random histories, in which everything happens that can happen',
    async () => {
      const firstSeed = Math.floor(Math.random() * 1_000_000_000);
      const result = await runRange({ firstSeed, histories: 3_000 });
      // A failure lists seeds. `npm run simulate -- --seed SEED` prints the trace of one.
      expect(result.failed).toEqual([]);
      expect(missingCoverage(result)).toEqual([]);
    },
    600_000,
  );
});

describe('The simulation', () => {
  it.runIf(isLongRun).each(mutants.map((mutant) => [mutant.name, mutant] as const))(
    'catches the defect: %s',
    async (_, mutant) => {
      const failure = await findFailure({
        firstSeed: 1,
        maxHistories: 8_000,
        mutation: mutant.mutate,
        ...(mutant.focus === undefined ? {} : { focus: mutant.focus }),
        isRelevant: isViolationOf(mutant.violates),
      });
      expect(failure).toBeDefined();
    },
    60_000,
  );

  it('replays the same history for the same seed, moment by moment', async () => {
    const traceOf = async (seed: number) => {
      const lines: string[] = [];
      await runHistory(historyOf(seed), { trace: (line) => lines.push(line) });
      return lines;
    };
    for (const seed of [3, 14, 159]) expect(await traceOf(seed)).toEqual(await traceOf(seed));
  });

  it('shrinks a failing history and records its trace', async () => {
    const mutant = mutants.find(({ name }) => name.startsWith('sign-up has no time limit'));
    const mutation = mutant?.mutate ?? ((systems) => systems);
    const failure = await findFailure({ firstSeed: 1, maxHistories: 1_000, mutation });
    const shrunk = await shrink(failure?.seed ?? 0, { mutation });
    expect(shrunk?.history.actions).toHaveLength(1);
    expect(shrunk?.violations.join()).toContain('sign-up timed_out');
    expect(shrunk?.trace.join('\n')).toContain('sign-up trigger ends: timed_out');
  }, 60_000);
});
