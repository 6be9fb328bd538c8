/**
 * A scene with a queue between the webhook and its worker: the built function in front of it, a FIFO queue that speaks the protocol
 * of SQS behind a wire, and an event source that invokes the built worker. The clock of the queue moves only when a test says so.
 */
import { BATCH_SIZE, MAX_RECEIVE_COUNT, VISIBILITY_TIMEOUT_SECONDS } from '../../contract/event-queue.ts';
import { type EventSource, openEventSource } from '../../local/lambda/event-source.ts';
import type { InvocationResult } from '../../local/lambda/invocation.ts';
import { createFifoQueue, type FifoQueue } from '../../local/sqs/fifo-queue.ts';
import { QUEUE_ARN, queueUrlAt } from '../../local/sqs/names.ts';
import { sqsListener } from '../../local/sqs/server.ts';
import { openScene, type Scene } from '../regressions/scene.ts';
import { awsCallsIn, isPermitted } from './permissions.ts';
import type { ApiAnswer, StageOptions } from './stage.ts';
import { delivered } from './webhooks.ts';
import { openWire, type Wire } from './wire.ts';

/** A batch, as the event source hands it to the worker. */
export interface Batch {
  readonly Records: readonly { readonly messageId: string; readonly body: string }[];
}

export interface QueueScene extends Scene {
  readonly queue: FifoQueue;
  readonly deadLetters: FifoQueue;
  readonly sqs: Wire;
  /** Every batch that the worker was invoked with. */
  readonly batches: readonly Batch[];
  /** Delivers the event as a signed webhook to the function in front of the queue. */
  readonly send: (event: object) => Promise<ApiAnswer>;
  /** Lets the worker carry out what can be received now. */
  readonly work: () => Promise<void>;
  /** Lets the visibility timeout pass, and the worker carry out what can be received then. */
  readonly retry: () => Promise<void>;
  readonly passSeconds: (seconds: number) => void;
  /** Loses the answers of the worker until it is called with `false`, as if the worker ended after its work. */
  readonly loseAnswers: (isOn: boolean) => void;
  readonly close: () => Promise<void>;
}

const lost: InvocationResult = { ok: false, errorType: 'Sandbox.Timedout', errorMessage: 'timed out' };

export async function openQueueScene(options: StageOptions = {}): Promise<QueueScene> {
  let nowMs = Date.now();
  const clock = () => nowMs;
  const visibilityTimeoutMs = VISIBILITY_TIMEOUT_SECONDS * 1_000;
  const deadLetters = createFifoQueue({ nowMs: clock, visibilityTimeoutMs, redrive: null });
  const redrive = { maxReceiveCount: MAX_RECEIVE_COUNT, deadLetters };
  const queue = createFifoQueue({ nowMs: clock, visibilityTimeoutMs, redrive });
  let env: Readonly<Record<string, string>> = {};
  const sqs = await openWire(sqsListener({ queue, deadLetters, onMessage: () => undefined }), {
    permits: (call) => awsCallsIn('sqs', call, env).every(isPermitted),
  });
  const scene = await openScene({
    ...options,
    env: {
      AWS_ENDPOINT_URL_SQS: sqs.url,
      STRIPE_EVENT_QUEUE_URL: queueUrlAt(sqs.url),
      STRIPE_EVENT_QUEUE_ARN: QUEUE_ARN,
      ...options.env,
    },
  });
  const { stage } = scene;
  env = stage.env;
  const batches: Batch[] = [];
  let losesAnswers = false;
  const source: EventSource = openEventSource({
    queue,
    queueArn: QUEUE_ARN,
    batchSize: BATCH_SIZE,
    maxConcurrency: 2,
    nowMs: clock,
    invoke: async (event) => {
      batches.push(event as Batch);
      const answer = await stage.invoke('stripe-webhook', event).then(
        (payload): InvocationResult => ({ ok: true, payload }),
        () => lost,
      );
      return losesAnswers ? lost : answer;
    },
  });
  const work = async () => {
    source.wake();
    await source.settled();
  };
  return {
    ...scene,
    queue,
    deadLetters,
    sqs,
    batches,
    send: (event) => stage.call('stripe-webhook-intake', delivered(event)),
    work,
    retry: async () => {
      nowMs += visibilityTimeoutMs;
      await work();
    },
    passSeconds: (seconds) => {
      nowMs += seconds * 1_000;
    },
    loseAnswers: (isOn) => {
      losesAnswers = isOn;
    },
    close: async () => {
      await source.close();
      await stage.close();
      await sqs.close();
    },
  };
}
