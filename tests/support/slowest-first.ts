/** Starts the slowest files of the long run first, so that no worker ends up alone with one of them. */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const slowest = ['tests/faults/checkout.test.ts', 'simulation/mutants.long.test.ts', 'tests/faults/'];

export class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.sort((a, b) => rankOf(a) - rankOf(b));
  }
}

function rankOf({ moduleId }: TestSpecification): number {
  const rank = slowest.findIndex((part) => moduleId.includes(part));
  return rank === -1 ? slowest.length : rank;
}
