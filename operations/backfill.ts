/** `npm run backfill`: takes an existing pool, existing Stripe customers and existing rows into this system. */
import { createReadStream } from 'node:fs';
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { fetchSecret } from '../adapters/secretsmanager/fetch-secret.ts';
import { systemClock as clock } from '../adapters/system/clock.ts';
import { type Environment, EnvironmentReader } from '../adapters/system/environment.ts';
import { keyedHash } from '../adapters/system/hash.ts';
import { createSecret, readSecretSource } from '../adapters/system/secret.ts';
import { openServices } from '../composition/reconcile.ts';
import type { KeyedHash } from '../core/checkout/trial-claim.ts';
import { type Adoption, type AdoptOutcome, adopt, readAdoptions } from '../core/reconcile/adopt.ts';
import type { PartName } from '../core/reconcile/parts.ts';
import type { Finding } from '../core/reconcile/report.ts';
import { readConfig } from '../functions/reconcile/config.ts';
import { runCommand, UsageError } from './cli/command.ts';
import { environmentOf } from './cli/environment.ts';
import { reportLines } from './cli/report-table.ts';
import { type Console, endAtMostIn, fileCheckpoint, openConsole, runWatched } from './cli/run.ts';

const help = `npm run backfill -- [options]

Gives everybody in the Cognito pool a profile, an entitlement row and a Stripe customer, takes over the customers
whose metadata name their user, brings rows of other writers up to date, and remembers who had a trial.
A customer who has the address of a user is only told, in .backfill/suggestions.txt; a person decides.

  --dry-run          tells what would be done, and changes nothing; begin with this
  --adopt cus_…=SUB  gives this customer to this user; also several times
  --adopt-file FILE  the same, a line each: .backfill/suggestions.txt once you have gone through it
  --no-adopt         goes on, and leaves the customers that have a user's address alone
  --end-at-most N    how many customers and rows of users whom the pool does not know may be ended (10)
  --fresh            begins anew, and not where an earlier run was cut off
  --env-file FILE    another environment

Exit code: 0 done, 1 something failed, 2 customers wait for a decision.`;

const DIRECTORY = '.backfill';
const suggestionsFile = path.join(DIRECTORY, 'suggestions.txt');

const parts: readonly PartName[] = ['users', 'former_trials', 'subscriptions', 'customers', 'rows', 'trials'];

interface Options {
  readonly dryRun: boolean;
  readonly fresh: boolean;
  readonly lookalikes: boolean;
  readonly ending: ReturnType<typeof endAtMostIn>;
  readonly adoptions: readonly Adoption[];
  readonly envFile: string | undefined;
}

async function readOptions(args: readonly string[]): Promise<Options | 'help'> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      'dry-run': { type: 'boolean', default: false },
      adopt: { type: 'string', multiple: true, default: [] },
      'adopt-file': { type: 'string' },
      'no-adopt': { type: 'boolean', default: false },
      'end-at-most': { type: 'string' },
      fresh: { type: 'boolean', default: false },
      'env-file': { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const file = values['adopt-file'];
  const lines = [...values.adopt, file === undefined ? '' : await adoptionsIn(file)];
  const { adoptions, unreadable } = readAdoptions(lines.join('\n'));
  if (unreadable.length > 0) throw new UsageError(`Not of the form cus_…=SUB: ${unreadable.join(', ')}`);
  refuseTwice(adoptions);
  return {
    dryRun: values['dry-run'],
    fresh: values.fresh,
    lookalikes: !values['no-adopt'],
    ending: endAtMostIn(values['end-at-most']),
    adoptions,
    envFile: values['env-file'],
  };
}

async function adoptionsIn(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw new UsageError(`${file} cannot be read.`, { cause });
  });
}

function refuseTwice(adoptions: readonly Adoption[]): void {
  const given = new Set<string>();
  for (const { customerId } of adoptions) {
    if (given.has(customerId))
      throw new UsageError(`${customerId} is given to two users: strike out one of them.`);
    given.add(customerId);
  }
}

type Opened = Awaited<ReturnType<typeof openServices>> & { readonly shown: Console };

async function open(options: Options): Promise<Opened> {
  const environment = await environmentOf(options.envFile);
  const shown = openConsole();
  const trialHash = await trialHashIn(environment);
  if (trialHash === undefined) {
    console.log('Trials given before are not remembered: TRIAL_HASH_KEY is not set.');
  }
  const { log } = shown;
  const opened = await openServices({
    config: readConfig(environment),
    log,
    ...(trialHash === undefined ? {} : { trialHash }),
  });
  return { ...opened, shown };
}

async function trialHashIn(environment: Environment): Promise<KeyedHash | undefined> {
  const names = ['TRIAL_HASH_KEY', 'TRIAL_HASH_KEY_SECRET_ARN'];
  if (names.every((name) => !environment[name])) return undefined;
  const source = readSecretSource(new EnvironmentReader(environment), 'TRIAL_HASH_KEY');
  return keyedHash(await createSecret(source, { fetch: fetchSecret, clock }).read());
}

const said: Readonly<Record<AdoptOutcome, string>> = {
  adopted: 'given to its user',
  customer_missing: 'refused: Stripe does not know this customer',
  customer_of_another: 'refused: its metadata name another user',
  user_missing: 'refused: the pool has no such user',
  being_deleted: 'refused: the user is being deleted',
};

/** Answers whether all were adopted. */
async function adoptAll({ systems, billing, reader }: Opened, options: Options): Promise<boolean> {
  const { dryRun } = options;
  let all = true;
  for (const adoption of options.adoptions) {
    const outcome = await adopt({ settle: systems, billing, reader }, adoption, { dryRun });
    const would = outcome === 'adopted' && dryRun ? 'would be ' : '';
    console.log(`${adoption.customerId}=${adoption.sub}  ${would}${said[outcome]}`);
    all &&= outcome === 'adopted';
  }
  return all;
}

const suggestionsHead = `# Stripe customers that name no user and have the address of one. Strike out what is wrong, then:
#   npm run backfill -- --adopt-file ${suggestionsFile}
# Where the address is not verified, or several users have it, the line is struck out: look closely first.
`;

/** Answers how many customers wait for a decision; undefined if it was stopped. */
async function suggest(opened: Opened, options: Options): Promise<number | undefined> {
  const { dryRun, adoptions } = options;
  const checkpoint = fileCheckpoint(DIRECTORY, 'lookalikes');
  if (options.fresh) await checkpoint.save(undefined);
  await mkdir(DIRECTORY, { recursive: true });
  const begun = (await checkpoint.load()) !== undefined;
  if (!begun) await writeFile(suggestionsFile, suggestionsHead, { mode: 0o600 });
  // A dry run has given nobody anything, so what is decided would be told again.
  const decided = new Set(dryRun ? adoptions.map(({ customerId }) => customerId) : []);
  const onFindings = async (findings: readonly Finding[]): Promise<void> => {
    const open = findings.filter(({ who }) => !decided.has(customerIn(who)));
    const lines = open.map(({ who, reason }) => (reason === 'customer_lookalike' ? who : `# ${who}`));
    await appendFile(suggestionsFile, lines.map((line) => `${line}\n`).join(''));
  };
  const services = { ...opened.systems, checkpoint };
  const run = { parts: ['lookalikes'] as const, dryRun: true, onFindings };
  const { complete } = await runWatched(services, opened.shown, run);
  return complete ? customersSuggested() : undefined;
}

/** Line by line: there may be many. Those of one customer stand together. */
async function customersSuggested(): Promise<number> {
  let count = 0;
  let last = '';
  for await (const line of createInterface({ input: createReadStream(suggestionsFile) })) {
    const { id = '' } = /^(?:# )?(?<id>cus_\w+)=/.exec(line)?.groups ?? {};
    if (id !== '' && id !== last) count += 1;
    if (id !== '') last = id;
  }
  return count;
}

function customerIn(who: string): string {
  return who.split('=')[0] ?? who;
}

async function main(): Promise<void> {
  const options = await readOptions(process.argv.slice(2));
  if (options === 'help') {
    console.log(help);
    return;
  }
  const { dryRun, ending } = options;
  const opened = await open(options);
  const adopted = await adoptAll(opened, options);
  const waiting = options.lookalikes ? await suggest(opened, options) : 0;
  if (waiting === undefined) return;
  if (waiting > 0) {
    const who = waiting === 1 ? '1 customer has' : `${waiting} customers have`;
    console.log(`${who} the address of a user, and no user by name: see ${suggestionsFile}`);
    if (!dryRun) {
      // A user who gets a new customer now, and the old one later, would have two.
      console.log('Nothing else was done. Decide with --adopt-file, or go on without them with --no-adopt.');
      process.exitCode = adopted ? 2 : 1;
      return;
    }
  }
  const checkpoint = fileCheckpoint(DIRECTORY, dryRun ? 'dry' : 'run');
  if (options.fresh) await checkpoint.save(undefined);
  const { report } = await runWatched({ ...opened.systems, checkpoint }, opened.shown, {
    parts,
    dryRun,
    ...ending,
  });
  for (const line of reportLines(report)) console.log(line);
  if (dryRun) console.log('\nNothing was changed: that was a dry run.');
  process.exitCode ??= report.failed > 0 || !adopted ? 1 : waiting > 0 ? 2 : 0;
}

runCommand(main);
