/**
 * The event source of a queue: receives batches, invokes the function with each, and deletes what it carried out. As Lambda does, it
 * leaves alone what failed, which becomes visible again after the visibility timeout.
 */
import { type FifoQueue, md5Of, type ReceivedMessage } from '../sqs/fifo-queue.ts';
import { attributesOf } from '../sqs/server.ts';
import type { InvocationResult } from './invocation.ts';

export interface EventSourceOptions {
  readonly queue: FifoQueue;
  readonly queueArn: string;
  readonly batchSize: number;
  /** How many invocations run at once. */
  readonly maxConcurrency: number;
  readonly invoke: (event: unknown) => Promise<InvocationResult>;
  readonly nowMs: () => number;
}

export interface EventSource {
  /** Looks for messages. Called when one has arrived; the event source itself looks again when one becomes visible. */
  wake(): void;
  /** Resolves when no invocation runs and no message can be received. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

export function openEventSource(options: EventSourceOptions): EventSource {
  const { queue, batchSize, maxConcurrency, invoke, nowMs } = options;
  const running = new Set<Promise<void>>();
  const state: { isOpen: boolean; timer?: NodeJS.Timeout } = { isOpen: true };

  async function carryOut(messages: readonly ReceivedMessage[]): Promise<void> {
    const result = await invoke({ Records: messages.map((message) => recordOf(message, options.queueArn)) });
    for (const { receiptHandle } of doneOf(messages, result)) queue.delete(receiptHandle);
  }

  function wake(): void {
    clearTimeout(state.timer);
    while (state.isOpen && running.size < maxConcurrency) {
      const messages = queue.receive(batchSize);
      if (messages.length === 0) break;
      // What could not be deleted becomes visible again.
      const work = carryOut(messages)
        .catch(() => undefined)
        .finally(() => {
          running.delete(work);
          wake();
        });
      running.add(work);
    }
    const next = queue.nextVisibleAtMs();
    if (!state.isOpen || next === null) return;
    state.timer = setTimeout(wake, Math.max(1, next - nowMs()));
    state.timer.unref();
  }

  async function settled(): Promise<void> {
    while (running.size > 0) await Promise.race(running);
  }

  return {
    wake,
    settled,
    async close() {
      state.isOpen = false;
      clearTimeout(state.timer);
      await settled();
    },
  };
}

/**
 * Returns the messages that the function carried out. Like Lambda: a failed invocation has carried out none, nor has one whose
 * answer names a message that was not in the batch.
 */
function doneOf(messages: readonly ReceivedMessage[], result: InvocationResult): readonly ReceivedMessage[] {
  if (!result.ok) return [];
  const { batchItemFailures } = (result.payload ?? {}) as { readonly batchItemFailures?: unknown };
  if (batchItemFailures === undefined || batchItemFailures === null) return messages;
  if (!Array.isArray(batchItemFailures)) return [];
  const failed = batchItemFailures.map(
    (one: { readonly itemIdentifier?: unknown } | null) => one?.itemIdentifier,
  );
  const isKnown = failed.every((id) => messages.some(({ messageId }) => messageId === id));
  return isKnown ? messages.filter(({ messageId }) => !failed.includes(messageId)) : [];
}

function recordOf(message: ReceivedMessage, queueArn: string): object {
  const { messageId, receiptHandle, body } = message;
  return {
    messageId,
    receiptHandle,
    body,
    attributes: attributesOf(message),
    messageAttributes: {},
    md5OfBody: md5Of(body),
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn,
    awsRegion: 'us-east-1',
  };
}
