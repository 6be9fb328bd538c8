import { describe, expect, it } from 'vitest';
import { findFailure, historyOf } from './find-failure.ts';
import { mutants } from './mutants.ts';
import { halfOlder } from './older-functions.ts';
import { runHistory } from './run-history.ts';
import { runRange } from './run-range.ts';
import { shrink } from './shrink.ts';

describe('The protocol', () => {
  it('keeps every invariant in 250 fixed random histories', async () => {
    const { failed } = await runRange({ firstSeed: 1, histories: 250 });
    expect(failed).toEqual([]);
  }, 120_000);

  it('keeps them while functions of an older version run at the same time', async () => {
    const kinds = ['change_plan_in_a_burst', 'change_product', 'change_plan', 'subscribe'] as const;
    const focus = { kinds, settings: { dropRate: 0 } };
    const search = { firstSeed: 1, maxHistories: 150, mutation: halfOlder, focus };
    expect(await findFailure(search)).toBeUndefined();
  }, 120_000);
});

describe('The simulation', () => {
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
