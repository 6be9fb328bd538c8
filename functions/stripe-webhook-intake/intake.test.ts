/** The function in front of the queue: what it refuses, what it hands over, and when it answers with success. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { forms } from '../../tests/support/api-events.ts';
import { openQueueScene, type QueueScene } from '../../tests/support/queue-scene.ts';
import { createStage } from '../../tests/support/stage.ts';
import { delivered, stripeEvent, withSignature } from '../../tests/support/webhooks.ts';
import { everyOf, firstOf } from '../../tests/support/wire.ts';

let scene: QueueScene;
beforeAll(async () => {
  scene = await openQueueScene();
});
afterEach(() => {
  scene.queue.clear();
  scene.sqs.stopFailing();
  scene.sqs.clear();
});
afterAll(() => scene.close());

const call = (event: unknown) => scene.stage.call('stripe-webhook-intake', event);
const ofCustomer = (customer: string, overrides = {}) =>
  stripeEvent('customer.subscription.updated', { id: 'sub_1', object: 'subscription', customer }, overrides);
const queued = () =>
  scene.queue.messages.map(({ body, groupId, deduplicationId }) => ({
    event: JSON.parse(body) as Record<string, unknown>,
    groupId,
    deduplicationId,
  }));

describe('A genuine event', () => {
  it.each(forms)('is answered with success once it is in the queue, over a %s API', async (form) => {
    const event = ofCustomer('cus_1');
    const answer = await call(delivered(event, { form, base64: form === 'rest' }));
    expect(answer).toMatchObject({ statusCode: 200, body: { received: true } });
    expect(queued()).toMatchObject([
      { groupId: 'cus_1', deduplicationId: event['id'], event: { id: event['id'], type: event['type'] } },
    ]);
    expect(scene.stage.logs.at(-1)).toMatchObject({ metric: 'webhook_queued', event_id: event['id'] });
  });

  it('calls no other system than the queue', async () => {
    scene.stage.calm();
    await scene.send(ofCustomer('cus_1'));
    expect(scene.sqs.names()).toEqual(['SendMessage']);
    const { dynamodb, stripe, cognito } = scene.stage.wires;
    expect([dynamodb, stripe, cognito].flatMap((wire) => wire.names())).toEqual([]);
  });

  it('leaves what it carries about people behind: only ids and times enter the queue', async () => {
    const object = {
      id: 'cs_1',
      object: 'checkout.session',
      customer: { id: 'cus_1', email: 'ann@example.com' },
      customer_details: { email: 'ann@example.com', name: 'Ann', address: { line1: 'Road 1' } },
      client_reference_id: 'ann@example.com',
      metadata: { cognito_sub: 'sub-of-ann', made_by: 'predixa-checkout', note: 'Ann, Road 1' },
      subscription: 'sub_1',
    };
    await scene.send(stripeEvent('checkout.session.completed', object));
    const [message] = queued();
    expect(message?.event['data']).toEqual({
      object: {
        id: 'cs_1',
        object: 'checkout.session',
        customer: 'cus_1',
        subscription: 'sub_1',
        metadata: { cognito_sub: 'sub-of-ann', made_by: 'predixa-checkout' },
        client_reference_id: '-',
      },
    });
    expect(JSON.stringify(message)).not.toMatch(/ann@|Road/);
  });

  it('that is none of our business is counted and stays out of the queue', async () => {
    const answers = [
      await scene.send(stripeEvent('plan.created', { object: 'plan' })),
      await scene.send(stripeEvent('customer.updated', { id: 'cus_1', object: 'customer' })),
      await scene.send({ ...ofCustomer('cus_1'), account: 'acct_other' }),
      await scene.send({ id: 'evt_1', object: 'v2.core.event', type: 'v2.core.event_destination.ping' }),
    ];
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 200]);
    const metrics = scene.stage.logs.slice(-4).map(({ metric }) => metric);
    expect(metrics).toEqual([
      'webhook_unhandled_type',
      'webhook_owner_unchanged',
      'webhook_connected_account',
      'webhook_ping',
    ]);
    expect(scene.sqs.names()).toEqual([]);
  });
});

describe('The group of an event', () => {
  it.each<readonly [string, object, string]>([
    ['its customer', ofCustomer('cus_7'), 'cus_7'],
    [
      'the customer that it is about',
      stripeEvent('customer.deleted', { id: 'cus_8', object: 'customer' }),
      'cus_8',
    ],
    [
      'its charge if it names no customer',
      stripeEvent('charge.dispute.created', { id: 'dp_1', object: 'dispute', charge: 'ch_1' }),
      'ch_1',
    ],
    [
      'the object that a thin event names',
      {
        id: 'evt_thin',
        object: 'v2.core.event',
        type: 'v1.customer.subscription.updated',
        related_object: { id: 'sub_9', type: 'subscription', url: '/v1/subscriptions/sub_9' },
      },
      'sub_9',
    ],
    [
      'the thin event itself if it names nothing',
      { id: 'evt_bare', object: 'v2.core.event', type: 'v1.customer.updated' },
      'evt_bare',
    ],
  ])('is %s', async (_, event, group) => {
    expect(await scene.send(event)).toMatchObject({ statusCode: 200 });
    expect(queued()).toMatchObject([{ groupId: group }]);
  });

  it('has the form that SQS accepts, whatever the ids are', async () => {
    const event = ofCustomer('cus_1', { id: `evt ${'ü'.repeat(200)}` });
    expect(await scene.send(event)).toMatchObject({ statusCode: 200 });
    expect(queued()).toMatchObject([
      { event: { id: event['id'] }, deduplicationId: expect.stringMatching(/^[\da-f]{64}$/) },
    ]);
  });
});

describe('A delivery that is not genuine', () => {
  it.each<readonly [string, () => unknown]>([
    ['is signed with another secret', () => delivered(ofCustomer('cus_1'), { secret: 'whsec_guess' })],
    ['has no signature', () => withSignature(JSON.stringify(ofCustomer('cus_1')), undefined)],
    ['is signed too long ago', () => delivered(ofCustomer('cus_1'), { signedAt: 1_700_000_000 })],
    ['has no body', () => withSignature('', 't=1,v1=00')],
  ])('is answered 400 and never reaches the queue if it %s', async (_, make) => {
    expect(await call(make())).toMatchObject({ statusCode: 400, body: { code: 'invalid_signature' } });
    expect(scene.sqs.names()).toEqual([]);
    expect(scene.stage.logs.at(-1)).toMatchObject({ metric: 'webhook_signature_invalid' });
  });

  it('is answered 400 if its body is not an event', async () => {
    for (const body of ['{', '[]', '{}', '{"id":"evt_1","type":"invoice.paid"}']) {
      expect(await call(delivered(body))).toMatchObject({
        statusCode: 400,
        body: { code: 'malformed_request' },
      });
    }
    expect(scene.sqs.names()).toEqual([]);
  });
});

describe('If the queue does not confirm the event, the delivery is answered with 5xx, so that Stripe repeats it', () => {
  it.each(['server_error', 'throttled', 'forbidden', 'reset_before', 'reset_after'] as const)(
    'after %s',
    async (fault) => {
      scene.sqs.fail(everyOf('SendMessage', fault));
      const answer = await scene.send(ofCustomer('cus_1'));
      expect(answer).toMatchObject({ statusCode: 503, body: { code: 'unavailable' } });
      const metric = fault === 'forbidden' ? 'misconfigured' : 'request_failed';
      expect(scene.stage.logs.at(-1)).toMatchObject({ metric });
    },
    20_000,
  );

  it('but a repetition of the call that succeeds is enough, and stores the event once', async () => {
    scene.sqs.fail(firstOf('SendMessage', 'reset_after'));
    expect(await scene.send(ofCustomer('cus_1'))).toMatchObject({ statusCode: 200 });
    expect(scene.sqs.names()).toEqual(['SendMessage', 'SendMessage']);
    expect(queued()).toHaveLength(1);
  });

  it('also if the queue does not exist, which its log line names as a setting', async () => {
    const stage = await createStage({
      env: {
        AWS_ENDPOINT_URL_SQS: scene.sqs.url,
        STRIPE_EVENT_QUEUE_URL: `${scene.sqs.url}/000000000000/another.fifo`,
      },
    });
    const answer = await stage.call('stripe-webhook-intake', delivered(ofCustomer('cus_1')));
    const line = stage.logs.at(-1);
    await stage.close();
    expect(answer).toMatchObject({ statusCode: 503 });
    expect(line).toMatchObject({ metric: 'misconfigured' });
  });

  it.each(['', 'arn:aws:sqs:us-east-1:000000000000:events.fifo', 'https://sqs.us-east-1.amazonaws.com/1/a'])(
    'also if its address is %j',
    async (url) => {
      const stage = await createStage({ env: { STRIPE_EVENT_QUEUE_URL: url } });
      const answer = await stage.call('stripe-webhook-intake', delivered(ofCustomer('cus_1')));
      const line = stage.logs.at(-1);
      await stage.close();
      expect(answer).toMatchObject({ statusCode: 500, body: { code: 'misconfigured' } });
      expect(JSON.stringify(line)).toContain('STRIPE_EVENT_QUEUE_URL');
    },
  );
});
