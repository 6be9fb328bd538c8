/** `npm run webhook:register`: creates or updates Stripe's webhook endpoint, rotates its secret and stores it. */
import { parseArgs } from 'node:util';
import { createStripe } from '../adapters/stripe/client.ts';
import { isLiveKey } from '../adapters/stripe/mode.ts';
import { runCommand, UsageError } from './cli/command.ts';
import { useStage } from './cli/stage.ts';
import { liveInstallation } from './doctor/live.ts';
import { assertSameMode, toUsageError } from './webhook/errors.ts';
import { register } from './webhook/register.ts';
import { secretsManager } from './webhook/secret-store.ts';
import type { Step, WebhookCommand } from './webhook/steps.ts';

const HELP = `npm run webhook:register -- --stage dev [options]

Creates the stage's webhook endpoint in Stripe, subscribes it to every event type that the webhook handles, and stores
its secret in Secrets Manager, where the webhook reads it within a minute. The secret is never printed. The command can
be repeated. If an endpoint of this stage sends to another URL, for example of a previous API, its URL is updated.

  --stage STAGE   a stage of infra/config.ts
  --roll          starts a rotation of the secret: adds a second endpoint, and both secrets are accepted
  --finish        finishes the rotation, at least ten minutes after --roll: keeps only the newest endpoint and secret
  --url URL       the URL of the webhook, if the API was deployed without the CDK or has its own domain
  --profile NAME  the AWS CLI profile to use; default: the credentials of the environment
  --dry-run       prints the planned steps and changes nothing

The command uses the stage's own Stripe key from Secrets Manager. If that key may not write webhook endpoints, set
STRIPE_API_KEY in the shell to one that may. STRIPE_API_BASE names a server other than Stripe's. The local cloud
registers its webhook itself.`;

const WEBHOOK_PATH = '/stripe/webhook';

type Options = Exclude<ReturnType<typeof readOptions>, 'help'>;

function readOptions() {
  const { values } = parseArgs({
    options: {
      stage: { type: 'string' },
      url: { type: 'string' },
      roll: { type: 'boolean', default: false },
      finish: { type: 'boolean', default: false },
      profile: { type: 'string' },
      'dry-run': { type: 'boolean', default: false },
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
  if (url !== undefined && !isWebhook(url)) {
    throw new UsageError(`--url must be the full URL of the webhook, ending in ${WEBHOOK_PATH}, not ${url}`);
  }
  const command: WebhookCommand = roll ? 'roll' : finish ? 'finish' : 'register';
  return { stage: useStage(stage, profile), url, command, dryRun: values['dry-run'] };
}

/** Validates a webhook URL. Endpoints are moved to it, so a mistake would lose every event. */
function isWebhook(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, pathname } = new URL(text);
  return /^https?:$/.test(protocol) && pathname.endsWith(WEBHOOK_PATH);
}

async function main(): Promise<void> {
  const options = readOptions();
  if (options === 'help') {
    console.log(HELP);
    return;
  }
  await run(options).catch((cause: unknown) => {
    throw toUsageError(cause);
  });
}

async function run({ stage, command, dryRun, ...given }: Options): Promise<void> {
  const { secrets, region } = stage.config;
  const store = secretsManager(region);
  const own = await store.read(secrets.stripeApiKey);
  const key = process.env['STRIPE_API_KEY'] || own;
  if (!key)
    throw new UsageError(
      `The secret ${secrets.stripeApiKey} has no Stripe key. Store one there and run the command again.`,
    );
  assertSameMode(key, own);
  const base = process.env['STRIPE_API_BASE'];
  const stripe = createStripe(key, base ? new URL(base) : undefined, {
    timeoutMs: 20_000,
    maxNetworkRetries: 2,
  });
  const url = given.url ?? `${await liveInstallation(stage).apiUrl()}${WEBHOOK_PATH}`;
  console.log(`Stage ${stage.name}, ${base || 'Stripe'} in ${isLiveKey(key) ? 'live' : 'test'} mode: ${url}`);
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
