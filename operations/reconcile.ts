/** `npm run reconcile`: runs reconcile by hand, with a progress bar and a report. */
import { parseArgs } from 'node:util';
import { openServices } from '../composition/reconcile.ts';
import {
  type CheckName,
  checkNames,
  manualChecks,
  parseCheckName,
  storedCheckName,
} from '../core/reconcile/checks/index.ts';
import type { Listings } from '../core/reconcile/listings.ts';
import type { RunOptions, RunResult } from '../core/reconcile/reconcile.ts';
import { listingsOfUser } from '../core/reconcile/user-listings.ts';
import { readConfig } from '../functions/reconcile/config.ts';
import { runCommand, UsageError } from './cli/command.ts';
import { openConsole } from './cli/console.ts';
import { loadEnvironment } from './cli/environment.ts';
import { reportLines } from './cli/report-table.ts';
import { deletionLimitOptions, inRunOrder, readDeletionLimit, runInConsole } from './cli/run.ts';
import { savedDryRun, savedRun, unsavedRun } from './cli/run-state.ts';

const HELP = `npm run reconcile -- [options]

Compares Cognito, DynamoDB and Stripe, and repairs the differences: users, profiles, undelivered events,
subscriptions, customers, refunds and rows. It uses the environment variables of the functions, or the local cloud
that runs here (.local/env). See docs/reconcile.md.

  --dry-run          prints the differences and changes nothing
  --user SUB         checks only this user
  --since 3d         checks only the events of the last days or hours (36h)
  --check NAME       runs only this check; can be repeated. Names: ${checkNames.slice(0, 4).join(', ')},
                     ${checkNames.slice(4).join(', ')}
  --segment 2/4      scans the second of four equal shares of the tables, for parallel runs. Only segment 1 scans
                     Cognito and Stripe. All segments share Stripe's rate limit
  --max-deletions N  limits how many orphaned customers, accounts and rows may be deleted (default 10)
  --fresh            starts over instead of resuming
  --env-file FILE    reads the environment from this file

Ctrl-C stops the run; the same command resumes it. Exit code: 0 nothing found, 1 something failed, 2 something found
(and repaired, unless --dry-run), 3 no such user, 130 stopped.`;

const DIRECTORY = '.reconcile';

/** The checks that scan a table, which segments divide. */
const tableChecks: readonly CheckName[] = ['profiles', 'rows'];

interface Options {
  readonly dryRun: boolean;
  readonly fresh: boolean;
  readonly limit: Pick<RunOptions, 'maxDeletions'>;
  readonly user: string | undefined;
  readonly sinceSeconds: number | undefined;
  readonly checks: readonly CheckName[];
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
      check: { type: 'string', multiple: true, default: [] },
      // The name of --check in version 0.1.
      part: { type: 'string', multiple: true, default: [] },
      segment: { type: 'string', default: '1/1' },
      fresh: { type: 'boolean', default: false },
      'env-file': { type: 'string' },
      help: { type: 'boolean', default: false },
      ...deletionLimitOptions,
    },
  });
  if (values.help) return 'help';
  const { user, since } = values;
  const named = [...values.check, ...values.part].map(checkNamed);
  if (since !== undefined && (user !== undefined || named.length > 0)) {
    throw new UsageError('--since checks only events. Use it without --user and --check.');
  }
  if (user === '' || user?.includes('@') === true) {
    throw new UsageError('--user takes a sub. npm run account -- ADDRESS prints the sub of a user.');
  }
  const segment = readSegment(values.segment);
  const selected = named.length > 0 ? named : segment.index === 0 ? manualChecks : tableChecks;
  return {
    dryRun: values['dry-run'],
    fresh: values.fresh,
    limit: readDeletionLimit(values),
    user,
    sinceSeconds: since === undefined ? undefined : readPeriodSeconds(since),
    checks: since === undefined ? inRunOrder(selected) : ['events'],
    segment,
    envFile: values['env-file'],
  };
}

/** Stripe deletes older events. */
const MAX_SINCE_SECONDS = 30 * 86_400;

function readPeriodSeconds(text: string): number {
  const { count, unit } = /^(?<count>[1-9]\d{0,3})(?<unit>[dh])$/.exec(text)?.groups ?? {};
  if (count === undefined)
    throw new UsageError(`--since must be days or hours, such as 3d or 36h, not ${text}`);
  const seconds = Number(count) * (unit === 'd' ? 86_400 : 3_600);
  if (seconds > MAX_SINCE_SECONDS) {
    throw new UsageError('--since must be 30d or less: Stripe deletes older events.');
  }
  return seconds;
}

function checkNamed(text: string): CheckName {
  const check = parseCheckName(text);
  if (check === undefined) {
    throw new UsageError(`--check must be one of ${checkNames.join(', ')}, not ${text}`);
  }
  return check;
}

function readSegment(text: string): Options['segment'] {
  const { index, of } = /^(?<index>\d+)\/(?<of>\d+)$/.exec(text)?.groups ?? {};
  const [position, count] = [Number(index), Number(of)];
  if (position >= 1 && position <= count) return { index: position - 1, of: count };
  throw new UsageError(`--segment must be one share of several, such as 2/4, not ${text}`);
}

/** Returns `undefined` if no system knows the user. */
async function run(options: Options): Promise<RunResult | undefined> {
  const { dryRun, user, segment, checks, limit, sinceSeconds = 0 } = options;
  const environment = await loadEnvironment(options.envFile);
  const terminal = openConsole();
  const { systems, billing, reader } = await openServices({
    config: readConfig(environment),
    log: terminal.log,
    segment,
    eventsLookbackSeconds: sinceSeconds,
  });
  if (user !== undefined) {
    const listings = await listingsOfUser(
      { listings: systems.listings, billing, reader, poolId: systems.poolId },
      user,
    );
    if (await isEmpty(listings)) return undefined;
    const state = unsavedRun({ dryRun });
    return runInConsole({ ...systems, listings }, terminal, { state, dryRun, checks, ...limit });
  }
  const file = { directory: DIRECTORY, name: runName(options) };
  const state = dryRun ? savedDryRun(file) : savedRun(file);
  if (options.fresh) await state.checkpoint.save(undefined);
  return runInConsole(systems, terminal, { state, dryRun, checks, ...limit });
}

/** Returns the name under which progress is saved. A run must not resume the progress of one with other options. */
function runName({ dryRun, segment, checks }: Options): string {
  const named = checks.length === manualChecks.length ? [] : checks.map(storedCheckName);
  return [dryRun ? 'dry' : 'run', `${segment.index + 1}-of-${segment.of}`, ...named].join('-');
}

async function isEmpty(listings: Listings): Promise<boolean> {
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
    console.log(HELP);
    return;
  }
  const result = await run(options);
  if (result === undefined) {
    console.log(`No user found for ${options.user}.`);
    process.exitCode = 3;
    return;
  }
  const { found, outcomes } = result.report;
  for (const line of reportLines(result.report)) console.log(line);
  if (options.dryRun && found > 0) console.log('\nDry run: nothing was changed.');
  process.exitCode ??= outcomes.failed > 0 ? 1 : found > 0 ? 2 : 0;
}

runCommand(main);
