/** The tests that mutation testing runs: those of the decisions, the oracle, and a few simulated histories. No servers. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['core/**/*.test.ts', 'simulation/oracle/*.test.ts', 'scripts/mutation/histories.test.ts'],
    // It checks a page of docs/.
    exclude: ['core/reconcile/checks/docs.test.ts'],
    testTimeout: 30_000,
  },
});
