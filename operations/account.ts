/** `npm run account -- SUB|cus_…`: what the systems say of one user side by side, and why the user has or lacks access. */
import { parseArgs } from 'node:util';
import { ConfigurationError, EnvironmentReader } from '../adapters/system/environment.ts';
import { createLog } from '../adapters/system/log.ts';
import { type Explanation, explain } from '../core/explain/explain.ts';
import { createReconcile, type RunResult } from '../core/reconcile/reconcile.ts';
import { userSweep } from '../core/reconcile/user-sweep.ts';
import { openSystems } from '../functions/reconcile/systems.ts';
import { readAccessPolicy } from '../functions/settings.ts';
import { environmentOf } from './environment.ts';

const help = `npm run account -- SUB|cus_… [options]

Shows one user in Cognito, DynamoDB and Stripe, why the user has access or lacks it, and where the systems differ.

  --at 2026-11-01T12:00Z   why it was so at that moment, as far back as the row remembers
  --env-file FILE          another environment

Exit code: 0 all agree, 2 something differs, 3 nobody is found, 1 something failed.`;

class UsageError extends Error {}

interface Options {
  readonly named: string;
  readonly atSeconds: number;
  readonly envFile: string | undefined;
}

function readOptions(args: readonly string[]): Options | 'help' {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      at: { type: 'string' },
      'env-file': { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const [named, ...more] = positionals;
  if (named === undefined || more.length > 0) throw new UsageError(help);
  const atMs = values.at === undefined ? Date.now() : Date.parse(values.at);
  if (Number.isNaN(atMs)) throw new UsageError(`--at is a moment, as 2026-11-01T12:00Z, not ${values.at}`);
  return { named, atSeconds: Math.floor(atMs / 1000), envFile: values['env-file'] };
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') {
    console.log(help);
    return;
  }
  const environment = await environmentOf(options.envFile);
  const policy = readAccessPolicy(new EnvironmentReader(environment));
  const log = createLog({}, (line) => process.stderr.write(`${line}\n`));
  const { systems, billing } = await openSystems({ environment, log });
  const sub = await subOf(options.named, billing);
  if (sub === undefined) return nobody(options.named);
  const [profiles, rows, exists] = await Promise.all([
    systems.sweep.profilesOf([sub]),
    systems.sweep.rowsOf([sub]),
    systems.users.exists(sub),
  ]);
  const [profile, row] = [profiles.get(sub), rows.get(sub)];
  if (!exists && profile === undefined && row === undefined) return nobody(options.named);
  const sweep = await userSweep({ sweep: systems.sweep, billing }, sub);
  show('Cognito', exists ? `user ${sub}` : `nobody of sub ${sub}`);
  const marked = profile?.deletion?.requestedAt;
  const deletion = marked === undefined ? '' : `, to be deleted since ${marked}`;
  show('Profile', profile === undefined ? 'none' : `customer ${profile.customerId ?? 'none'}${deletion}`);
  show('Entitlement', row === undefined ? 'none' : `${row.status}, plan ${row.plan ?? 'none'}`);
  for (const { id } of (await sweep.customers(null)).items) show('Stripe', `customer ${id}`);
  for (const { subscription } of (await sweep.subscriptions(null)).items) {
    show('', `subscription ${subscription.id} of ${subscription.customerId}: ${subscription.status}`);
  }
  tell(explain(row, options.atSeconds, policy), options.atSeconds);
  const checkpoint = { load: async () => undefined, save: async () => undefined };
  const result = await createReconcile({ ...systems, sweep, checkpoint })({ dryRun: true });
  compare(result, sub);
}

async function subOf(
  named: string,
  billing: Awaited<ReturnType<typeof openSystems>>['billing'],
): Promise<string | undefined> {
  if (!named.startsWith('cus_')) return named;
  const lookup = await billing.retrieveCustomer(named);
  return lookup.kind === 'customer' ? (lookup.sub ?? undefined) : undefined;
}

function nobody(named: string): void {
  console.log(`Nobody is known as ${named}.`);
  process.exitCode = 3;
}

function tell(explanation: Explanation, atSeconds: number): void {
  console.log(`\nAt ${isoOf(atSeconds)}:`);
  switch (explanation.kind) {
    case 'no_row':
      console.log('  no access: there is no entitlement row');
      return;
    case 'forgotten':
      console.log(`  unknown: the row remembers nothing before ${isoOf(explanation.since)}`);
      return;
    default: {
      const { access, standing, change } = explanation;
      console.log(`  ${access.granted ? 'access' : 'no access'} (${access.reason})`);
      console.log(`  ${standing.status}, at Stripe ${standing.stripeStatus ?? 'nothing'}`);
      if (standing.currentPeriodEnd !== null) console.log(`  paid until ${isoOf(standing.currentPeriodEnd)}`);
      if (standing.cancelAt !== null) console.log(`  ends at ${isoOf(standing.cancelAt)}`);
      if (standing.reversal !== null) console.log(`  the money: ${standing.reversal}`);
      if (change === undefined) return;
      const { status, plan } = change.before;
      console.log(`  since ${isoOf(change.at)}, by ${change.by}; before: ${status}, plan ${plan ?? 'none'}`);
    }
  }
}

function compare({ report }: RunResult, sub: string): void {
  if (report.differed === 0) {
    console.log('\nAll systems agree.');
    return;
  }
  console.log(`\nThey differ: ${Object.keys(report.byReason).join(', ')}`);
  console.log(`To set it right: npm run reconcile -- --user ${sub}`);
  process.exitCode = 2;
}

function show(where: string, what: string): void {
  console.log(`${where.padEnd(12)} ${what}`);
}

function isoOf(seconds: number | null): string {
  return seconds === null ? 'an unknown moment' : new Date(seconds * 1000).toISOString();
}

main().catch((error: unknown) => {
  const fromParseArgs =
    error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
  const expected = fromParseArgs || error instanceof UsageError || error instanceof ConfigurationError;
  console.error(expected && error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
