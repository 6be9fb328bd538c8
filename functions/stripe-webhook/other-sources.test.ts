/** Events from EventBridge and from SQS, which carry no signature: only the configured sources are open. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openScene, type Scene, type TestUser } from '../../tests/regressions/scene.ts';
import { stripeEvent } from '../../tests/support/webhooks.ts';
import { everyOf } from '../../tests/support/wire.ts';

const SOURCE = 'aws.partner/stripe.com/ed_test_1';
const QUEUE = 'arn:aws:sqs:us-east-1:000000000000:stripe-events';
let open: Scene;
let closed: Scene;
beforeAll(async () => {
  const env = { STRIPE_EVENT_SOURCE: SOURCE, STRIPE_EVENT_QUEUE_ARN: QUEUE };
  [open, closed] = await Promise.all([openScene({ env }), openScene()]);
});
afterEach(() => {
  open.stage.calm();
  closed.stage.calm();
});
afterAll(() => Promise.all([open.stage.close(), closed.stage.close()]));

function busEvent(detail: unknown, source: unknown = SOURCE): Record<string, unknown> {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'customer.subscription.updated',
    source,
    account: '000000000000',
    time: '2026-11-01T00:00:00Z',
    region: 'us-east-1',
    resources: [`arn:aws:events:us-east-1::event-source/${SOURCE}`],
    detail,
  };
}

function batch(...bodies: readonly unknown[]): Record<string, unknown> {
  const Records = bodies.map((body, index) => ({
    messageId: `message-${index}`,
    body: typeof body === 'string' ? body : JSON.stringify(body),
    attributes: {},
    eventSource: 'aws:sqs',
    eventSourceARN: QUEUE,
  }));
  return { Records };
}

async function payer({ createUser, subscribe, stage }: Scene): Promise<TestUser> {
  const user = await createUser();
  await subscribe(user.customerId);
  stage.calm();
  return user;
}

const eventOf = ({ customerId }: TestUser) =>
  stripeEvent('customer.subscription.updated', { object: 'subscription', customer: customerId });
const send = (scene: Scene, event: unknown) => scene.stage.invoke('stripe-webhook', event);
const statusOf = async ({ stage }: Scene, { sub }: TestUser) => (await stage.entitlement(sub))?.['status'];

describe('A configured source', () => {
  it('syncs the customer of an event on the bus', async () => {
    const user = await payer(open);
    expect(await send(open, busEvent(eventOf(user)))).toBeNull();
    expect(await statusOf(open, user)).toBe('active');
  });

  it.each([
    ['itself', (event: object) => event],
    ['as a rule of EventBridge passes it on', (event: object) => busEvent(event)],
  ])('syncs the customers of all events in a queue, each %s', async (_, wrapped) => {
    const users = await Promise.all(Array.from({ length: 7 }, () => payer(open)));
    const answer = await send(open, batch(...users.map((user) => wrapped(eventOf(user)))));
    expect(answer).toEqual({ batchItemFailures: [] });
    for (const user of users) expect(await statusOf(open, user)).toBe('active');
  });

  it('syncs the customer of a message that a pipe of EventBridge passes on, in a list', async () => {
    const user = await payer(open);
    const answer = await send(open, batch(eventOf(user))['Records']);
    expect(answer).toEqual({ batchItemFailures: [] });
    expect(await statusOf(open, user)).toBe('active');
  });

  it('returns only the messages of a batch that failed, and those that are no events', async () => {
    const [good, bad] = [await payer(open), await payer(open)];
    open.stage.wires.stripe.fail((call) => (call.url.includes(bad.customerId) ? 'server_error' : undefined));
    const foreign = busEvent(eventOf(good), 'aws.partner/stripe.com/ed_other');
    const answer = await send(open, batch(eventOf(bad), eventOf(good), '{', {}, foreign));
    const failed = ['message-0', 'message-2', 'message-3', 'message-4'];
    expect(answer).toEqual({ batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) });
    expect([await statusOf(open, good), await statusOf(open, bad)]).toEqual(['active', 'none']);
  });

  it('fails the invocation if no message of a batch was carried out, which needs no ReportBatchItemFailures', async () => {
    const user = await payer(open);
    open.stage.wires.stripe.fail(everyOf('GET /v1/subscriptions', 'server_error'));
    for (const bodies of [[eventOf(user)], [eventOf(user), '{']]) {
      await expect(send(open, batch(...bodies))).rejects.toThrow('receive events: unavailable');
    }
    open.stage.calm();
    expect(await send(open, batch(eventOf(user)))).toEqual({ batchItemFailures: [] });
    expect(await statusOf(open, user)).toBe('active');
    expect(await send(open, batch())).toEqual({ batchItemFailures: [] });
  });

  it('fails the invocation if the event could not be carried out, so that it is delivered again', async () => {
    const user = await payer(open);
    open.stage.wires.stripe.fail(everyOf('GET /v1/subscriptions', 'server_error'));
    await expect(send(open, busEvent(eventOf(user)))).rejects.toThrow('receive events: unavailable');
    expect(open.stage.logs.at(-1)).toMatchObject({
      metric: 'request_failed',
      event_type: expect.any(String),
    });
    await expect(send(open, busEvent({ no: 'event' }))).rejects.toThrow('Fault');
    await expect(send(open, busEvent(null))).rejects.toThrow('Fault');
  });

  it('counts an event of the other mode, and one of a type that is none of our business', async () => {
    const user = await payer(open);
    expect(await send(open, busEvent({ ...eventOf(user), livemode: true }))).toBeNull();
    expect(await send(open, busEvent({ ...eventOf(user), type: 'plan.created' }))).toBeNull();
    expect(await statusOf(open, user)).toBe('none');
  });
});

describe('A source that is not configured', () => {
  it.each([
    ['a bus', (scene: Scene, event: object) => send(scene, busEvent(event)), () => closed],
    ['a queue', (scene: Scene, event: object) => send(scene, batch(event)), () => closed],
    ['another bus', (scene: Scene, event: object) => send(scene, busEvent(event, 'my.app')), () => open],
    ['a bus without a name', (scene: Scene, event: object) => send(scene, busEvent(event, null)), () => open],
    [
      'another queue',
      (scene: Scene, event: object) => {
        const [record] = batch(event)['Records'] as readonly object[];
        const other = { ...record, messageId: 'other', eventSourceARN: `${QUEUE}-2` };
        return send(scene, { Records: [record, other] });
      },
      () => open,
    ],
  ])(
    'such as %s fails the invocation with one clear line, and nothing is read or written',
    async (_, deliver, of) => {
      const scene = of();
      const user = await payer(scene);
      const before = scene.stage.logs.length;
      await expect(deliver(scene, eventOf(user))).rejects.toThrow('Fault');
      expect(await statusOf(scene, user)).toBe('none');
      expect(scene.stage.wires.stripe.names()).toEqual([]);
      const lines = scene.stage.logs.slice(before).filter(({ metric }) => metric === 'webhook_source_closed');
      expect(lines).toMatchObject([{ level: 'error', setting: expect.stringMatching(/^STRIPE_EVENT_/) }]);
    },
  );

  const alone = eventOf({ sub: 'ann', customerId: 'cus_1' });
  it.each<readonly [string, unknown]>([
    ['the event alone, as a rule with an input path passes it on', alone],
    ['a list of events', [alone]],
    ['a thin event alone', { id: 'evt_1', object: 'v2.core.event', type: 'v1.customer.updated' }],
    ['an event of a bus without its type', { source: SOURCE, detail: alone }],
    ['the text of an event', JSON.stringify(alone)],
    [
      'a notification of SNS',
      { Records: [{ EventSource: 'aws:sns', Sns: { Message: JSON.stringify(alone) } }] },
    ],
    ['nothing', null],
    ['an empty object', {}],
  ])(
    'fails the invocation with one clear line if it sends %s, since any answer would count as success',
    async (_, event) => {
      const before = open.stage.logs.length;
      await expect(send(open, event)).rejects.toThrow('Fault');
      expect(open.stage.wires.stripe.names()).toEqual([]);
      const lines = open.stage.logs.slice(before).filter(({ metric }) => metric === 'webhook_source_closed');
      expect(lines).toMatchObject([{ level: 'error' }]);
    },
  );

  it('is not opened by a request of an API whose body looks like such an event', async () => {
    const user = await payer(open);
    const request = { httpMethod: 'POST', path: '/stripe/webhook', headers: {} };
    const answer = await send(open, { ...request, body: JSON.stringify(busEvent(eventOf(user))) });
    expect(answer).toMatchObject({ statusCode: 400 });
    expect(await statusOf(open, user)).toBe('none');
  });
});
