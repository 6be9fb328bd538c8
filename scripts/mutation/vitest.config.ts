/**
 * The tests that mutation testing runs, without servers. First those of the decisions, the use cases and the oracle. What
 * they do not notice meets a few simulated histories, which take longer.
 */
import { defineConfig } from 'vitest/config';

const tests = ['core/**/*.test.ts', 'tests/use-cases/*.test.ts', 'simulation/oracle/*.test.ts'];

export default defineConfig({
  test: {
    include: process.env['MUTATION_STAGE'] === 'histories' ? ['scripts/mutation/histories.test.ts'] : tests,
    // It checks a page of docs/.
    exclude: ['core/reconcile/checks/docs.test.ts'],
    testTimeout: 30_000,
  },
});
