import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Front, inFront } from '../../tests/support/in-front.ts';
import { monthlyPrice, payingCustomer } from '../../tests/support/payers.ts';
import { type SecretsManager, serveSecrets } from '../../tests/support/secrets-manager.ts';
import { createStage, type Stage } from '../../tests/support/stage.ts';
import { delivered, stripeEvent } from '../../tests/support/webhooks.ts';

const arns = { key: 'arn:key', webhook: 'arn:webhook' };
const stored = new Map<string, string>();
let manager: SecretsManager;
let stripe: Front;
let validKey: string;
let stage: Stage;

beforeAll(async () => {
  manager = await serveSecrets(stored);
});
afterAll(() => manager.close());

/** Each test runs in its own process, which has not read any secret yet. */
beforeEach(async () => {
  manager.refuse(undefined);
  validKey = 'sk_test_old';
  stored.set(arns.key, validKey);
  stored.set(arns.webhook, 'whsec_old');
  let opened: Stage | undefined;
  stripe = await inFront(() => opened?.stripeUrl ?? '', {
    answer: (_, { authorization }) =>
      authorization === `Bearer ${validKey}`
        ? undefined
        : [401, { error: { type: 'invalid_request_error', message: 'Invalid API Key provided' } }],
  });
  opened = await createStage({
    concurrency: 1,
    env: {
      STRIPE_API_KEY: '',
      STRIPE_API_KEY_SECRET_ARN: arns.key,
      STRIPE_WEBHOOK_SECRET: '',
      STRIPE_WEBHOOK_SECRET_SECRET_ARN: arns.webhook,
      STRIPE_API_BASE: stripe.url,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: manager.url,
    },
  });
  stage = opened;
  return async () => {
    await opened.close();
    stripe.close();
  };
});

async function deliver(secret: string): Promise<number> {
  const event = stripeEvent('customer.unknown', {});
  return (await stage.call('stripe-webhook', delivered(event, { secret }))).statusCode;
}

it('A rotated webhook secret is accepted immediately by a running function, together with the old one', async () => {
  expect(await deliver('whsec_old')).toBe(200);
  stored.set(arns.webhook, 'whsec_new, whsec_old');
  expect(await deliver('whsec_new')).toBe(200);
  expect(await deliver('whsec_old')).toBe(200);
});

it('Any number of forged deliveries causes one more read of the secret, not one each', async () => {
  await deliver('whsec_old');
  const before = manager.reads();
  for (let n = 0; n < 20; n += 1) expect(await deliver('whsec_forged')).toBe(400);
  expect(manager.reads() - before).toBe(1);
});

it('An outage of Secrets Manager does not affect secrets that were read before', async () => {
  await deliver('whsec_old');
  manager.refuse('InternalServiceError');
  expect(await deliver('whsec_forged')).toBe(400);
  expect(await deliver('whsec_old')).toBe(200);
});

it('An outage of Secrets Manager before the first read is answered 503, so that Stripe redelivers the event', async () => {
  manager.refuse('InternalServiceError');
  expect(await deliver('whsec_old')).toBe(503);
  manager.refuse(undefined);
  expect(await deliver('whsec_old')).toBe(200);
});

it('An event is processed even if the API key is rotated in the meantime', async () => {
  const sub = randomUUID();
  const payer = await payingCustomer(stage, {
    price: await monthlyPrice(stage),
    metadata: { cognito_sub: sub },
  });
  await stage.putProfile({ userId: sub, stripeCustomerId: payer.customerId });
  await stage.putEntitlement({ cognito_sub: sub, status: 'none', version: 1 });
  expect(await deliver('whsec_old')).toBe(200);
  validKey = 'sk_test_new';
  stored.set(arns.key, validKey);
  const event = stripeEvent('customer.subscription.created', {
    id: payer.subscriptionId,
    customer: payer.customerId,
  });
  const { statusCode } = await stage.call('stripe-webhook', delivered(event, { secret: 'whsec_old' }));
  expect(statusCode).toBe(200);
  expect(await stage.entitlement(sub)).toMatchObject({ status: 'active' });
});

it('Secrets in the JSON of the console work, with two values during a rotation', async () => {
  stored.set(arns.key, JSON.stringify({ STRIPE_SECRET_KEY: validKey, STRIPE_PUBLISHABLE_KEY: 'pk_test_a' }));
  stored.set(arns.webhook, '\uFEFF{"current":"whsec_new","previous":"whsec_old"}\n');
  expect(await deliver('whsec_new')).toBe(200);
  expect(await deliver('whsec_old')).toBe(200);
  expect(await deliver('whsec_other')).toBe(400);
});

it.each([
  ['the key', arns.key, 'pk_live_s3cret', 'STRIPE_API_KEY is a publishable key of Stripe'],
  [
    'the webhook secret',
    arns.webhook,
    'sk_test_s3cret',
    'STRIPE_WEBHOOK_SECRET is a key of Stripe in test mode',
  ],
  ['the webhook secret', arns.webhook, '', 'STRIPE_WEBHOOK_SECRET is empty'],
])('A text of another kind in %s is named before an event is processed: %s', async (_, arn, text, detail) => {
  stored.set(arn, text);
  const event = stripeEvent('customer.unknown', {});
  const answer = await stage.call('stripe-webhook', delivered(event, { secret: 'whsec_old' }));
  expect(answer).toMatchObject({ statusCode: 500, body: { code: 'misconfigured' } });
  expect(JSON.stringify(stage.logs.at(-1))).toContain(detail);
  expect(JSON.stringify(stage.logs)).not.toContain('s3cret');
});

it('A secret that does not exist is a mistake in the configuration, which no repetition corrects', async () => {
  stored.delete(arns.webhook);
  const answer = await stage.call('stripe-webhook', delivered(stripeEvent('customer.unknown', {})));
  expect(answer).toMatchObject({ statusCode: 500, body: { code: 'misconfigured' } });
  expect(JSON.stringify(stage.logs.at(-1))).toContain(
    'STRIPE_WEBHOOK_SECRET_SECRET_ARN cannot be read (ResourceNotFoundException)',
  );
});
