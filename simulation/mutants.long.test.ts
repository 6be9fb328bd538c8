import { describe, expect, it } from 'vitest';
import { findFailure, isViolationOf } from './find-failure.ts';
import { mutants } from './mutants.ts';

describe('The simulation catches the defect', () => {
  it.each(mutants.map((mutant) => [mutant.name, mutant] as const))(
    '%s',
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
    300_000,
  );
});
