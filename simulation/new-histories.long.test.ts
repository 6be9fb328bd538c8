import { expect, it } from 'vitest';
import { missingCoverage, runRange } from './run-range.ts';

it('The protocol keeps every invariant in 1000 new random histories, in which everything happens that can happen', async () => {
  const firstSeed = Math.floor(Math.random() * 1_000_000_000);
  const result = await runRange({ firstSeed, histories: 1_000 });
  // A failure lists seeds. `npm run simulate -- --seed SEED` prints the trace of one.
  expect(result.failed).toEqual([]);
  expect(missingCoverage(result)).toEqual([]);
}, 600_000);
