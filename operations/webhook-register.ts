/** `npm run webhook:register`: makes, updates or rolls Stripe's webhook endpoint, and stores its secret. */
import { parseArgs } from 'node:util';
import { createStripe } from '../adapters/stripe/client.ts';
import { runCommand, UsageError } from './command.ts';
import { liveInstallation, stageNamed } from './doctor/live.ts';
import type { Step, Wish } from './webhook/plan.ts';
import { register } from './webhook/register.ts';
import { secretsManager } from './webhook/secret-store.ts';

const help = `npm run webhook:register -- --stage dev [options]

Gives the stage one webhook endpoint at Stripe that is sent every event it needs, and stores the endpoint's secret in
Secrets Manager, where the webhook finds it within a minute. The secret is never shown. May be repeated.

  --roll          one more endpoint with a new secret; both are accepted
  --finish        ends a roll: only the newest endpoint and its secret stay. Ten minutes after --roll, or later
  --url URL       of the webhook, where the API was not deployed by CDK
  --dry-run       tells what would be done, and changes nothing

The Stripe key is the stage's own, from Secrets Manager, or STRIPE_API_KEY of the shell, for a key that may write
webhook endpoints. The local cloud registers its own webhook.`;

function readOptions() {
  const { values } = parseArgs({
    options: {
      stage: { type: 'string' },
      url: { type: 'string' },
      roll: { type: 'boolean', default: false },
      finish: { type: 'boolean', default: false },
      'dry-run': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const { stage, url, roll, finish } = values;
  if (stage === undefined)
    throw new UsageError('--stage is missing: npm run webhook:register -- --stage dev');
  if (roll && finish) throw new UsageError('--roll begins what --finish ends: one of them');
  if (url !== undefined && !(URL.canParse(url) && url.startsWith('http'))) {
    throw new UsageError(`--url is the whole address of the webhook, not ${url}`);
  }
  const wish: Wish = roll ? 'roll' : finish ? 'finish' : 'register';
  return { stage: stageNamed(stage), url, wish, dryRun: values['dry-run'] };
}

async function main(): Promise<void> {
  const options = readOptions();
  if (options === 'help') {
    console.log(help);
    return;
  }
  const { stage, wish, dryRun } = options;
  const { secrets, region } = stage.config;
  const store = secretsManager(region);
  const key = process.env['STRIPE_API_KEY'] || (await store.read(secrets.stripeApiKey));
  if (!key) throw new UsageError(`There is no Stripe key: put one into the secret ${secrets.stripeApiKey}`);
  const base = process.env['STRIPE_API_BASE'];
  const stripe = createStripe(key, base ? new URL(base) : undefined, {
    timeoutMs: 20_000,
    maxNetworkRetries: 2,
  });
  const url = options.url ?? `${await liveInstallation(stage).apiUrl()}/stripe/webhook`;
  const registration = { stripe, store, secretName: secrets.stripeWebhookSecret, url, stage: stage.name };
  const steps = await register(registration, wish, { dryRun });
  for (const step of steps) console.log(`${dryRun ? 'would ' : ''}${wordsFor(step)}`);
  if (steps.length === 0) console.log('Nothing to do: the endpoint is enabled and sent every event.');
  if (wish === 'roll' && !dryRun) {
    console.log(`In ten minutes, or later: npm run webhook:register -- --stage ${stage.name} --finish`);
  }
}

function wordsFor(step: Step): string {
  switch (step.kind) {
    case 'create':
      return 'create an endpoint, and store its secret';
    case 'update':
      return `enable ${step.id}, and have it sent every event`;
    case 'delete':
      return `delete ${step.id}`;
    default:
      return 'keep the newest secret alone';
  }
}

runCommand(main);
