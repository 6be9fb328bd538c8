/** `npm run reconcile`: goes over everything by hand, with a progress bar and a table. */
import { parseArgs } from 'node:util';
import { openServices } from '../composition/reconcile.ts';
import type { Listings } from '../core/reconcile/listings.ts';
import { type PartName, partNames } from '../core/reconcile/parts.ts';
import type { RunResult } from '../core/reconcile/reconcile.ts';
import { listingsOfUser, manualChecks } from '../core/reconcile/user-listings.ts';
import { readConfig } from '../functions/reconcile/config.ts';
import { runCommand, UsageError } from './cli/command.ts';
import { environmentOf } from './cli/environment.ts';
import { reportLines } from './cli/report-table.ts';
import { endAtMostIn, fileCheckpoint, inOrder, nothingKept, openConsole, runWatched } from './cli/run.ts';

const help = `npm run reconcile -- [options]

Goes over users, profiles, undelivered events, subscriptions, customers, refunds and rows, and sets right what differs.
The environment says where, as for the functions; without one, the local cloud that runs here (.local/env).

  --dry-run         tells the differences, and changes nothing
  --user SUB        this user alone
  --since 3d        instead, the events of the last days or hours (36h): what the rows have not seen of them
  --part NAME       only this part, also several times: ${partNames.join(', ')}
  --segment 2/4     the second of four equal shares of the tables, for runs side by side; the first of them
                    goes over Cognito and Stripe as well, and all of them share Stripe's limit
  --end-at-most N   how many customers, accounts and rows of users whom the pool does not know may be ended (10)
  --fresh           begins anew, and not where an earlier run was cut off
  --env-file FILE   another environment

Ctrl-C stops it, and the same command goes on. Exit code: 0 nothing differed, 1 something failed, 2 something differed
(and was set right, without --dry-run), 3 nobody is known as SUB, 130 stopped.`;

/** By hand everything, users who are in the pool alone among it. */
const allParts = manualChecks;
/** What is shared out among segments. */
const tableParts: readonly PartName[] = ['profiles', 'rows'];

interface Options {
  readonly dryRun: boolean;
  readonly fresh: boolean;
  readonly ending: ReturnType<typeof endAtMostIn>;
  readonly user: string | undefined;
  readonly sinceSeconds: number | undefined;
  readonly parts: readonly PartName[];
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
      'end-at-most': { type: 'string' },
      fresh: { type: 'boolean', default: false },
      'env-file': { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const { user, since, part } = values;
  if (since !== undefined && (user !== undefined || part !== undefined)) {
    throw new UsageError('--since goes over events alone: say it without --user and --part');
  }
  if (user === '' || user?.includes('@') === true) {
    throw new UsageError('--user is a sub; npm run account -- ADDRESS tells it');
  }
  const segment = segmentIn(values.segment);
  const wanted = part?.map(partNamed) ?? (segment.index === 0 ? allParts : tableParts);
  return {
    dryRun: values['dry-run'],
    fresh: values.fresh,
    ending: endAtMostIn(values['end-at-most']),
    user,
    sinceSeconds: since === undefined ? undefined : secondsIn(since),
    parts: since === undefined ? inOrder(wanted) : ['events'],
    segment,
    envFile: values['env-file'],
  };
}

/** Stripe keeps events no longer. */
const MAX_SINCE_SECONDS = 30 * 86_400;

function secondsIn(text: string): number {
  const { count, unit } = /^(?<count>[1-9]\d{0,3})(?<unit>[dh])$/.exec(text)?.groups ?? {};
  if (count === undefined) throw new UsageError(`--since is days or hours, as 3d or 36h, not ${text}`);
  const seconds = Number(count) * (unit === 'd' ? 86_400 : 3_600);
  if (seconds > MAX_SINCE_SECONDS)
    throw new UsageError('--since reaches 30 days: Stripe keeps events no longer');
  return seconds;
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

/** Undefined: nobody is known by this name. */
async function run(options: Options): Promise<RunResult | undefined> {
  const { dryRun, user, segment, parts, ending, sinceSeconds = 0 } = options;
  const environment = await environmentOf(options.envFile);
  const shown = openConsole();
  const { systems, billing, reader } = await openServices({
    config: readConfig(environment),
    log: shown.log,
    segment,
    eventsLookbackSeconds: sinceSeconds,
  });
  if (user !== undefined) {
    const listings = await listingsOfUser({ listings: systems.listings, billing, reader }, user);
    if (await isNobody(listings)) return undefined;
    return runWatched({ ...systems, listings, checkpoint: nothingKept }, shown, { dryRun, parts, ...ending });
  }
  const named = parts.length === allParts.length ? [] : parts;
  const name = [dryRun ? 'dry' : 'run', `${segment.index + 1}-of-${segment.of}`, ...named].join('-');
  const checkpoint = fileCheckpoint('.reconcile', name);
  if (options.fresh) await checkpoint.save(undefined);
  return runWatched({ ...systems, checkpoint }, shown, { dryRun, parts, ...ending });
}

async function isNobody(listings: Listings): Promise<boolean> {
  const pages = [
    listings.users(null),
    listings.profiles(null),
    listings.rows(null),
    listings.customers(null),
  ];
  return (await Promise.all(pages)).every(({ items }) => items.length === 0);
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') {
    console.log(help);
    return;
  }
  const result = await run(options);
  if (result === undefined) {
    console.log(`Nobody is known as ${options.user}.`);
    process.exitCode = 3;
    return;
  }
  const { report } = result;
  for (const line of reportLines(report)) console.log(line);
  if (options.dryRun && report.differed > 0) console.log('\nNothing was changed: that was a dry run.');
  process.exitCode ??= report.failed > 0 ? 1 : report.differed > 0 ? 2 : 0;
}

runCommand(main);
