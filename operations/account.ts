/** `npm run account -- SUB|EMAIL|cus_…`: shows one user in all systems, and why the user has access or lacks it. */
import { parseArgs } from 'node:util';
import { EnvironmentReader } from '../adapters/system/environment.ts';
import { openServices } from '../composition/reconcile.ts';
import { explain } from '../core/entitlement/explain.ts';
import { manualChecks } from '../core/reconcile/checks/index.ts';
import type { Listings } from '../core/reconcile/listings.ts';
import { createReconcile } from '../core/reconcile/reconcile.ts';
import type { Report } from '../core/reconcile/report.ts';
import { listingsOfUser } from '../core/reconcile/user-listings.ts';
import { readConfig } from '../functions/reconcile/config.ts';
import { readAccessPolicy } from '../functions/settings.ts';
import { type Account, printAccess, printAccount } from './account/view.ts';
import { runCommand, UsageError } from './cli/command.ts';
import { isConfirmed } from './cli/confirm.ts';
import { openConsole } from './cli/console.ts';
import { loadEnvironment } from './cli/environment.ts';
import { unsavedRun } from './cli/run-state.ts';
import { shellCredentials } from './cli/shell-credentials.ts';

const HELP = `npm run account -- SUB|EMAIL|cus_… [options]

Shows one user in Cognito, DynamoDB and Stripe, why the user has access or lacks it, and where the systems differ.

  --at 2026-11-01T12:00Z  explains the access at that time, as far back as the row's history goes; UTC by default
  --repair                repairs the differences; without it, the command asks first, if it runs in a terminal
  --env-file FILE         reads the environment from this file

Exit code: 0 all systems agree, 1 something failed, 2 something differs, 3 no user or several users found.`;

interface Options {
  /** A sub, an email address or the id of a customer. */
  readonly id: string;
  /** Null: now. */
  readonly atSeconds: number | null;
  readonly repair: boolean;
  readonly envFile: string | undefined;
}

function readOptions(args: readonly string[]): Options | 'help' {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      at: { type: 'string' },
      repair: { type: 'boolean', default: false },
      heal: { type: 'boolean', default: false }, // lint-words: allow (the name of --repair in version 0.1)
      'env-file': { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const [id, ...more] = positionals;
  if (id === undefined || more.length > 0) throw new UsageError(HELP);
  const atSeconds = values.at === undefined ? null : readTimeSeconds(values.at);
  const repair = values.repair || values.heal; // lint-words: allow (the name of --repair in version 0.1)
  return { id, atSeconds, repair, envFile: values['env-file'] };
}

/** Accepts one format. `Date.parse` would accept almost any text, and read a time without a zone as local time. */
function readTimeSeconds(text: string): number {
  const { day, time, zone } = TIME.exec(text)?.groups ?? {};
  const ms = day === undefined ? Number.NaN : Date.parse(`${day}T${time ?? '00:00'}${zone ?? 'Z'}`);
  if (Number.isNaN(ms)) throw new UsageError(`--at must be a time such as 2026-11-01T12:00Z, not ${text}`);
  return Math.floor(ms / 1000);
}

const TIME =
  /^(?<day>\d{4}-\d\d-\d\d)(?:[T ](?<time>\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(?<zone>Z|[+-]\d\d:\d\d)?)?$/;

type Opened = Awaited<ReturnType<typeof openServices>>;

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') {
    console.log(HELP);
    return;
  }
  const environment = await loadEnvironment(options.envFile);
  const policy = readAccessPolicy(new EnvironmentReader(environment));
  const { log } = openConsole();
  const opened = await openServices({ config: readConfig(environment), log, credentials: shellCredentials });
  const noUser = `No user found for ${options.id}.`;
  const { subs, why = noUser } = await findSubs(options.id, opened);
  const [sub, ...others] = subs;
  if (sub === undefined) return notExactlyOne(why);
  if (others.length > 0) {
    return notExactlyOne(`More than one user matches ${options.id}: ${subs.join(', ')}. Use one of these.`);
  }
  const account = await readAccount(opened, sub);
  const { user, profile, row } = account;
  if (user === undefined && profile === undefined && row === undefined) return notExactlyOne(noUser);
  printAccount(account);
  const nowSeconds = Math.floor(Date.now() / 1000);
  const moment = options.atSeconds;
  const writtenMs = Date.parse(row?.updatedAt ?? '');
  const writtenAt = Number.isNaN(writtenMs) ? null : Math.floor(writtenMs / 1000);
  printAccess(explain(row, { moment, nowSeconds, writtenAt }, policy), moment ?? nowSeconds);
  await compareAndRepair(opened, account, options);
}

interface FoundSubs {
  readonly subs: readonly string[];
  /** Why there is no user, where more is known than that. */
  readonly why?: string;
}

async function findSubs(id: string, { systems, billing }: Opened): Promise<FoundSubs> {
  if (id.startsWith('cus_')) {
    const lookup = await billing.retrieveCustomer(id);
    if (lookup.kind === 'missing') return { subs: [], why: `Stripe does not know the customer ${id}.` };
    if (lookup.kind === 'deleted') {
      return { subs: [], why: `The customer ${id} was deleted in Stripe and no longer names a user.` };
    }
    if (lookup.sub !== null) return { subs: [lookup.sub] };
    const command = `npm run backfill -- --adopt ${id}=SUB`;
    return { subs: [], why: `The customer ${id} names no user. To link it to one: ${command}` };
  }
  if (!id.includes('@')) return { subs: [id] };
  const [users, customers] = await Promise.all([
    systems.listings.usersOf(id),
    systems.listings.customersOf(id),
  ]);
  // Cognito and Stripe may have different addresses of one user.
  const subs = [...users.map(({ sub }) => sub), ...customers.map(({ sub }) => sub)];
  return { subs: [...new Set(subs.filter((sub) => sub !== null))] };
}

async function readAccount({ systems, billing, reader }: Opened, sub: string): Promise<Account> {
  const [user, profiles, rows, listings] = await Promise.all([
    reader.readUser({ sub, username: null }),
    systems.listings.profilesOf([sub]),
    systems.listings.rowsOf([sub]),
    listingsOfUser({ ...systems, billing, reader }, sub),
  ]);
  const sameEmail = user?.email == null ? [] : await systems.listings.customersOf(user.email);
  return {
    sub,
    user,
    profile: profiles.get(sub),
    row: rows.get(sub),
    customers: (await listings.customers(null)).items,
    subscriptions: (await listings.subscriptions(null)).items.map(({ subscription }) => subscription),
    emailMatches: sameEmail.filter((customer) => customer.sub === null),
    contradictions: listings.contradictions,
    listings,
  };
}

async function compareAndRepair(opened: Opened, { sub, listings }: Account, options: Options): Promise<void> {
  const differences = await reconcileUser(opened, listings, { dryRun: true });
  if (differences.found === 0) {
    console.log('\nAll systems agree.');
    return;
  }
  console.log(`\nThe systems differ: ${Object.keys(differences.reasons).join(', ')}`);
  if (!options.repair && !(await isConfirmed('Repair it?'))) {
    console.log(`To repair this: npm run reconcile -- --user ${sub}`);
    process.exitCode = 2;
    return;
  }
  const { outcomes } = await reconcileUser(opened, listings, { dryRun: false });
  const done = Object.entries(outcomes).filter(([, count]) => count > 0);
  const actions = done.map(([name, count]) => `${name.replaceAll('_', ' ')} ${count}`);
  console.log(actions.length === 0 ? 'Nothing was left to repair.' : `Done: ${actions.join(', ')}.`);
  if (outcomes.failed > 0) {
    console.log('Something could not be repaired: see the messages above.');
    process.exitCode = 1;
  } else if (outcomes.needs_review > 0) {
    console.log('A person must decide the rest: see docs/reconcile.md.');
    process.exitCode = 2;
  }
}

async function reconcileUser(
  { systems }: Opened,
  listings: Listings,
  options: { readonly dryRun: boolean },
): Promise<Report> {
  const { checkpoint } = unsavedRun(options);
  const run = createReconcile({ ...systems, listings, checkpoint });
  return (await run({ checks: manualChecks, ...options })).report;
}

function notExactlyOne(message: string): void {
  console.log(message);
  process.exitCode = 3;
}

runCommand(main);
