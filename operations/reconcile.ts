/** `npm run reconcile`: goes over everything by hand, with a progress bar and a table. */
import { parseArgs } from 'node:util';
import { createLog } from '../adapters/system/log.ts';
import { type PartName, partNames } from '../core/reconcile/parts.ts';
import { createReconcile, type RunResult } from '../core/reconcile/reconcile.ts';
import { userParts, userSweep } from '../core/reconcile/user-sweep.ts';
import { openSystems } from '../functions/reconcile/systems.ts';
import { runCommand, UsageError } from './command.ts';
import { environmentOf } from './environment.ts';
import { fileCheckpoint, nothingKept, showProgress, showReport } from './run.ts';

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
    // One user is taken in as well, which costs a question to Cognito about this one.
    parts:
      sinceSeconds === undefined
        ? (parts ?? (values.user === undefined ? undefined : userParts))
        : ['events'],
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

async function run(options: Options): Promise<RunResult> {
  const { dryRun, user, segment, parts, sinceSeconds = 0 } = options;
  const environment = await environmentOf(options.envFile);
  const log = createLog({}, { write: (line) => process.stderr.write(`${line}\n`) });
  const { systems, billing, reader } = await openSystems({
    environment,
    log,
    segment,
    eventsSeconds: sinceSeconds,
  });
  const services = { sweep: systems.sweep, billing, reader };
  const sweep = user === undefined ? systems.sweep : await userSweep(services, user);
  const name = [dryRun ? 'dry' : 'run', `${segment.index + 1}-of-${segment.of}`, ...(parts ?? [])].join('-');
  const checkpoint = user === undefined ? fileCheckpoint('.reconcile', name) : nothingKept;
  if (options.fresh) await checkpoint.save(undefined);
  return createReconcile({ ...systems, sweep, checkpoint })({
    dryRun,
    onPage: showProgress,
    ...(parts === undefined ? {} : { parts }),
  });
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

runCommand(main);
