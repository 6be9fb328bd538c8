/** The queue between the webhook of Stripe and its worker, as the stack creates it. */
import { describe, expect, it } from 'vitest';
import { functionSpecs } from '../../contract/functions.ts';
import { stages } from '../../infra/config.ts';
import { permissions, permissionsOf } from '../../infra/permissions.ts';
import { configs, withQueue } from './configs.ts';
import { functionIn, logicalIdIn, resourcesOf, synthesize, theOnly } from './synth.ts';

const config = withQueue(stages.prod);
const template = synthesize(config);
const queueNamed = (name: string) =>
  resourcesOf(template, 'AWS::SQS::Queue').find(([, { Properties }]) => Properties['QueueName'] === name);
const [queueId, queue] = queueNamed('predixa-test-stripe-events.fifo') ?? [];
const [deadLettersId, deadLetters] = queueNamed('predixa-test-stripe-events-dead-letters.fifo') ?? [];

describe('The queue of events', () => {
  it('keeps the order of each customer at the highest throughput, encrypted', () => {
    for (const one of [queue, deadLetters]) {
      expect(one?.Properties).toMatchObject({
        FifoQueue: true,
        DeduplicationScope: 'messageGroup',
        FifoThroughputLimit: 'perMessageGroupId',
        SqsManagedSseEnabled: true,
        MessageRetentionPeriod: 14 * 86_400,
      });
    }
  });

  it('hides a message for six times the time limit of the worker', () => {
    expect(queue?.Properties['VisibilityTimeout']).toBe(6 * functionSpecs['stripe-webhook'].timeoutSeconds);
  });

  it('moves what fails a hundred times, over more than three hours, to its own dead-letter queue alone', () => {
    expect(queue?.Properties['RedrivePolicy']).toEqual({
      deadLetterTargetArn: { 'Fn::GetAtt': [deadLettersId, 'Arn'] },
      maxReceiveCount: 100,
    });
    expect(100 * Number(queue?.Properties['VisibilityTimeout'])).toBeGreaterThan(3 * 3_600);
    expect(deadLetters?.Properties['RedriveAllowPolicy']).toMatchObject({ redrivePermission: 'byQueue' });
  });

  it('accepts requests over TLS alone', () => {
    for (const id of [queueId, deadLettersId]) {
      const policy = resourcesOf(template, 'AWS::SQS::QueuePolicy').find(([, { Properties }]) =>
        (Properties['Queues'] as readonly unknown[]).map(logicalIdIn).includes(id ?? ''),
      );
      const Condition = { Bool: { 'aws:SecureTransport': 'false' } };
      expect(policy?.[1].Properties['PolicyDocument']).toMatchObject({
        Statement: [{ Effect: 'Deny', Action: 'sqs:*', Condition }],
      });
    }
  });

  it('is delivered to the worker in small batches, by few at a time, who report what failed', () => {
    const { Properties } = theOnly(template, 'AWS::Lambda::EventSourceMapping');
    expect(Properties).toMatchObject({
      EventSourceArn: { 'Fn::GetAtt': [queueId, 'Arn'] },
      BatchSize: 10,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 2 },
    });
    const worker = template.Resources[logicalIdIn(Properties['FunctionName'])];
    expect(worker?.Properties).toBe(functionIn(template, 'stripe-webhook').Properties);
  });

  it('can be written by the function in front of it alone, and read by the worker alone', () => {
    const onQueue = (name: 'stripe-webhook' | 'stripe-webhook-intake') =>
      permissionsOf(name, config)
        .filter(({ resource }) => resource === 'event_queue')
        .flatMap(({ actions }) => actions);
    expect(onQueue('stripe-webhook-intake')).toEqual(['sqs:SendMessage']);
    expect(onQueue('stripe-webhook')).toEqual([
      'sqs:DeleteMessage',
      'sqs:GetQueueAttributes',
      'sqs:ReceiveMessage',
    ]);
    const secrets = permissionsOf('stripe-webhook', config).map(({ resource }) => resource);
    expect(secrets).not.toContain('stripe_webhook_secret');
    const own = permissions['stripe-webhook-intake'].map(({ resource }) => resource);
    expect(own).toEqual(['stripe_webhook_secret', 'event_queue']);
  });
});

it.each(Object.entries(configs).filter(([, { webhookQueue }]) => webhookQueue === null))(
  'A stage without a queue has nothing of it: %s',
  (_, without) => {
    const text = JSON.stringify(synthesize(without));
    for (const part of ['stripe-events', 'stripe-webhook-intake', 'EventSourceMapping', 'webhook-queue']) {
      expect([part, text.includes(part)]).toEqual([part, false]);
    }
  },
);
