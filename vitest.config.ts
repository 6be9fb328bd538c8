/** How the tests run. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', '.local/**'],
    globalSetup: ['tests/support/global-setup.ts'],
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    // More than cores: most of these tests wait, for others or for a time to come.
    maxWorkers: '150%',
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
