import { describe, expect, it } from 'vitest';
import { findFailure, historyOf, isViolationOf } from './find-failure.ts';
import { mutants } from './mutants.ts';
import { runHistory } from './run-history.ts';
import { missingCoverage, runRange } from './run-range.ts';
import { shrink } from './shrink.ts';

describe('whatever happens', () => {
  it('no promise is broken, in 3000 histories that are always the same', async () => {
    const played = await runRange({ firstSeed: 1, histories: 3_000 });
    expect(played.failed).toEqual([]);
    expect(missingCoverage(played)).toEqual([]);
  }, 120_000);

  it('no promise is broken, in 1000 histories that nobody has seen before', async () => {
    const firstSeed = Math.floor(Math.random() * 1_000_000_000);
    const played = await runRange({ firstSeed, histories: 1_000 });
    // The message names the seeds: npm run simulate -- --seed SEED tells the history.
    expect(played.failed).toEqual([]);
  }, 120_000);
});

describe('the simulation can be believed', () => {
  it.each(mutants.map((mutant) => [mutant.name, mutant] as const))(
    'a fault is caught: %s',
    async (_, mutant) => {
      const find = await findFailure({
        firstSeed: 1,
        maxHistories: 8_000,
        mutation: mutant.mutate,
        isRelevant: isViolationOf(mutant.breaks),
      });
      expect(find).toBeDefined();
    },
    60_000,
  );

  it('a seed gives the same history, moment by moment', async () => {
    const traceOf = async (seed: number) => {
      const lines: string[] = [];
      await runHistory(historyOf(seed), { trace: (line) => lines.push(line) });
      return lines;
    };
    for (const seed of [3, 14, 159]) expect(await traceOf(seed)).toEqual(await traceOf(seed));
  });

  it('a failing history is made short, and told', async () => {
    const mutant = mutants.find(({ name }) => name.startsWith('sign-up waits'));
    const mutation = mutant?.mutate ?? ((systems) => systems);
    const find = await findFailure({ firstSeed: 1, maxHistories: 1_000, mutation });
    const shrunk = await shrink(find?.seed ?? 0, { mutation });
    expect(shrunk?.history.actions).toHaveLength(1);
    expect(shrunk?.violations.join()).toContain('sign-up timed_out');
    expect(shrunk?.trace.join('\n')).toContain('the trigger ends: timed_out');
  }, 60_000);
});
