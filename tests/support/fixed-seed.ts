/**
 * Property-based tests use the same values in every run of `npm test`, so that a failure can be repeated. The long run
 * uses new ones, and a failure prints their seed. `TEST_SEED` sets it.
 */
import { configureGlobal, readConfigureGlobal } from 'fast-check';
import { isLongRun } from './extent.ts';

const DEFAULT_SEED = 2026;

const { TEST_SEED } = process.env;
if (TEST_SEED !== undefined || !isLongRun) {
  configureGlobal({ ...readConfigureGlobal(), seed: Number(TEST_SEED ?? DEFAULT_SEED) });
}
