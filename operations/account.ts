/** `npm run account -- SUB|EMAIL|cus_…`: what the systems say of one user side by side, and why the user has or lacks access. */
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { EnvironmentReader } from '../adapters/system/environment.ts';
import { createLog } from '../adapters/system/log.ts';
import { explain } from '../core/explain/explain.ts';
import { createReconcile, type RunResult } from '../core/reconcile/reconcile.ts';
import type { Sweep } from '../core/reconcile/sweep.ts';
import { userParts, userSweep } from '../core/reconcile/user-sweep.ts';
import { openSystems } from '../functions/reconcile/systems.ts';
import { readAccessPolicy } from '../functions/settings.ts';
import { type Account, tellAccess, tellAccount } from './account-view.ts';
import { runCommand, UsageError } from './command.ts';
import { environmentOf } from './environment.ts';
import { nothingKept } from './run.ts';

const help = `npm run account -- SUB|EMAIL|cus_… [options]

Shows one user in Cognito, DynamoDB and Stripe, why the user has access or lacks it, and where the systems differ.

  --at 2026-11-01T12:00Z   why it was so at that moment, as far back as the row remembers
  --heal                   sets right what differs; without it, a terminal is asked
  --env-file FILE          another environment

Exit code: 0 all agree, 2 something differs, 3 nobody is found or several are, 1 something failed.`;

interface Options {
  readonly named: string;
  readonly atSeconds: number;
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
  const atMs = values.at === undefined ? Date.now() : Date.parse(values.at);
  if (Number.isNaN(atMs)) throw new UsageError(`--at is a moment, as 2026-11-01T12:00Z, not ${values.at}`);
  return { named, atSeconds: Math.floor(atMs / 1000), heal: values.heal, envFile: values['env-file'] };
}

type Opened = Awaited<ReturnType<typeof openSystems>>;

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') {
    console.log(help);
    return;
  }
  const environment = await environmentOf(options.envFile);
  const policy = readAccessPolicy(new EnvironmentReader(environment));
  const log = createLog({}, { write: (line) => process.stderr.write(`${line}\n`) });
  const opened = await openSystems({ environment, log });
  const [sub, ...others] = await subsOf(options.named, opened);
  if (sub === undefined) return notOne(`Nobody is known as ${options.named}.`);
  if (others.length > 0)
    return notOne(`Several users are: ${[sub, ...others].join(', ')}. Name one of them.`);
  const account = await readAccount(opened, sub);
  const { user, profile, row } = account;
  if (user === undefined && profile === undefined && row === undefined) {
    return notOne(`Nobody is known as ${options.named}.`);
  }
  tellAccount(account);
  tellAccess(explain(row, options.atSeconds, policy), options.atSeconds);
  await settle(opened, account, options);
}

async function subsOf(named: string, { systems, billing }: Opened): Promise<readonly string[]> {
  if (named.startsWith('cus_')) {
    const lookup = await billing.retrieveCustomer(named);
    return lookup.kind === 'customer' && lookup.sub !== null ? [lookup.sub] : [];
  }
  if (!named.includes('@')) return [named];
  const [users, customers] = await Promise.all([
    systems.sweep.usersOf(named),
    systems.sweep.customersOf(named),
  ]);
  // The address may have been changed in one of the two.
  const subs = [...users.map(({ sub }) => sub), ...customers.map(({ sub }) => sub)];
  return [...new Set(subs.filter((sub) => sub !== null))];
}

async function readAccount({ systems, billing, reader }: Opened, sub: string): Promise<Account> {
  const [user, profiles, rows, sweep] = await Promise.all([
    reader.readUser({ sub, username: null }),
    systems.sweep.profilesOf([sub]),
    systems.sweep.rowsOf([sub]),
    userSweep({ sweep: systems.sweep, billing, reader }, sub),
  ]);
  const alike = user?.email == null ? [] : await systems.sweep.customersOf(user.email);
  return {
    sub,
    user,
    profile: profiles.get(sub),
    row: rows.get(sub),
    customers: (await sweep.customers(null)).items,
    subscriptions: (await sweep.subscriptions(null)).items.map(({ subscription }) => subscription),
    lookalikes: alike.filter((customer) => customer.sub === null),
    sweep,
  };
}

async function settle(opened: Opened, { sub, sweep }: Account, options: Options): Promise<void> {
  const { report } = await reconciled(opened, sweep, { dryRun: true });
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
  const healed = await reconciled(opened, sweep, { dryRun: false });
  process.exitCode = healed.report.failed > 0 ? 1 : 0;
  console.log(healed.report.failed > 0 ? 'Something could not be set right.' : 'Set right.');
}

function reconciled(
  { systems }: Opened,
  sweep: Sweep,
  options: { readonly dryRun: boolean },
): Promise<RunResult> {
  return createReconcile({ ...systems, sweep, checkpoint: nothingKept })({ parts: userParts, ...options });
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
