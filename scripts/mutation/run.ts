/**
 * `npm run mutation`: changes `core/` in thousands of small ways, and counts how many of the changes a test notices. It
 * runs folder by folder and saves the results of each, so that an interrupted run continues where it stopped.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import {
  type AcceptedLine,
  compareWithAccepted,
  countsIn,
  type MutationReport,
  mergeReports,
  rangesOfSurvivors,
  scoreOf,
  withSecondRun,
} from './report.ts';

const HELP = `npm run mutation -- [options] [folder or file of core/ …]

Changes the code of core/ in small ways (mutants), and runs the tests of the decisions, the use cases and the oracle
against each. What they do not notice meets some simulated histories. A mutant that none of them notices survives.

  --quick   runs no histories
  --fresh   discards the saved results
  --list    prints every survivor that scripts/mutation/accepted.json does not explain
  --help    prints this text

Exits with 1 if less than 90 % of the mutants are killed, or if a survivor has no reason in the list.
`;

const THRESHOLD_PERCENT = 90;
const CACHE = 'node_modules/.cache/mutation';
const REPORT = 'reports/mutation/mutation.json';
const CONFIG = 'scripts/mutation/stryker.config.json';
const ACCEPTED = 'scripts/mutation/accepted.json';

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}

function foldersOfCore(): readonly string[] {
  const entries = readdirSync('core', { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => `core/${name}`);
}

/** Runs Stryker on one folder or file, and repeats what no test noticed with the histories. */
async function mutantsOf(target: string, isQuick: boolean): Promise<MutationReport> {
  const pattern = target.endsWith('.ts') ? target : `${target}/**/*.ts`;
  const tests = await runStryker(target, 'tests', [pattern, '!**/*.test.ts']);
  const ranges = rangesOfSurvivors(tests);
  if (isQuick || ranges.length === 0) return tests;
  return withSecondRun(tests, await runStryker(target, 'histories', ranges));
}

/** Repeats only what changed since the last run. */
async function runStryker(
  target: string,
  stage: 'tests' | 'histories',
  mutate: readonly string[],
): Promise<MutationReport> {
  const saved = `${CACHE}/${target.replaceAll('/', '-')}-${stage}.json`;
  const options = ['--mutate', mutate.join(','), '--incremental', '--incrementalFile', saved];
  const child = spawn('npx', ['stryker', 'run', CONFIG, ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, MUTATION_STAGE: stage },
  });
  const output: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  if (code === 0) return readJson(REPORT) as MutationReport;
  process.stderr.write(Buffer.concat(output));
  throw new Error(`Stryker exited with code ${code} for ${target}; its output is above.`);
}

async function run(
  targets: readonly string[],
  { list: listsSurvivors, quick }: { readonly list: boolean; readonly quick: boolean },
): Promise<boolean> {
  mkdirSync(CACHE, { recursive: true });
  const reports: MutationReport[] = [];
  for (const target of targets) {
    const report = await mutantsOf(target, quick);
    const counts = countsIn(report);
    const line = `${scoreOf(counts).toFixed(1).padStart(5)} %  ${counts.killed} killed, ${counts.survived} survived`;
    console.log(`${target.padEnd(24)}${line}`);
    reports.push(report);
  }
  const whole = mergeReports(reports);
  const { unexplained, outdated } = compareWithAccepted(whole, readJson(ACCEPTED) as readonly AcceptedLine[]);
  const score = scoreOf(countsIn(whole));
  console.log(`${'all'.padEnd(24)}${score.toFixed(1).padStart(5)} %`);
  console.log(`${unexplained.length} survivors have no reason in ${ACCEPTED}.`);
  if (listsSurvivors)
    for (const { file, line, code, mutator, replacement } of unexplained)
      console.log(`${file}:${line}  ${mutator}\n    ${code}\n    → ${replacement.replaceAll(/\s+/g, ' ')}`);
  for (const { file, code } of outdated)
    console.log(`No mutant of this line survives anymore: ${file}: ${code}`);
  return score >= THRESHOLD_PERCENT && unexplained.length === 0 && outdated.length === 0;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    fresh: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) process.stdout.write(HELP);
else {
  if (values.fresh) rmSync(CACHE, { recursive: true, force: true });
  const targets = positionals.length > 0 ? positionals : foldersOfCore();
  process.exitCode = (await run(targets, values)) ? 0 : 1;
}
