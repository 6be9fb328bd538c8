/** `npm run reconcile`: goes over everything by hand, with a progress bar and a table. */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ConfigurationError } from '../adapters/system/environment.ts';
import { createLog } from '../adapters/system/log.ts';
import { type PartName, partNames } from '../core/reconcile/parts.ts';
import { readProgress } from '../core/reconcile/progress.ts';
import {
  type Checkpoint,
  createReconcile,
  type Progress,
  type RunResult,
} from '../core/reconcile/reconcile.ts';
import type { Report } from '../core/reconcile/report.ts';
import { userSweep } from '../core/reconcile/user-sweep.ts';
import { openSystems } from '../functions/reconcile/systems.ts';
import { environmentOf } from './environment.ts';

const help = `npm run reconcile -- [options]

Goes over profiles, undelivered events, subscriptions, customers, refunds and rows, and sets right what differs.
The environment says where, as for the functions; without one, the local cloud that runs here (.local/env).

  --dry-run         tells the differences, and changes nothing
  --user SUB        this user alone
  --since 3d        instead, the events of the last days or hours (36h): what the rows have not seen of them
  --part NAME       only this part, also several times: ${partNames.join(', ')}
  --segment 2/4     of the tables' parts only the second of four equal shares, for runs side by side
  --fresh           begins anew, and not where an earlier run was cut off
  --env-file FILE   another environment

Exit code: 0 nothing differed, 1 something failed, 2 something differed (and was set right, without --dry-run).`;

class UsageError extends Error {}

interface Options {
  readonly dryRun: boolean;
  readonly fresh: boolean;
  readonly user: string | undefined;
  readonly sinceSeconds: number | undefined;
  readonly parts: readonly PartName[] | undefined;
  readonly segment: { readonly index: number; readonly of: number };
  readonly envFile: string | undefined;
}

function readOptions(args: readonly string[]): Options | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      'dry-run': { type: 'boolean', default: false },
      user: { type: 'string' },
      since: { type: 'string' },
      part: { type: 'string', multiple: true },
      segment: { type: 'string', default: '1/1' },
      fresh: { type: 'boolean', default: false },
      'env-file': { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const sinceSeconds = values.since === undefined ? undefined : secondsIn(values.since);
  const parts = values.part?.map(partNamed);
  return {
    dryRun: values['dry-run'],
    fresh: values.fresh,
    user: values.user,
    sinceSeconds,
    parts: sinceSeconds === undefined ? parts : ['events'],
    segment: segmentIn(values.segment),
    envFile: values['env-file'],
  };
}

function secondsIn(text: string): number {
  const { count, unit } = /^(?<count>[1-9]\d{0,3})(?<unit>[dh])$/.exec(text)?.groups ?? {};
  if (count === undefined) throw new UsageError(`--since is days or hours, as 3d or 36h, not ${text}`);
  return Number(count) * (unit === 'd' ? 86_400 : 3_600);
}

function partNamed(text: string): PartName {
  const part = partNames.find((name) => name === text);
  if (part === undefined) throw new UsageError(`--part is one of ${partNames.join(', ')}, not ${text}`);
  return part;
}

function segmentIn(text: string): Options['segment'] {
  const { index, of } = /^(?<index>\d+)\/(?<of>\d+)$/.exec(text)?.groups ?? {};
  const [at, all] = [Number(index), Number(of)];
  if (at >= 1 && at <= all) return { index: at - 1, of: all };
  throw new UsageError(`--segment is one share of several, as 2/4, not ${text}`);
}

/** One run of each kind at a time in a directory. */
function fileCheckpoint(name: string): Checkpoint {
  const file = path.join('.reconcile', `${name}.json`);
  return {
    load: async () => readProgress(await readFile(file, 'utf8').catch(() => null)),
    save: async (progress) => {
      if (progress === undefined) return rm(file, { force: true });
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(`${file}.new`, JSON.stringify(progress));
      return rename(`${file}.new`, file);
    },
  };
}

const nothingKept: Checkpoint = { load: async () => undefined, save: async () => undefined };

async function run(options: Options): Promise<RunResult> {
  const { dryRun, user, segment, parts, sinceSeconds = 0 } = options;
  const environment = await environmentOf(options.envFile);
  const log = createLog({}, (line) => process.stderr.write(`${line}\n`));
  const { systems, billing } = await openSystems({ environment, log, segment, eventsSeconds: sinceSeconds });
  const sweep = user === undefined ? systems.sweep : await userSweep({ sweep: systems.sweep, billing }, user);
  const name = [dryRun ? 'dry' : 'run', `${segment.index + 1}-of-${segment.of}`, ...(parts ?? [])].join('-');
  const checkpoint = user === undefined ? fileCheckpoint(name) : nothingKept;
  if (options.fresh) await checkpoint.save(undefined);
  return createReconcile({ ...systems, sweep, checkpoint })({
    dryRun,
    onPage: showProgress,
    ...(parts === undefined ? {} : { parts }),
  });
}

const BAR_WIDTH = 24;

/** Parts are known beforehand, pages are not: the bar tells the part, the numbers the rest. */
function showProgress({ part, report }: Progress): void {
  if (!process.stderr.isTTY) return;
  const done = Math.round(((partNames.indexOf(part) + 1) / partNames.length) * BAR_WIDTH);
  const bar = '█'.repeat(done).padEnd(BAR_WIDTH, '░');
  const counts = `${report.checked} checked, ${report.differed} differ, ${report.failed} failed`;
  process.stderr.write(`\r${bar} ${part.padEnd(13)} ${counts}  `);
}

function showReport({ checked, differed, healed, failed, byReason, examples }: Report): void {
  if (process.stderr.isTTY) process.stderr.write('\n');
  const rows = [
    ['checked', checked],
    ['differed', differed],
    ['healed', healed],
    ['failed', failed],
    ...Object.entries(byReason).map(([reason, count]) => [`  ${reason}`, count] as const),
  ] as const;
  for (const [name, count] of rows) console.log(`${name.padEnd(28)}${String(count).padStart(9)}`);
  for (const example of examples) console.log(`  ${example}`);
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') {
    console.log(help);
    return;
  }
  const { report } = await run(options);
  showReport(report);
  process.exitCode = report.failed > 0 ? 1 : report.differed > 0 ? 2 : 0;
}

/** Faults that people cause and can mend: one line, no stack. */
function isExpected(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const fromParseArgs = 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
  return fromParseArgs || error instanceof UsageError || error instanceof ConfigurationError;
}

main().catch((error: unknown) => {
  console.error(isExpected(error) ? error.message : error);
  process.exitCode = 1;
});
