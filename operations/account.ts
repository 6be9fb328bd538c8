/** `npm run account -- SUB|EMAIL|cus_…`: what the systems say of one user side by side, and why the user has or lacks access. */
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { EnvironmentReader } from '../adapters/system/environment.ts';
import { openServices } from '../composition/reconcile.ts';
import { explain } from '../core/entitlement/explain.ts';
import type { Listings } from '../core/reconcile/listings.ts';
import { createReconcile, type RunResult } from '../core/reconcile/reconcile.ts';
import { listingsOfUser, manualChecks } from '../core/reconcile/user-listings.ts';
import { readConfig } from '../functions/reconcile/config.ts';
import { readAccessPolicy } from '../functions/settings.ts';
import { type Account, tellAccess, tellAccount } from './account/view.ts';
import { runCommand, UsageError } from './cli/command.ts';
import { environmentOf } from './cli/environment.ts';
import { nothingKept, openConsole } from './cli/run.ts';

const help = `npm run account -- SUB|EMAIL|cus_… [options]

Shows one user in Cognito, DynamoDB and Stripe, why the user has access or lacks it, and where the systems differ.

  --at 2026-11-01T12:00Z   why it was so at that moment, as far back as the row remembers; UTC, unless it says otherwise
  --heal                   sets right what differs; without it, a terminal is asked
  --env-file FILE          another environment

Exit code: 0 all agree, 2 something differs, 3 nobody is found or several are, 1 something failed.`;

interface Options {
  readonly named: string;
  /** Null: now. */
  readonly atSeconds: number | null;
  readonly heal: boolean;
  readonly envFile: string | undefined;
}

function readOptions(args: readonly string[]): Options | 'help' {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      at: { type: 'string' },
      heal: { type: 'boolean', default: false },
      'env-file': { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const [named, ...more] = positionals;
  if (named === undefined || more.length > 0) throw new UsageError(help);
  const atSeconds = values.at === undefined ? null : secondsAt(values.at);
  return { named, atSeconds, heal: values.heal, envFile: values['env-file'] };
}

/** Nothing is guessed: `Date.parse` alone would take many a text for a moment, and a bare one for local time. */
function secondsAt(text: string): number {
  const { day, time, zone } = MOMENT.exec(text)?.groups ?? {};
  const ms = day === undefined ? Number.NaN : Date.parse(`${day}T${time ?? '00:00'}${zone ?? 'Z'}`);
  if (Number.isNaN(ms)) throw new UsageError(`--at is a moment, as 2026-11-01T12:00Z, not ${text}`);
  return Math.floor(ms / 1000);
}

const MOMENT =
  /^(?<day>\d{4}-\d\d-\d\d)(?:[T ](?<time>\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(?<zone>Z|[+-]\d\d:\d\d)?)?$/;

type Opened = Awaited<ReturnType<typeof openServices>>;

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') {
    console.log(help);
    return;
  }
  const environment = await environmentOf(options.envFile);
  const policy = readAccessPolicy(new EnvironmentReader(environment));
  const { log } = openConsole();
  const opened = await openServices({ config: readConfig(environment), log });
  const { subs, why = 'nobody is known by it' } = await subsOf(options.named, opened);
  const [sub, ...others] = subs;
  if (sub === undefined) return notOne(`${options.named}: ${why}.`);
  if (others.length > 0) {
    return notOne(`Several users are: ${subs.join(', ')}. Name one of them.`);
  }
  const account = await readAccount(opened, sub);
  const { user, profile, row } = account;
  if (user === undefined && profile === undefined && row === undefined) {
    return notOne(`${options.named}: ${why}.`);
  }
  tellAccount(account);
  const nowSeconds = Math.floor(Date.now() / 1000);
  const moment = options.atSeconds;
  const writtenMs = Date.parse(row?.updatedAt ?? '');
  const writtenAt = Number.isNaN(writtenMs) ? null : Math.floor(writtenMs / 1000);
  tellAccess(explain(row, { moment, nowSeconds, writtenAt }, policy), moment ?? nowSeconds);
  await settle(opened, account, options);
}

interface Named {
  readonly subs: readonly string[];
  /** Why there is none. */
  readonly why?: string;
}

async function subsOf(named: string, { systems, billing }: Opened): Promise<Named> {
  if (named.startsWith('cus_')) {
    const lookup = await billing.retrieveCustomer(named);
    if (lookup.kind === 'missing') return { subs: [], why: 'Stripe does not know this customer' };
    if (lookup.kind === 'deleted')
      return { subs: [], why: 'this customer was deleted, and names nobody any more' };
    if (lookup.sub !== null) return { subs: [lookup.sub] };
    return {
      subs: [],
      why: `this customer names nobody; npm run backfill -- --adopt ${named}=SUB gives it to a user`,
    };
  }
  if (!named.includes('@')) return { subs: [named] };
  const [users, customers] = await Promise.all([
    systems.listings.usersOf(named),
    systems.listings.customersOf(named),
  ]);
  // The address may have been changed in one of the two.
  const subs = [...users.map(({ sub }) => sub), ...customers.map(({ sub }) => sub)];
  return { subs: [...new Set(subs.filter((sub) => sub !== null))] };
}

async function readAccount({ systems, billing, reader }: Opened, sub: string): Promise<Account> {
  const [user, profiles, rows, listings] = await Promise.all([
    reader.readUser({ sub, username: null }),
    systems.listings.profilesOf([sub]),
    systems.listings.rowsOf([sub]),
    listingsOfUser({ listings: systems.listings, billing, reader }, sub),
  ]);
  const alike = user?.email == null ? [] : await systems.listings.customersOf(user.email);
  return {
    sub,
    user,
    profile: profiles.get(sub),
    row: rows.get(sub),
    customers: (await listings.customers(null)).items,
    subscriptions: (await listings.subscriptions(null)).items.map(({ subscription }) => subscription),
    lookalikes: alike.filter((customer) => customer.sub === null),
    listings,
  };
}

async function settle(opened: Opened, { sub, listings }: Account, options: Options): Promise<void> {
  const { report } = await reconciled(opened, listings, { dryRun: true });
  if (report.differed === 0) {
    console.log('\nAll systems agree.');
    return;
  }
  console.log(`\nThey differ: ${Object.keys(report.byReason).join(', ')}`);
  if (!options.heal && !(await isWanted())) {
    console.log(`To set it right: npm run reconcile -- --user ${sub}`);
    process.exitCode = 2;
    return;
  }
  const healed = await reconciled(opened, listings, { dryRun: false });
  const { failed, differed } = healed.report;
  const left = differed - healed.report.healed - failed;
  if (failed > 0) {
    console.log('Something could not be set right.');
    process.exitCode = 1;
  } else if (left > 0) {
    console.log('The rest is for a person to decide: docs/reconcile.md tells what it means.');
    process.exitCode = 2;
  } else {
    console.log('Set right.');
  }
}

function reconciled(
  { systems }: Opened,
  listings: Listings,
  options: { readonly dryRun: boolean },
): Promise<RunResult> {
  return createReconcile({ ...systems, listings, checkpoint: nothingKept })({
    parts: manualChecks,
    ...options,
  });
}

/** Only where somebody is there to answer. */
async function isWanted(): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) return false;
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(?:es)?$/i.test((await terminal.question('Set it right? [y/N] ')).trim());
  } finally {
    terminal.close();
  }
}

function notOne(message: string): void {
  console.log(message);
  process.exitCode = 3;
}

runCommand(main);
