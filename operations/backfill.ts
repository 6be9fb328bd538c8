/** `npm run backfill`: brings an existing user pool, existing Stripe customers and existing rows into this system. */
import { createReadStream } from 'node:fs';
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { fetchSecret } from '../adapters/secretsmanager/fetch-secret.ts';
import { systemClock as clock } from '../adapters/system/clock.ts';
import { type Environment, EnvironmentReader } from '../adapters/system/environment.ts';
import { readSecretSource } from '../adapters/system/secret.ts';
import { createTrialHash } from '../adapters/system/trial-hash.ts';
import { openServices } from '../composition/reconcile.ts';
import type { TrialHash } from '../core/checkout/trial-claim.ts';
import { type Adoption, type AdoptOutcome, adopt, readAdoptions } from '../core/reconcile/adopt.ts';
import type { CheckName } from '../core/reconcile/checks/index.ts';
import { storedCheckName } from '../core/reconcile/checks/index.ts';
import { createPreview } from '../core/reconcile/preview.ts';
import type { Finding } from '../core/reconcile/report.ts';
import { nowSeconds } from '../core/system/clock.ts';
import { readConfig } from '../functions/reconcile/config.ts';
import { readAccessPolicy } from '../functions/settings.ts';
import {
  type AccessServices,
  accessLines,
  compareAccess,
  createForecast,
  savedAccess,
  usersWithAccess,
} from './backfill/access-report.ts';
import { runCommand, UsageError } from './cli/command.ts';
import { type Console, openConsole } from './cli/console.ts';
import { loadEnvironment } from './cli/environment.ts';
import { reportLines } from './cli/report-table.ts';
import { runInConsole } from './cli/run.ts';
import { type RunState, savedDryRun, savedRun } from './cli/run-state.ts';
import { shellCredentials } from './cli/shell-credentials.ts';

const HELP = `npm run backfill -- [options]

Gives every confirmed user of the Cognito pool a profile, an entitlement row and a Stripe customer. Uses existing customers whose
metadata name their user, syncs rows of other writers, and records past trials. Prints who gains and who loses access. A customer that only shares a user's
email address is written to .backfill/suggestions.txt for a person to decide. See docs/reconcile.md.

  --dry-run          prints the planned changes and changes nothing; start with this
  --adopt cus_…=SUB  links this customer to this user; can be repeated
  --adopt-file FILE  does the same for each line of a file, such as .backfill/suggestions.txt after your review
  --no-adopt         continues, and ignores customers that only share a user's address
  --fresh            starts over instead of resuming
  --env-file FILE    reads the environment from this file

Exit code: 0 done, 1 something failed, 2 customers need a decision.`;

const DIRECTORY = '.backfill';
const suggestionsFile = path.join(DIRECTORY, 'suggestions.txt');

const checks: readonly CheckName[] = [
  'users',
  'former_trials',
  'subscriptions',
  'customers',
  'foreign_rows',
  'rows',
  'trials',
];

interface Options {
  readonly dryRun: boolean;
  readonly fresh: boolean;
  /** Whether to look for customers that share a user's email address. */
  readonly suggestsAdoptions: boolean;
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
      fresh: { type: 'boolean', default: false },
      'env-file': { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const file = values['adopt-file'];
  const lines = [...values.adopt, file === undefined ? '' : await readAdoptionFile(file)];
  const { adoptions, unreadable } = readAdoptions(lines.join('\n'));
  if (unreadable.length > 0) throw new UsageError(`Not of the form cus_…=SUB: ${unreadable.join(', ')}`);
  assertOneUserEach(adoptions);
  return {
    dryRun: values['dry-run'],
    fresh: values.fresh,
    suggestsAdoptions: !values['no-adopt'],
    adoptions,
    envFile: values['env-file'],
  };
}

async function readAdoptionFile(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw new UsageError(`Cannot read ${file}.`, { cause });
  });
}

function assertOneUserEach(adoptions: readonly Adoption[]): void {
  const adopted = new Set<string>();
  for (const { customerId } of adoptions) {
    if (adopted.has(customerId)) {
      throw new UsageError(`${customerId} is linked to two users. Remove one of the two lines.`);
    }
    adopted.add(customerId);
  }
}

type Opened = Awaited<ReturnType<typeof openServices>> & {
  readonly console: Console;
  readonly access: AccessServices;
  readonly preview: ReturnType<typeof createPreview>;
};

async function open(options: Options): Promise<Opened> {
  const environment = await loadEnvironment(options.envFile);
  const opened = openConsole();
  const trialHash = await readTrialHash(environment);
  if (trialHash === undefined) {
    console.log('Past trials will not be recorded: TRIAL_HASH_KEY is not set.');
  }
  const services = await openServices({
    config: readConfig(environment),
    log: opened.log,
    credentials: shellCredentials,
    ...(trialHash === undefined ? {} : { trialHash }),
  });
  const { listings } = services.systems;
  const policy = readAccessPolicy(new EnvironmentReader(environment));
  return {
    ...services,
    console: opened,
    access: { listings, policy, nowSeconds: () => nowSeconds(clock) },
    preview: createPreview({
      ...services.systems,
      billing: services.billing,
      stores: services.stores,
      clock,
    }),
  };
}

async function readTrialHash(environment: Environment): Promise<TrialHash | undefined> {
  const reader = new EnvironmentReader(environment);
  const names = ['TRIAL_HASH_KEY', 'TRIAL_HASH_KEY_SECRET_ARN'];
  if (names.every((name) => reader.raw(name) === undefined)) return undefined;
  const source = reader.done(readSecretSource(reader, 'TRIAL_HASH_KEY'));
  return createTrialHash(source, { fetch: (arn) => fetchSecret(arn, shellCredentials), clock })();
}

const adoptMessages: Readonly<Record<AdoptOutcome, string>> = {
  adopted: 'linked',
  customer_missing: 'refused: Stripe does not know this customer',
  customer_of_another:
    'refused: its metadata, or those of its subscriptions, name another user or another pool',
  user_missing: 'refused: the pool has no such user',
  being_deleted: 'refused: the user is being deleted',
  contradiction: 'refused: the profile of the user names the customer of another user',
};

/** Returns whether all customers were linked. */
async function adoptAll({ systems, billing, reader }: Opened, options: Options): Promise<boolean> {
  const { dryRun } = options;
  let all = true;
  for (const adoption of options.adoptions) {
    const outcome = await adopt({ repair: systems, billing, reader }, adoption, { dryRun });
    const would = outcome === 'adopted' && dryRun ? 'would be ' : '';
    console.log(`${adoption.customerId}=${adoption.sub}  ${would}${adoptMessages[outcome]}`);
    all &&= outcome === 'adopted';
  }
  return all;
}

const suggestionsHead = `# Stripe customers that name no user and share a user's email address. Delete the lines that are wrong, then run:
#   npm run backfill -- --adopt-file ${suggestionsFile}
# A line starts with # if the address is not verified or several users have it. Check such a customer with care.
`;

/** Writes the suggestions. Returns the number of customers that need a decision, or `undefined` if it was stopped. */
async function suggestAdoptions(opened: Opened, options: Options): Promise<number | undefined> {
  const { dryRun, adoptions } = options;
  const state = savedRun({ directory: DIRECTORY, name: storedCheckName('email_matches') });
  if (options.fresh) await state.checkpoint.save(undefined);
  await mkdir(DIRECTORY, { recursive: true });
  const resumes = (await state.checkpoint.load()) !== undefined;
  if (!resumes) await writeFile(suggestionsFile, suggestionsHead, { mode: 0o600 });
  // A dry run has linked no customer, so the check still finds those that are already decided.
  const decided = new Set(dryRun ? adoptions.map(({ customerId }) => customerId) : []);
  const onFindings = async (findings: readonly Finding[]): Promise<void> => {
    const undecided = findings.filter(({ subjectId }) => !decided.has(customerIn(subjectId)));
    const lines = undecided.map(({ subjectId, reason }) =>
      reason === 'customer_email_match' ? subjectId : `# ${subjectId}`,
    );
    await appendFile(suggestionsFile, lines.map((line) => `${line}\n`).join(''));
  };
  const run = { checks: ['email_matches'] as const, state, dryRun: true, onFindings };
  const { complete } = await runInConsole(opened.systems, opened.console, run);
  return complete ? countSuggestedCustomers() : undefined;
}

/** Reads line by line, because the file may be large. The lines of one customer follow each other. */
async function countSuggestedCustomers(): Promise<number> {
  let count = 0;
  let last = '';
  for await (const line of createInterface({ input: createReadStream(suggestionsFile) })) {
    const { id = '' } = /^(?:# )?(?<id>cus_\w+)=/.exec(line)?.groups ?? {};
    if (id !== '' && id !== last) count += 1;
    if (id !== '') last = id;
  }
  return count;
}

/** An email match has the id `CUSTOMER=SUB`. */
function customerIn(subjectId: string): string {
  return subjectId.split('=')[0] ?? subjectId;
}

/** Returns who had access when the run began. A dry run never resumes. */
async function accessBefore(
  { access }: Opened,
  { checkpoint }: RunState,
  { dryRun }: Options,
): Promise<ReadonlySet<string>> {
  const saved = savedAccess(DIRECTORY);
  const resumed = !dryRun && (await checkpoint.load()) !== undefined ? await saved.load() : undefined;
  if (resumed !== undefined) return resumed;
  const before = await usersWithAccess(access);
  if (!dryRun) await saved.save(before);
  return before;
}

/** From now on, a missing record means a missing user, and reconcile repairs. */
async function completeAdoption({ systems }: Opened): Promise<void> {
  if (await systems.adoption.isComplete()) return;
  await systems.adoption.complete('backfill');
  console.log('\nAdoption is complete: from now on, reconcile repairs instead of only reporting.');
}

async function main(): Promise<void> {
  const options = await readOptions(process.argv.slice(2));
  if (options === 'help') {
    console.log(HELP);
    return;
  }
  const { dryRun } = options;
  const opened = await open(options);
  const adopted = await adoptAll(opened, options);
  const undecided = options.suggestsAdoptions ? await suggestAdoptions(opened, options) : 0;
  if (undecided === undefined) return;
  if (undecided > 0) {
    const customers = undecided === 1 ? '1 customer shares' : `${undecided} customers share`;
    console.log(`${customers} a user's email address and name no user: see ${suggestionsFile}`);
    if (!dryRun) {
      // A user who got a new customer now and the existing one later would have two.
      console.log(
        'Nothing else was changed. Decide with --adopt-file, or continue without them with --no-adopt.',
      );
      process.exitCode = adopted ? 2 : 1;
      return;
    }
  }
  const state = dryRun
    ? savedDryRun({ directory: DIRECTORY, name: 'dry' })
    : savedRun({ directory: DIRECTORY, name: 'run' });
  if (options.fresh) await state.checkpoint.save(undefined);
  const access = await accessBefore(opened, state, options);
  const forecast = createForecast({ ...opened.access, preview: opened.preview });
  const onFindings = dryRun ? { onFindings: forecast.onFindings } : {};
  const run = { checks, state, dryRun, adopts: true, ...onFindings };
  const { report, complete } = await runInConsole(opened.systems, opened.console, run);
  for (const line of reportLines(report)) console.log(line);
  if (complete) {
    const compared = dryRun
      ? forecast.report(access)
      : compareAccess(access, await usersWithAccess(opened.access));
    for (const line of accessLines(compared, options)) console.log(line);
  }
  if (complete && !dryRun && report.outcomes.failed === 0) await completeAdoption(opened);
  if (dryRun) console.log('\nDry run: nothing was changed.');
  process.exitCode ??= report.outcomes.failed > 0 || !adopted ? 1 : undecided > 0 ? 2 : 0;
}

runCommand(main);
