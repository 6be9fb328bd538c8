/** Enough simulated histories to notice most defects of the protocol. Mutation testing runs them for every mutant. */
import { describe, expect, it } from 'vitest';
import { runRange } from '../../simulation/run-range.ts';

const HISTORIES = 40;
const RANGES = 4;

describe('The simulation', () => {
  it.each(Array.from({ length: RANGES }, (_, index) => index * HISTORIES + 1))(
    'finds no violation in forty histories from seed %i',
    async (firstSeed) => {
      const { failed } = await runRange({ firstSeed, histories: HISTORIES });
      expect(failed).toEqual([]);
    },
  );
});
