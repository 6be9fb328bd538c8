/** The webhook, its queue and its worker together: order, failures, duplicates, crashes and messages that cannot be carried out. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { MAX_RECEIVE_COUNT } from '../../contract/event-queue.ts';
import type { TestUser } from '../regressions/scene.ts';
import { openQueueScene, type QueueScene } from '../support/queue-scene.ts';
import { delivered, stripeEvent } from '../support/webhooks.ts';
import { everyOf } from '../support/wire.ts';

let scene: QueueScene;
beforeAll(async () => {
  scene = await openQueueScene();
});
afterEach(() => {
  scene.stage.calm();
  scene.sqs.stopFailing();
  scene.loseAnswers(false);
  scene.queue.clear();
  scene.deadLetters.clear();
});
afterAll(() => scene.close());

async function payer(): Promise<TestUser> {
  const user = await scene.createUser();
  await scene.subscribe(user.customerId);
  scene.stage.calm();
  return user;
}

const eventOf = ({ customerId }: Pick<TestUser, 'customerId'>, overrides = {}) =>
  stripeEvent(
    'customer.subscription.updated',
    { object: 'subscription', customer: customerId, status: 'incomplete' },
    overrides,
  );
const statusOf = async ({ sub }: TestUser) => (await scene.stage.entitlement(sub))?.['status'];
const idsIn = (from: { readonly body: string }[]) =>
  from.map(({ body }) => (JSON.parse(body) as { id: string }).id);

describe('An event that Stripe was answered 200 to', () => {
  it('is carried out by the worker, which looks at Stripe', async () => {
    const user = await payer();
    expect(await scene.send(eventOf(user))).toMatchObject({ statusCode: 200 });
    expect(await statusOf(user)).toBe('none');
    await scene.work();
    expect(await statusOf(user)).toBe('active');
    expect(scene.queue.messages).toEqual([]);
  });

  it('waits while Stripe is down, and is carried out once Stripe answers', async () => {
    const user = await payer();
    await scene.send(eventOf(user));
    scene.stage.wires.stripe.fail(everyOf('GET /v1/subscriptions', 'server_error'));
    await scene.work();
    await scene.retry();
    expect(await statusOf(user)).toBe('none');
    expect(scene.queue.messages).toMatchObject([{ receiveCount: 2 }]);
    scene.stage.calm();
    await scene.retry();
    expect(await statusOf(user)).toBe('active');
    expect(scene.queue.messages).toEqual([]);
  });

  it('is carried out again if the worker ends after its work, and changes nothing then', async () => {
    const user = await payer();
    await scene.send(eventOf(user));
    scene.loseAnswers(true);
    await scene.work();
    expect(await statusOf(user)).toBe('active');
    expect(scene.queue.messages).toHaveLength(1);
    const row = await scene.stage.entitlement(user.sub);
    scene.loseAnswers(false);
    await scene.retry();
    expect(scene.queue.messages).toEqual([]);
    expect((await scene.stage.entitlement(user.sub))?.['history']).toEqual(row?.['history']);
  });

  it('is not lost if the worker ends during its work', async () => {
    const user = await payer();
    await scene.send(eventOf(user));
    scene.stage.wires.stripe.fail(everyOf('GET /v1/subscriptions', 'reset_before'));
    scene.loseAnswers(true);
    await scene.work();
    expect([await statusOf(user), scene.queue.messages.length]).toEqual(['none', 1]);
    scene.loseAnswers(false);
    scene.stage.calm();
    await scene.retry();
    expect(await statusOf(user)).toBe('active');
  });

  it('is carried out once if Stripe delivers it twice within five minutes, and again if later', async () => {
    const user = await payer();
    const event = eventOf(user);
    for (let n = 0; n < 3; n += 1) expect(await scene.send(event)).toMatchObject({ statusCode: 200 });
    expect(scene.queue.messages).toHaveLength(1);
    await scene.work();
    await scene.send(event);
    expect(scene.queue.messages).toEqual([]);
    scene.passSeconds(301);
    await scene.send(event);
    expect(scene.queue.messages).toHaveLength(1);
    await scene.work();
    expect([await statusOf(user), scene.queue.messages.length]).toEqual(['active', 0]);
  });

  it('of the other mode is counted by the worker and leaves the queue', async () => {
    const user = await payer();
    await scene.send({ ...eventOf(user), livemode: true });
    await scene.work();
    expect(scene.stage.logs.at(-1)).toMatchObject({ metric: 'webhook_other_mode' });
    expect([await statusOf(user), scene.queue.messages.length]).toEqual(['none', 0]);
  });
});

describe('Events of one customer', () => {
  it('are carried out one after another, in the order of their arrival, and those of others in between', async () => {
    const [ann, ben] = [await payer(), await payer()];
    const events = [eventOf(ann), eventOf(ben), eventOf(ann), eventOf(ann), eventOf(ben)];
    for (const event of events) await scene.send(event);
    const from = scene.stage.logs.length;
    await scene.work();
    const done = scene.stage.logs
      .slice(from)
      .filter(({ message }) => message === 'Event processed.')
      .map(({ event_id, customer_id }) => [event_id, customer_id]);
    const of = (user: TestUser) =>
      done.filter(([, customer]) => customer === user.customerId).map(([id]) => id);
    const sent = (indices: readonly number[]) => indices.map((index) => events[index]?.['id']);
    expect([of(ann), of(ben)]).toEqual([sent([0, 2, 3]), sent([1, 4])]);
  });

  it('wait behind one that failed, while those of other customers go on', async () => {
    const [ann, ben] = [await payer(), await payer()];
    const events = [eventOf(ann), eventOf(ann), eventOf(ben)];
    for (const event of events) await scene.send(event);
    const { stripe } = scene.stage.wires;
    stripe.fail((call) => (call.url.includes(ann.customerId) ? 'server_error' : undefined));
    await scene.work();
    expect(idsIn([...scene.queue.messages])).toEqual([events[0]?.['id'], events[1]?.['id']]);
    expect([await statusOf(ann), await statusOf(ben)]).toEqual(['none', 'active']);
    // While the failed one is in flight, no other of the customer is received.
    const before = scene.batches.length;
    await scene.send(eventOf(ann));
    await scene.work();
    expect(scene.batches).toHaveLength(before);
    scene.stage.calm();
    await scene.retry();
    expect([await statusOf(ann), scene.queue.messages.length]).toEqual(['active', 0]);
  });
});

describe('A message that can never be carried out', () => {
  const poison = { body: '{"no":"event"}', deduplicationId: 'poison' };

  it('moves to the dead-letter queue alone, and those behind it are carried out then', async () => {
    const user = await payer();
    scene.queue.send({ ...poison, groupId: user.customerId });
    const event = eventOf(user);
    await scene.send(event);
    await scene.work();
    for (let n = 2; n < MAX_RECEIVE_COUNT; n += 1) await scene.retry();
    expect([await statusOf(user), scene.queue.messages.length]).toEqual(['none', 2]);
    await scene.retry();
    await scene.retry();
    expect(await statusOf(user)).toBe('active');
    expect(scene.queue.messages).toEqual([]);
    expect(scene.deadLetters.messages).toMatchObject([{ body: poison.body, groupId: user.customerId }]);
  }, 60_000);

  it('does not hold up other customers', async () => {
    const user = await payer();
    scene.queue.send({ ...poison, groupId: 'cus_poisoned' });
    await scene.send(eventOf(user));
    await scene.work();
    expect(await statusOf(user)).toBe('active');
    expect(scene.queue.messages).toMatchObject([{ body: poison.body }]);
  });

  it('is carried out after its cause is gone and it was redriven', async () => {
    const user = await payer();
    const { body, groupId, deduplicationId } = {
      body: JSON.stringify(eventOf(user)),
      groupId: user.customerId,
      deduplicationId: 'redriven',
    };
    scene.deadLetters.send({ body, groupId, deduplicationId });
    const target = { 'x-amz-target': 'AmazonSQS.StartMessageMoveTask' };
    await fetch(scene.sqs.url, { method: 'POST', headers: target, body: '{}' });
    await scene.work();
    expect([await statusOf(user), scene.deadLetters.messages.length]).toEqual(['active', 0]);
  });
});

it('A request of an API is served by the worker only with a signature, of which it knows no secret', async () => {
  const behind = await openQueueScene({ env: { STRIPE_WEBHOOK_SECRET: '' } });
  const user = await behind.createUser();
  const answer = await behind.stage.call('stripe-webhook', delivered(eventOf(user)));
  await behind.close();
  expect(answer).toMatchObject({ statusCode: 500, body: { code: 'misconfigured' } });
});
