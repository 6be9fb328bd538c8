/** The local queue keeps the promises of SQS on which the product depends. The official client is the one that asks. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createFifoQueue, type ReceivedMessage } from './fifo-queue.ts';
import { deadLetterQueueUrlAt, queueUrlAt } from './names.ts';
import { sqsListener } from './server.ts';

const VISIBILITY_MS = 120_000;
const MAX_RECEIVE_COUNT = 3;
let nowMs = 1_767_225_600_000;
const clock = { nowMs: () => nowMs, visibilityTimeoutMs: VISIBILITY_MS };
const deadLetters = createFifoQueue({ ...clock, redrive: null });
const queue = createFifoQueue({ ...clock, redrive: { maxReceiveCount: MAX_RECEIVE_COUNT, deadLetters } });
const server = createServer(sqsListener({ queue, deadLetters, onMessage: () => undefined }));
let client: SQSClient;
let urls: { readonly queue: string; readonly deadLetters: string };

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  client = new SQSClient({ region: 'us-east-1', endpoint, credentials, maxAttempts: 1 });
  urls = { queue: queueUrlAt(endpoint), deadLetters: deadLetterQueueUrlAt(endpoint) };
});
afterEach(() => {
  queue.clear();
  deadLetters.clear();
});
afterAll(() => {
  client.destroy();
  server.close();
});

async function send(group: string, id: string, body = id) {
  const input = { MessageBody: body, MessageGroupId: group, MessageDeduplicationId: id };
  return client.send(new SendMessageCommand({ QueueUrl: urls.queue, ...input }));
}
async function receive(max = 10, url = urls.queue) {
  const input = { QueueUrl: url, MaxNumberOfMessages: max };
  return (await client.send(new ReceiveMessageCommand(input))).Messages ?? [];
}
const remove = (ReceiptHandle: string | undefined) =>
  client.send(new DeleteMessageCommand({ QueueUrl: urls.queue, ReceiptHandle }));
const bodies = (messages: readonly { readonly Body?: string | undefined }[]) =>
  messages.map(({ Body }) => Body);

describe('The messages of a group', () => {
  it('are received in the order in which they were sent, as many of one group as there are', async () => {
    for (const [group, id] of [
      ['a', '1'],
      ['b', '2'],
      ['a', '3'],
      ['b', '4'],
    ] as const)
      await send(group, id);
    expect(bodies(await receive(3))).toEqual(['1', '3', '2']);
  });

  it('are not received while one of them is in flight, and those of other groups are', async () => {
    await send('a', '1');
    await send('a', '2');
    await send('b', '3');
    const [first] = await receive(1);
    expect(bodies(await receive())).toEqual(['3']);
    await remove(first?.ReceiptHandle);
    expect(bodies(await receive())).toEqual(['2']);
  });

  it('are received again in the same order after the visibility timeout', async () => {
    await send('a', '1');
    await send('a', '2');
    const [first] = await receive();
    nowMs += VISIBILITY_MS - 1;
    expect(await receive()).toEqual([]);
    nowMs += 1;
    const again = await receive();
    expect(bodies(again)).toEqual(['1', '2']);
    expect(queue.messages.map(({ receiveCount }) => receiveCount)).toEqual([2, 2]);
    // The first receipt has expired.
    await expect(remove(first?.ReceiptHandle)).rejects.toMatchObject({ name: 'InvalidParameterValue' });
    await remove(again[0]?.ReceiptHandle);
    expect(queue.messages.map(({ body }) => body)).toEqual(['2']);
  });
});

describe('A second message with the same deduplication id', () => {
  it('is confirmed with the id of the first within five minutes, and delivered to no one', async () => {
    const first = await send('a', '1');
    const [message] = await receive();
    await remove(message?.ReceiptHandle);
    nowMs += 299_000;
    expect((await send('a', '1')).MessageId).toBe(first.MessageId);
    expect(await receive()).toEqual([]);
    nowMs += 1_000;
    expect((await send('a', '1')).MessageId).not.toBe(first.MessageId);
    expect(bodies(await receive())).toEqual(['1']);
  });

  it('is another message in another group', async () => {
    await send('a', '1');
    await send('b', '1');
    expect(await receive()).toHaveLength(2);
  });
});

describe('A message that is received too often', () => {
  it('moves to the dead-letter queue with its id and its group, which goes on', async () => {
    const { MessageId } = await send('a', '1');
    await send('a', '2');
    for (let n = 0; n < MAX_RECEIVE_COUNT; n += 1) {
      expect(bodies(await receive(1))).toEqual(['1']);
      nowMs += VISIBILITY_MS;
    }
    expect(bodies(await receive())).toEqual(['2']);
    expect(await receive(10, urls.deadLetters)).toMatchObject([{ MessageId, Body: '1' }]);
  });
});

describe('A request that SQS would refuse', () => {
  it.each<readonly [string, () => Promise<unknown>, string]>([
    ['has no body', () => send('a', '1', ''), 'MissingParameter'],
    ['has a group with a blank', () => send('a b', '1'), 'InvalidParameterValue'],
    ['has a long id', () => send('a', 'x'.repeat(129)), 'InvalidParameterValue'],
    ['has a character that XML has not', () => send('a', '1', '\u0001'), 'InvalidMessageContents'],
    ['is longer than 1 MiB', () => send('a', '1', 'x'.repeat(1_048_577)), 'InvalidParameterValue'],
    ['names another queue', () => receive(1, `${urls.queue}x`), 'QueueDoesNotExist'],
  ])('is refused: one that %s', async (_, request, name) => {
    await expect(request()).rejects.toMatchObject({ name });
    expect(queue.messages).toEqual([]);
  });
});

it('Whatever is sent, received, deleted and delayed, no group is received out of order or twice at once', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('send' as const), group: fc.constantFrom('a', 'b', 'c') }),
    fc.record({ kind: fc.constant('receive' as const), max: fc.integer({ min: 1, max: 10 }) }),
    fc.record({ kind: fc.constant('finish' as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
    fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 200_000 }) }),
  );
  const kept = fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
    let timeMs = 0;
    const own = createFifoQueue({ nowMs: () => timeMs, visibilityTimeoutMs: VISIBILITY_MS, redrive: null });
    let flying: (ReceivedMessage & { readonly untilMs: number })[] = [];
    const done = new Map<string, number>();
    const faults: string[] = [];
    let sent = 0;
    const check = (holds: boolean, fault: string) => faults.push(...(holds ? [] : [fault]));
    const send = (groupId: string) => {
      sent += 1;
      const id = String(sent);
      own.send({ groupId, body: id, deduplicationId: id });
    };
    const receive = (max: number) => {
      const received = own.receive(max);
      const locked = flying.map(({ groupId }) => groupId);
      for (const { groupId } of received) check(!locked.includes(groupId), `${groupId} is in flight`);
      flying.push(...received.map((one) => ({ ...one, untilMs: timeMs + VISIBILITY_MS })));
    };
    const finish = (share: number) => {
      for (const one of flying.splice(0, Math.ceil(flying.length * share))) {
        check(own.delete(one.receiptHandle), 'a receipt has expired');
        const sequence = Number(one.sequenceNumber);
        check(sequence > (done.get(one.groupId) ?? 0), `${one.groupId} is out of order`);
        done.set(one.groupId, sequence);
      }
    };
    for (const one of steps) {
      if (one.kind === 'wait') timeMs += one.ms;
      flying = flying.filter(({ untilMs }) => untilMs > timeMs);
      if (one.kind === 'send') send(one.group);
      if (one.kind === 'receive') receive(one.max);
      if (one.kind === 'finish') finish(one.share);
    }
    expect(faults).toEqual([]);
  });
  fc.assert(kept);
});
