/** `npm run webhook:register`: sets up the webhook of Stripe or RevenueCat, rotates its secret and stores it. */
import { parseArgs } from 'node:util';
import { isLiveKey } from '../adapters/stripe/mode.ts';
import { EnvironmentReader } from '../adapters/system/environment.ts';
import { readSecret } from '../core/settings/secrets.ts';
import { runCommand, UsageError } from './cli/command.ts';
import { useStage } from './cli/stage.ts';
import { stripeLibrary } from './cli/stripe-library.ts';
import { liveInstallation } from './doctor/live.ts';
import { assertSameMode, toUsageError } from './webhook/errors.ts';
import { register } from './webhook/register.ts';
import { registerHeader } from './webhook/revenuecat.ts';
import { secretsManager } from './webhook/secret-store.ts';
import type { Step, WebhookCommand } from './webhook/steps.ts';

const HELP = `npm run webhook:register -- --stage dev [options]

Creates the stage's webhook endpoint in Stripe, subscribes it to every event type that the webhook handles, and stores
its secret in Secrets Manager, where the webhook reads it within a minute. The secret is never printed. The command can
be repeated. If an endpoint of this stage sends to another URL, for example of a previous API, its URL is updated.

  --stage STAGE   a stage of infra/config.ts
  --payer NAME    stripe (default) or revenuecat
  --roll          starts a rotation of the secret: adds a second endpoint, and both secrets are accepted
  --finish        finishes the rotation, at least ten minutes after --roll: keeps only the newest endpoint and secret
  --url URL       the URL of the webhook, if the API was deployed without the CDK or has its own domain
  --profile NAME  the AWS CLI profile to use; default: the credentials of the environment
  --dry-run       prints the planned steps and changes nothing
  --show-header   prints the newest header value of RevenueCat's webhook, which is otherwise not printed

The command uses the stage's own Stripe key from Secrets Manager. If that key may not write webhook endpoints, set
STRIPE_API_KEY in the shell to one that may. STRIPE_API_BASE names a server other than Stripe's. The local cloud
registers its webhook itself.

RevenueCat's webhook is set up in its dashboard. With --payer revenuecat, the command makes the value of the Authorization
header, stores it in Secrets Manager, and prints what to enter there. --roll adds a value, and both are accepted. Enter the
new one in the dashboard, and run --finish at least three hours later, when no repeated delivery has the old one.`;

const webhookPaths = { stripe: '/stripe/webhook', revenuecat: '/revenuecat/webhook' } as const;
type Payer = keyof typeof webhookPaths;

type Options = Exclude<ReturnType<typeof readOptions>, 'help'>;

function readOptions() {
  const { values } = parseArgs({
    options: {
      stage: { type: 'string' },
      payer: { type: 'string', default: 'stripe' },
      url: { type: 'string' },
      roll: { type: 'boolean', default: false },
      finish: { type: 'boolean', default: false },
      profile: { type: 'string' },
      'dry-run': { type: 'boolean', default: false },
      'show-header': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const { stage, url, roll, finish, profile } = values;
  if (stage === undefined)
    throw new UsageError('--stage is missing. Example: npm run webhook:register -- --stage dev');
  if (roll && finish)
    throw new UsageError(
      'Use either --roll or --finish: --roll starts a secret rotation, and --finish completes it.',
    );
  const payer = readPayer(values.payer);
  if (payer === 'stripe' && values['show-header'])
    throw new UsageError('--show-header is for --payer revenuecat: the secret of Stripe is never printed.');
  if (url !== undefined && !isWebhook(url, payer)) {
    throw new UsageError(
      `--url must be the full URL of the webhook, ending in ${webhookPaths[payer]}, not ${url}`,
    );
  }
  const command: WebhookCommand = roll ? 'roll' : finish ? 'finish' : 'register';
  const showHeader = values['show-header'];
  return { stage: useStage(stage, profile), payer, url, command, dryRun: values['dry-run'], showHeader };
}

function readPayer(name: string): Payer {
  if (name === 'stripe' || name === 'revenuecat') return name;
  throw new UsageError(`--payer must be stripe or revenuecat, not ${name}`);
}

/** Validates a webhook URL. Endpoints are moved to it, so a mistake would lose every event. */
function isWebhook(text: string, payer: Payer): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, pathname } = new URL(text);
  return /^https?:$/.test(protocol) && pathname.endsWith(webhookPaths[payer]);
}

async function main(): Promise<void> {
  const options = readOptions();
  if (options === 'help') {
    console.log(HELP);
    return;
  }
  await (options.payer === 'stripe' ? runForStripe(options) : runForRevenueCat(options)).catch(
    (cause: unknown) => {
      throw toUsageError(cause);
    },
  );
}

async function runForStripe({ stage, command, dryRun, ...given }: Options): Promise<void> {
  const { secrets, region } = stage.config;
  const store = secretsManager(region);
  const own = keyIn(await store.read(secrets.stripeApiKey), `The secret ${secrets.stripeApiKey}`);
  const key = keyIn(process.env['STRIPE_API_KEY'], 'STRIPE_API_KEY') ?? own;
  if (key === undefined)
    throw new UsageError(
      `The secret ${secrets.stripeApiKey} has no Stripe key. Store one there and run the command again.`,
    );
  assertSameMode(key, own);
  const reader = new EnvironmentReader(process.env);
  const base = reader.done(reader.url('STRIPE_API_BASE'));
  const stripe = stripeLibrary(key, base, {
    timeoutMs: 20_000,
    maxNetworkRetries: 2,
  });
  const url = given.url ?? (await urlOf(stage, 'stripe'));
  console.log(
    `Stage ${stage.name}, ${base?.origin ?? 'Stripe'} in ${isLiveKey(key) ? 'live' : 'test'} mode: ${url}`,
  );
  const registration = { stripe, store, secretName: secrets.stripeWebhookSecret, url, stage: stage.name };
  const steps = await register(registration, command, { dryRun });
  for (const step of steps) console.log(`${dryRun ? 'would' : 'done:'} ${describeStep(step, url)}`);
  if (command === 'roll' && !steps.some(({ kind }) => kind === 'create'))
    console.log('A secret rotation is already in progress, so no further endpoint was created.');
  else if (steps.length === 0)
    console.log('Nothing to do: the endpoint is enabled and subscribed to every event type.');
  if (command === 'roll' && !dryRun) {
    console.log(
      `In ten minutes or later, finish the rotation: npm run webhook:register -- --stage ${stage.name} --finish`,
    );
  }
}

/** Returns the key, or `undefined` if there is none. */
function keyIn(text: string | undefined, source: string): string | undefined {
  if (text === undefined || text.trim() === '') return undefined;
  const reading = readSecret('STRIPE_API_KEY', text);
  if ('wrong' in reading) throw new UsageError(`${source} ${reading.wrong}.`);
  return reading.value;
}

async function urlOf(stage: Options['stage'], payer: Payer): Promise<string> {
  return `${await liveInstallation(stage).apiUrl()}${webhookPaths[payer]}`;
}

async function runForRevenueCat({ stage, command, dryRun, showHeader, ...given }: Options): Promise<void> {
  const { secrets, region, stores } = stage.config;
  if (stores === null)
    throw new UsageError(
      `Stage ${stage.name} has no webhook of RevenueCat, because its stores are null in infra/config.ts. Set them and deploy first.`,
    );
  const url = given.url ?? (await urlOf(stage, 'revenuecat'));
  const registration = {
    store: secretsManager(region),
    stage: stage.name,
    secretName: secrets.revenueCatWebhookSecret,
    stores,
    url,
  };
  for (const line of await registerHeader(registration, command, { dryRun, showHeader })) console.log(line);
}

function describeStep(step: Step, url: string): string {
  switch (step.kind) {
    case 'create':
      return 'create an endpoint and store its secret';
    case 'update':
      return `${step.movesFrom === null ? '' : `move ${step.id} from ${step.movesFrom} to ${url}; `}enable ${step.id} and subscribe it to every event type`;
    case 'delete':
      return `delete ${step.id}`;
    default:
      return 'remove all secrets except the newest';
  }
}

runCommand(main);
