/** `npm run webhook:register`: makes, updates or rolls Stripe's webhook endpoint, and stores its secret. */
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

Gives the stage one webhook endpoint at Stripe that is sent every event it needs, and stores the endpoint's secret in
Secrets Manager, where the webhook finds it within a minute. The secret is never shown. May be repeated. An endpoint
of this stage that sends to another address, as after a new API, is moved.

  --roll          one more endpoint with a new secret; both are accepted
  --finish        ends a roll: only the newest endpoint and its secret stay. Ten minutes after --roll, or later
  --url URL       of the webhook, where the API was not deployed by CDK or has a domain of its own
  --profile NAME  a profile of the AWS command line; without one, the credentials of the environment
  --dry-run       tells what would be done, and changes nothing

The Stripe key is the stage's own, from Secrets Manager, or STRIPE_API_KEY of the shell, for a key that may write
webhook endpoints. STRIPE_API_BASE names another server than Stripe's. The local cloud registers its own webhook.`;

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
    throw new UsageError('--stage is missing: npm run webhook:register -- --stage dev');
  if (roll && finish) throw new UsageError('--roll begins what --finish ends: one of them');
  if (url !== undefined && !isWebhook(url)) {
    throw new UsageError(`--url is the whole address of the webhook, to ${WEBHOOK_PATH}, not ${url}`);
  }
  const command: WebhookCommand = roll ? 'roll' : finish ? 'finish' : 'register';
  return { stage: useStage(stage, profile), url, command, dryRun: values['dry-run'] };
}

/** An endpoint is moved to what is said here: a slip would send every event to nobody. */
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
  if (!key) throw new UsageError(`There is no Stripe key: put one into the secret ${secrets.stripeApiKey}`);
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
    console.log('A roll is under way already: no third endpoint is made.');
  else if (steps.length === 0) console.log('Nothing to do: the endpoint is enabled and sent every event.');
  if (command === 'roll' && !dryRun) {
    console.log(`In ten minutes, or later: npm run webhook:register -- --stage ${stage.name} --finish`);
  }
}

function describeStep(step: Step, url: string): string {
  switch (step.kind) {
    case 'create':
      return 'create an endpoint, and store its secret';
    case 'update':
      return `${step.movesFrom === null ? '' : `move ${step.id} from ${step.movesFrom} to ${url}; `}enable ${step.id}, and have it sent every event`;
    case 'delete':
      return `delete ${step.id}`;
    default:
      return 'keep the newest secret alone';
  }
}

runCommand(main);
