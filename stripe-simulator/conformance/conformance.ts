/**
 * `npm run conformance`: runs the tests of the simulator, which hold every answer and every event against the types of the
 * official library, prints what of the API is simulated, and writes it into the README. It fails if an answer differs from
 * the types, or if no test gets an answer of a route.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';
import { fileURLToPath } from 'node:url';
import { allRoutes } from '../testing/all-routes.ts';
import { joined, type Line, tableOf, withTable } from './coverage.ts';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'stripe-conformance-'));
const file = join(folder, 'seen.jsonl');
// What was measured before says nothing about this run.
const tests = spawnSync('npx', ['vitest', 'run', 'stripe-simulator', '--exclude', '**/coverage.test.ts'], {
  cwd: at('../..'),
  stdio: 'inherit',
  env: { ...env, STRIPE_CONFORMANCE_FILE: file },
});
const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
rmSync(folder, { recursive: true });

const lines = text
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as Line);
const coverage = joined(lines, allRoutes);
console.log(`\n${tableOf(coverage)}\n`);
const untested = Object.entries(coverage).filter(([, { fields }]) => fields.length === 0);
for (const [route] of untested) console.error(`No test gets an answer of ${route}.`);
if (tests.status === 0 && untested.length === 0) {
  writeFileSync(at('coverage.json'), `${JSON.stringify(coverage, null, 2)}\n`);
  writeFileSync(at('../README.md'), withTable(readFileSync(at('../README.md'), 'utf8'), coverage));
} else {
  process.exitCode = 1;
}
