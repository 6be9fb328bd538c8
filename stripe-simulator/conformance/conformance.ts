/**
 * `npm run conformance`: runs the tests of the simulator, which hold every answer and every event against the types of the
 * official library, prints what of the API is simulated, and writes it into the README. It fails if an answer differs from
 * the types, and names the routes whose answers no test gets.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { allRoutes } from '../testing/all-routes.ts';
import { joined, type Line, tableOf, withTable } from './coverage.ts';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'stripe-conformance-'));
const file = join(folder, 'seen.jsonl');
// The test of the table compares it with what this command is about to write.
const others = ['--exclude', 'stripe-simulator/conformance/coverage.test.ts'];
const tests = spawnSync('npx', ['vitest', 'run', 'stripe-simulator', ...others], {
  cwd: at('../..'),
  stdio: 'inherit',
  env: { ...process.env, STRIPE_CONFORMANCE_FILE: file },
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
writeFileSync(at('coverage.json'), `${JSON.stringify(coverage, null, 2)}\n`);
writeFileSync(at('../README.md'), withTable(readFileSync(at('../README.md'), 'utf8'), coverage));
process.exitCode = tests.status ?? 1;
