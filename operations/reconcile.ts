/** `npm run reconcile`: runs reconcile by hand, with a progress bar and a report. */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { openServices } from '../composition/reconcile.ts';
import { DELETION_LIMIT } from '../core/gate/limit.ts';
import {
  type CheckName,
  checkNames,
  manualChecks,
  parseCheckName,
  storedCheckName,
} from '../core/reconcile/checks/index.ts';
import { endThese } from '../core/reconcile/endings.ts';
import type { Listings } from '../core/reconcile/listings.ts';
import type { RunResult } from '../core/reconcile/reconcile.ts';
import { listingsOfUser } from '../core/reconcile/user-listings.ts';
import { readConfig } from '../functions/reconcile/config.ts';
import { runCommand, UsageError } from './cli/command.ts';
import { openConsole } from './cli/console.ts';
import { readEndings, writeEndings } from './cli/endings-file.ts';
import { loadEnvironment } from './cli/environment.ts';
import { reportLines } from './cli/report-table.ts';
import { inRunOrder, runInConsole } from './cli/run.ts';
import { savedDryRun, savedRun, unsavedRun } from './cli/run-state.ts';
import { shellCredentials } from './cli/shell-credentials.ts';

const HELP = `npm run reconcile -- [options]

Compares Cognito, DynamoDB, Stripe and RevenueCat, and repairs the differences: users, profiles, undelivered events,
subscriptions, customers, refunds, purchases in app stores and rows. It uses the environment variables of the functions, or the local cloud
that runs here (.local/env). See docs/reconcile.md.

  --dry-run          prints the differences and changes nothing
  --user SUB         checks only this user
  --since 3d         checks only the events of the last days or hours (36h)
  --check NAME       runs only this check; can be repeated. Names: ${checkNames.slice(0, 4).join(', ')},
                     ${checkNames.slice(4).join(', ')}
  --segment 2/4      scans the second of four equal shares of the tables, for parallel runs. Only segment 1 scans
                     Cognito and Stripe. All segments share Stripe's rate limit
  --end-these FILE   ends exactly what this list names, where the proof still holds. A run writes the list to
                     .reconcile/endings.txt when it ends nothing: in a dry run, and above the deletion limit
  --adoption-complete  records that everything that existed before this installation is adopted
  --fresh            starts over instead of resuming
  --env-file FILE    reads the environment from this file

Ctrl-C stops the run; the same command resumes it. Exit code: 0 nothing found, 1 something failed, 2 something found
(and repaired, unless --dry-run), 3 no such user, 130 stopped.`;

const DIRECTORY = '.reconcile';
const endingsFile = path.join(DIRECTORY, 'endings.txt');

/** The checks that scan a table, which segments divide. */
const tableChecks: readonly CheckName[] = ['profiles', 'rows', 'missing_users'];

interface Options {
  readonly dryRun: boolean;
  readonly fresh: boolean;
  /** The list to end. Nothing else is done then. */
  readonly endThese: string | undefined;
  readonly completesAdoption: boolean;
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
      // The former options of the deletion limit.
      'max-deletions': { type: 'string' },
      'end-at-most': { type: 'string' },
      'end-these': { type: 'string' },
      'adoption-complete': { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  if (values['max-deletions'] !== undefined || values['end-at-most'] !== undefined) {
    throw new UsageError(
      'The deletion limit cannot be raised. To end what a dry run lists, use --end-these FILE.',
    );
  }
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
    endThese: values['end-these'],
    completesAdoption: values['adoption-complete'],
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
  const { dryRun, user, segment, checks, sinceSeconds = 0 } = options;
  const environment = await loadEnvironment(options.envFile);
  const terminal = openConsole();
  const { systems, billing, reader } = await openServices({
    config: readConfig(environment),
    log: terminal.log,
    credentials: shellCredentials,
    segment,
    eventsLookbackSeconds: sinceSeconds,
  });
  if (user !== undefined) {
    const listings = await listingsOfUser({ ...systems, billing, reader }, user);
    if (await isEmpty(listings)) return undefined;
    const state = unsavedRun({ dryRun });
    return runInConsole({ ...systems, listings }, terminal, { state, dryRun, checks });
  }
  const file = { directory: DIRECTORY, name: runName(options) };
  const state = dryRun ? savedDryRun(file) : savedRun(file);
  if (options.fresh) await state.checkpoint.save(undefined);
  return runInConsole(systems, terminal, { state, dryRun, checks });
}

/** Returns the name under which progress is saved. A run must not resume the progress of one with other options. */
function runName({ dryRun, segment, checks }: Options): string {
  const named = checks.length === manualChecks.length ? [] : checks.map(storedCheckName);
  return [dryRun ? 'dry' : 'run', `${segment.index + 1}-of-${segment.of}`, ...named].join('-');
}

async function isEmpty(listings: Listings): Promise<boolean> {
  const rows = await listings.rows(null);
  const others = [listings.users(null), listings.profiles(null), listings.customers(null)];
  const pages = [rows, ...(await Promise.all(others))];
  return pages.every(({ items }) => items.length === 0) && (rows.removals ?? []).length === 0;
}

/** Writes the list of what was not ended, so that a person can decide on exactly this. */
async function printNotEnded({ notEnded }: RunResult): Promise<void> {
  if (notEnded.length === 0) return;
  await writeEndings(endingsFile, notEnded);
  const users = new Set(notEnded.map(({ ending }) => ending.sub)).size;
  console.log(
    `\nTo be ended, of ${users} users that Cognito does not know: ${notEnded.length}. See ${endingsFile}`,
  );
  console.log(`The deletion limit is ${DELETION_LIMIT} users a week. To end exactly these:`);
  console.log(`  npm run reconcile -- --end-these ${endingsFile}`);
}

async function completeAdoption({ envFile }: Options): Promise<void> {
  const { systems } = await openServices({
    config: readConfig(await loadEnvironment(envFile)),
    log: openConsole().log,
    credentials: shellCredentials,
  });
  await systems.adoption.complete('operator');
  console.log(
    'Adoption is recorded as complete: reconcile repairs, and ends what is proven to belong to no user.',
  );
}

async function endListed({ envFile }: Options, file: string): Promise<void> {
  const endings = await readEndings(file);
  const { systems } = await openServices({
    config: readConfig(await loadEnvironment(envFile)),
    log: openConsole().log,
    credentials: shellCredentials,
  });
  const report = await endThese(systems, endings);
  for (const line of reportLines(report)) console.log(line);
  if (report.outcomes.failed > 0) process.exitCode = 1;
  else if (report.outcomes.withheld > 0) process.exitCode = 2;
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') {
    console.log(HELP);
    return;
  }
  if (options.completesAdoption) return completeAdoption(options);
  if (options.endThese !== undefined) return endListed(options, options.endThese);
  const result = await run(options);
  if (result === undefined) {
    console.log(`No user found for ${options.user}.`);
    process.exitCode = 3;
    return;
  }
  const { found, outcomes } = result.report;
  for (const line of reportLines(result.report)) console.log(line);
  if (options.dryRun && found > 0) console.log('\nDry run: nothing was changed.');
  await printNotEnded(result);
  process.exitCode ??= outcomes.failed > 0 ? 1 : found > 0 ? 2 : 0;
}

runCommand(main);
