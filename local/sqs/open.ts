/** Opens the queue between the webhook of Stripe and its worker: its server, its file, and the event source of the worker. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { BATCH_SIZE, MAX_RECEIVE_COUNT } from '../../contract/event-queue.ts';
import { replaceFileNow } from '../cloud/replace-file.ts';
import type { Access } from '../http/guard.ts';
import { openServer } from '../http/listen.ts';
import { type EventSource, openEventSource } from '../lambda/event-source.ts';
import type { InvocationResult } from '../lambda/invocation.ts';
import { createFifoQueue, type FifoQueue, type StoredMessage } from './fifo-queue.ts';
import { QUEUE_ARN, queueUrlAt } from './names.ts';
import { sqsListener } from './server.ts';

export interface LocalQueue {
  /** The variables by which the functions find it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Begins to deliver. Until then, messages wait. */
  deliverTo(invoke: (event: unknown) => Promise<InvocationResult>): void;
  /** Resolves when nothing is delivered any more. What has failed is delivered again later. */
  settled(): Promise<void>;
  clear(): void;
  close(): Promise<void>;
}

export interface LocalQueueOptions {
  readonly directory: string;
  readonly access: Access;
  /** Called if the data cannot be written any more. */
  readonly onFailure: (error: Error) => void;
}

/** Longer than the worker runs, as in AWS, where two minutes pass before a repetition. */
const VISIBILITY_TIMEOUT_MS = 30_000;
const MAX_CONCURRENCY = 2;

export async function openQueue({ directory, access, onFailure }: LocalQueueOptions): Promise<LocalQueue> {
  const file = path.join(directory, 'stripe-events.json');
  let source: EventSource | undefined;
  let isRestored = false;
  const nowMs = () => Date.now();
  const onChange = () => {
    if (!isRestored) return;
    try {
      replaceFileNow(file, JSON.stringify([queue.messages, deadLetters.messages]));
    } catch (error) {
      onFailure(error as Error);
      throw error;
    }
  };
  const time = { nowMs, visibilityTimeoutMs: VISIBILITY_TIMEOUT_MS, onChange };
  const deadLetters: FifoQueue = createFifoQueue({ ...time, redrive: null });
  const redrive = { maxReceiveCount: MAX_RECEIVE_COUNT, deadLetters };
  const queue: FifoQueue = createFifoQueue({ ...time, redrive });
  const [waiting, dead] = storedIn(file);
  for (const message of waiting) queue.takeOver(message);
  for (const message of dead) deadLetters.takeOver(message);
  isRestored = true;
  const listener = sqsListener({ queue, deadLetters, onMessage: () => source?.wake() });
  const server = await openServer({ service: 'SQS', port: 0, flag: '' }, listener, access);
  return {
    environment: {
      AWS_ENDPOINT_URL_SQS: server.url,
      STRIPE_EVENT_QUEUE_URL: queueUrlAt(server.url),
      STRIPE_EVENT_QUEUE_ARN: QUEUE_ARN,
    },
    deliverTo(invoke) {
      source = openEventSource({
        queue,
        queueArn: QUEUE_ARN,
        batchSize: BATCH_SIZE,
        maxConcurrency: MAX_CONCURRENCY,
        invoke,
        nowMs,
      });
      source.wake();
    },
    settled: async () => source?.settled(),
    clear() {
      queue.clear();
      deadLetters.clear();
    },
    async close() {
      await source?.close();
      await server.close();
    },
  };
}

/** What was in the queue when the local cloud stopped. It is delivered again, and counts as never received. */
function storedIn(file: string): readonly [readonly StoredMessage[], readonly StoredMessage[]] {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as [StoredMessage[], StoredMessage[]];
  } catch {
    return [[], []];
  }
}
