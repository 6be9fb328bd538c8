import { afterEach, describe, expect, it } from 'vitest';
import { createFifoQueue } from '../sqs/fifo-queue.ts';
import { type EventSource, openEventSource } from './event-source.ts';
import type { InvocationResult } from './invocation.ts';

interface Event {
  readonly Records: readonly {
    readonly messageId: string;
    readonly body: string;
    readonly attributes: Readonly<Record<string, string>>;
    readonly eventSourceARN: string;
  }[];
}

let open: EventSource | undefined;
afterEach(() => open?.close());

const queueArn = 'arn:aws:sqs:us-east-1:000000000000:events.fifo';
const ok = (payload: unknown): InvocationResult => ({ ok: true, payload });
const failing = (...ids: readonly unknown[]) =>
  ok({ batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })) });

function sourceOf(invoke: (event: Event) => InvocationResult | Promise<InvocationResult>) {
  const time = { nowMs: () => 0, visibilityTimeoutMs: 120_000 };
  const queue = createFifoQueue({ ...time, redrive: null });
  const events: Event[] = [];
  const source = openEventSource({
    queue,
    queueArn,
    batchSize: 3,
    maxConcurrency: 2,
    nowMs: time.nowMs,
    invoke: async (event) => {
      events.push(event as Event);
      return invoke(event as Event);
    },
  });
  open = source;
  const send = (...groups: readonly string[]) => {
    for (const [index, groupId] of groups.entries()) {
      queue.send({ body: `${index}`, groupId, deduplicationId: `${index}` });
    }
  };
  const run = async () => {
    source.wake();
    await source.settled();
    return queue.messages.map(({ body }) => body);
  };
  return { queue, events, send, run, source };
}

describe('The event source of a queue', () => {
  it('invokes the function with batches as Lambda does, until the queue is empty', async () => {
    const { events, send, run } = sourceOf(() => ok({ batchItemFailures: [] }));
    send('a', 'a', 'a', 'a', 'b');
    expect(await run()).toEqual([]);
    expect(events.flatMap(({ Records }) => Records)).toHaveLength(5);
    expect(Math.max(...events.map(({ Records }) => Records.length))).toBe(3);
    expect(events[0]?.Records[0]).toMatchObject({
      body: '0',
      eventSource: 'aws:sqs',
      eventSourceARN: queueArn,
      attributes: { MessageGroupId: 'a', ApproximateReceiveCount: '1', MessageDeduplicationId: '0' },
    });
  });

  it.each<readonly [string, unknown]>([
    ['says nothing', null],
    ['names no failures', {}],
    ['names null', { batchItemFailures: null }],
  ])('deletes the whole batch if the answer %s', async (_, payload) => {
    const { send, run } = sourceOf(() => ok(payload));
    send('a', 'b');
    expect(await run()).toEqual([]);
  });

  it('leaves what the function names in the queue', async () => {
    const { send, run } = sourceOf(({ Records }) => failing(Records[1]?.messageId));
    send('a', 'b', 'c');
    expect(await run()).toEqual(['1']);
  });

  it.each<readonly [string, () => InvocationResult]>([
    ['the invocation fails', () => ({ ok: false, errorType: 'Error', errorMessage: '' })],
    ['the answer names an unknown message', () => failing('unknown')],
    ['the answer names nothing', () => failing('')],
    ['the answer is no list', () => ok({ batchItemFailures: 'all' })],
    ['the list holds nothing', () => ok({ batchItemFailures: [null] })],
  ])('leaves the whole batch in the queue if %s', async (_, result) => {
    const { send, run } = sourceOf(result);
    send('a', 'b');
    expect(await run()).toEqual(['0', '1']);
  });

  it('runs as many invocations at once as it may, each with other groups', async () => {
    let running = 0;
    let most = 0;
    const { send, run, events } = sourceOf(async () => {
      running += 1;
      most = Math.max(most, running);
      await Promise.resolve();
      running -= 1;
      return ok(null);
    });
    send('a', 'a', 'a', 'b', 'b', 'b', 'c', 'c', 'c');
    expect(await run()).toEqual([]);
    expect(most).toBe(2);
    for (const { Records } of events) {
      expect(new Set(Records.map(({ attributes }) => attributes['MessageGroupId'])).size).toBe(1);
    }
  });

  it('invokes nothing once it is closed', async () => {
    const { send, run, events, source } = sourceOf(() => ok(null));
    await source.close();
    send('a');
    expect([await run(), events]).toEqual([['0'], []]);
  });
});
