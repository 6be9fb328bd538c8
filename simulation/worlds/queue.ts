/**
 * The queue between the webhook and its worker: FIFO for each customer, at least once. It has the numbers of the deployed one
 * (contract/event-queue.ts).
 */
import { BATCH_SIZE, MAX_RECEIVE_COUNT, VISIBILITY_TIMEOUT_SECONDS } from '../../contract/event-queue.ts';
import type { EventQueue, QueuedMessage } from '../../core/queue/event-queue.ts';
import type { Network } from '../engine/invocation.ts';

export const VISIBILITY_MS = VISIBILITY_TIMEOUT_SECONDS * 1_000;
const DEDUPLICATION_MS = 300_000;

export interface WaitingMessage {
  /** The queue's own id of the message: Stripe may deliver an event again after the queue has forgotten its id. */
  readonly id: string;
  readonly eventId: string;
  readonly groupId: string;
  receiveCount: number;
  /** Until then, it is in flight, and no other message of its group is received. */
  hiddenUntilMs: number;
}

export interface QueueWorld {
  waiting: WaitingMessage[];
  deadLetters: WaitingMessage[];
  accepted: number;
  /** When the queue last took a message of each group and event. */
  readonly acceptedMs: Map<string, number>;
  /** The messages that a worker has carried out. */
  readonly carriedOut: Set<string>;
  /** Called when a message has arrived. */
  wake: () => void;
}

export function createQueueWorld(): QueueWorld {
  return {
    waiting: [],
    deadLetters: [],
    accepted: 0,
    acceptedMs: new Map(),
    carriedOut: new Set(),
    wake: () => undefined,
  };
}

export function eventQueueOf(queue: QueueWorld, network: Network, nowMs: () => number): EventQueue {
  return {
    send: (message) => network.call('sqs', 'send message', () => accept(queue, message, nowMs())),
  };
}

function accept(queue: QueueWorld, message: QueuedMessage, nowMs: number): void {
  const { groupId, deduplicationId: eventId } = message;
  const key = `${groupId} ${eventId}`;
  const before = queue.acceptedMs.get(key);
  if (before !== undefined && nowMs < before + DEDUPLICATION_MS) return;
  queue.acceptedMs.set(key, nowMs);
  queue.accepted += 1;
  const id = `message_${queue.accepted}`;
  queue.waiting.push({ id, eventId, groupId, receiveCount: 0, hiddenUntilMs: 0 });
  queue.wake();
}

/** Returns the next batch, and hides it. What was received too often moves to the dead-letter queue. */
export function receive(queue: QueueWorld, nowMs: number): readonly WaitingMessage[] {
  const isHidden = ({ hiddenUntilMs }: WaitingMessage) => hiddenUntilMs > nowMs;
  const isSpent = ({ receiveCount }: WaitingMessage) => receiveCount >= MAX_RECEIVE_COUNT;
  const spent = queue.waiting.filter((message) => !isHidden(message) && isSpent(message));
  queue.deadLetters.push(...spent);
  queue.waiting = queue.waiting.filter((message) => !spent.includes(message));
  const locked = new Set(queue.waiting.filter(isHidden).map(({ groupId }) => groupId));
  const open = queue.waiting.filter(({ groupId }) => !locked.has(groupId));
  const groups = [...new Set(open.map(({ groupId }) => groupId))];
  const batch = groups
    .flatMap((group) => open.filter(({ groupId }) => groupId === group))
    .slice(0, BATCH_SIZE);
  for (const message of batch) {
    message.receiveCount += 1;
    message.hiddenUntilMs = nowMs + VISIBILITY_MS;
  }
  return batch;
}

/** Puts what failed permanently back into the queue, as an operator does once the cause is gone. */
export function redrive(queue: QueueWorld): void {
  const again = queue.deadLetters.map((message) => ({ ...message, receiveCount: 0, hiddenUntilMs: 0 }));
  queue.deadLetters = [];
  queue.waiting.push(...again);
  queue.wake();
}
