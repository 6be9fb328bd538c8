/** The local cloud with a queue between the webhook of Stripe and its worker. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { Stripe } from 'stripe';
import { afterEach, describe, expect, it } from 'vitest';
import { createLocalCloud } from '../cloud/cloud.ts';
import { ownPagesOnly } from '../http/guard.ts';
import { type LocalQueue, openQueue } from './open.ts';

const ports = { api: 0, dynamodb: 0, cognito: 0, stripe: 0, revenuecat: 0 };

interface Line {
  readonly function: string;
  readonly metric?: string;
  readonly event_id?: string;
}

describe('The local cloud with a queue', () => {
  it('answers Stripe from the queue, and lets the worker carry out every event', async () => {
    const lines: Line[] = [];
    const cloud = await createLocalCloud({
      ports,
      ephemeral: true,
      queue: true,
      onFunctionLog: ({ functionName, line }) => {
        lines.push({ ...(JSON.parse(line) as object), function: functionName });
      },
    });
    const { hostname: host, port } = new URL(cloud.urls.stripe);
    const stripe = new Stripe(String(cloud.env['STRIPE_API_KEY']), { host, port, protocol: 'http' });
    const { id: customer } = await stripe.customers.create({
      metadata: { cognito_sub: 'ann' },
      payment_method: 'pm_card_visa',
      invoice_settings: { default_payment_method: 'pm_card_visa' },
    });
    const { data: prices } = await stripe.prices.list({ lookup_keys: ['pro_monthly'] });
    await stripe.subscriptions.create({ customer, items: [{ price: String(prices[0]?.id) }] });
    await cloud.settled();
    await cloud.close();
    const idsOf = (name: string, metric: RegExp) =>
      lines
        .filter((one) => one.function === name && metric.test(one.metric ?? ''))
        .map((one) => one.event_id);
    const queued = idsOf('stripe-webhook-intake', /^webhook_queued$/);
    expect(queued.length).toBeGreaterThan(1);
    expect(new Set(idsOf('stripe-webhook', /^sync_/))).toEqual(new Set(queued));
  }, 60_000);

  it('has neither the queue nor the function in front of it by default', async () => {
    const cloud = await createLocalCloud({ ports, ephemeral: true });
    const answer = await cloud.invoke('stripe-webhook-intake', {});
    await cloud.close();
    expect(answer).toMatchObject({ ok: false, errorType: 'ResourceNotFoundException' });
    expect(Object.keys(cloud.env).filter((name) => name.includes('QUEUE'))).toEqual([]);
  }, 60_000);
});

describe('The messages of the local queue', () => {
  let directory: string;
  let queue: LocalQueue;
  const open = async () => {
    queue = await openQueue({ directory, access: ownPagesOnly([]), onFailure: () => undefined });
  };
  afterEach(async () => {
    await queue.close();
    await rm(directory, { recursive: true });
  });
  const send = async (id: string) => {
    const { AWS_ENDPOINT_URL_SQS: endpoint = '', STRIPE_EVENT_QUEUE_URL: QueueUrl } = queue.environment;
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    const client = new SQSClient({ region: 'us-east-1', endpoint, credentials });
    const input = { QueueUrl, MessageBody: id, MessageGroupId: 'a', MessageDeduplicationId: id };
    await client.send(new SendMessageCommand(input));
    client.destroy();
  };
  const received = async () => {
    const bodies: string[] = [];
    queue.deliverTo(async (event) => {
      bodies.push(...(event as { Records: { body: string }[] }).Records.map(({ body }) => body));
      return { ok: true, payload: null };
    });
    await queue.settled();
    return bodies;
  };

  it('survive the end of the process in their order, and what was carried out does not come back', async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'predixa-test-'));
    await open();
    await send('1');
    await send('2');
    await queue.close();
    await open();
    expect(await received()).toEqual(['1', '2']);
    await queue.close();
    await open();
    expect(await received()).toEqual([]);
  });
});
