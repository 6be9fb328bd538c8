/** Starts the slowest files first, so that no worker ends up alone with one of them. */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const slowest = [
  'tests/faults/checkout.test.ts',
  'simulation/mutants.long.test.ts',
  'tests/console/console.test.ts',
  'tests/faults/',
  'tests/console/',
  'tests/example/',
  'operations/reconcile.test.ts',
  'operations/account.test.ts',
];

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
