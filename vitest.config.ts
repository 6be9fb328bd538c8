/** How the tests run: `npm test` in minutes, and `npm run test:long` for what takes longer. */
import { availableParallelism } from 'node:os';
import { configDefaults, defineConfig } from 'vitest/config';
import { SlowestFirst } from './tests/support/slowest-first.ts';

const LONG = 'long';

export default defineConfig(({ mode }) => ({
  test: {
    // The long run repeats the tests that try many cases, with all of their cases.
    include:
      mode === LONG
        ? [
            '**/*.long.test.ts',
            'tests/{conformance,faults,fuzz}/**/*.test.ts',
            'tests/infra/stack.test.ts',
            'tests/regressions/ordering.test.ts',
            'functions/checkout/{checkout,trials}.test.ts',
            'operations/webhook-register.test.ts',
            'simulation/oracle/oracle.test.ts',
          ]
        : ['**/*.test.ts'],
    exclude: [
      ...configDefaults.exclude,
      '.local/**',
      '.stryker-tmp/**',
      // Only mutation testing runs those histories.
      'scripts/mutation/histories.test.ts',
      ...(mode === LONG ? [] : ['**/*.long.test.ts']),
    ],
    sequence: { sequencer: SlowestFirst },
    globalSetup: ['tests/support/global-setup.ts'],
    setupFiles: ['tests/support/fixed-seed.ts'],
    reporters: ['default', './tests/support/slowest-tests.ts'],
    env: {
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      TEST_EXTENT: mode,
      // The CDK's own validation of each template takes most of the time of a synthesis.
      CDK_VALIDATION: String(mode === LONG),
    },
    // The files of a worker share what they import. Importing it again for each file takes longer than the tests.
    isolate: false,
    // More than there are cores, because many tests wait for a timeout. In the long run, more of them compute.
    maxWorkers: Math.ceil((mode === LONG ? 1.5 : 2.5) * availableParallelism()),
    // Many times what the tests take, so that a busy machine fails none of them.
    testTimeout: 90_000,
    hookTimeout: 90_000,
  },
}));
