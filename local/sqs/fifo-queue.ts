/**
 * A FIFO queue as SQS has it, in the parts on which this product depends. AWS's developer guide says each of them:
 *
 * - Messages of a group are received in the order in which they were sent. While one of them is in flight, the queue gives out no
 *   other of its group. A batch holds as many messages of one group as there are, then those of other groups.
 * - A received message is in flight until it is deleted or its visibility timeout ends. Then it is received again, before all
 *   others of its group. A receipt that has expired deletes nothing.
 * - A second message with the same deduplication id within five minutes is accepted and delivered to no one, also if the first one
 *   is deleted by then. The scope is the group (high throughput).
 * - A message that was received as often as the queue allows moves to the dead-letter queue at the next attempt to receive it. Its
 *   group goes on.
 *
 * The queue keeps messages without a limit of time, and how many there are.
 */
import { createHash, randomUUID } from 'node:crypto';

export interface SentMessage {
  readonly body: string;
  readonly groupId: string;
  readonly deduplicationId: string;
}

export interface StoredMessage extends SentMessage {
  readonly messageId: string;
  readonly sequenceNumber: string;
  readonly sentAtMs: number;
  readonly receiveCount: number;
}

export interface ReceivedMessage extends StoredMessage {
  readonly receiptHandle: string;
  readonly firstReceivedAtMs: number;
}

export interface FifoQueueOptions {
  readonly nowMs: () => number;
  readonly visibilityTimeoutMs: number;
  /** Where messages go that were received so often. Null: nowhere. */
  readonly redrive: { readonly maxReceiveCount: number; readonly deadLetters: FifoQueue } | null;
  /** Called before a change of the messages is confirmed. */
  readonly onChange?: () => void;
}

export interface FifoQueue {
  send(message: SentMessage): StoredMessage;
  receive(maxMessages: number): readonly ReceivedMessage[];
  /** Returns whether the receipt was valid. */
  delete(receiptHandle: string): boolean;
  /** Takes a message over from another queue, with its ids. */
  takeOver(message: StoredMessage): void;
  /** Moves all messages to another queue, where they count as never received. */
  moveAll(target: FifoQueue): void;
  /** What is in the queue, in flight or not, in the order in which it was sent. */
  readonly messages: readonly StoredMessage[];
  /** When the next message in flight becomes visible again. Null: none is in flight. */
  nextVisibleAtMs(): number | null;
  clear(): void;
}

interface Entry {
  message: StoredMessage;
  firstReceivedAtMs: number | null;
  /** Null: the message is not in flight, or its visibility timeout has ended. */
  flight: { readonly receiptHandle: string; readonly untilMs: number } | null;
}

const DEDUPLICATION_MS = 5 * 60_000;
const SEQUENCE_DIGITS = 20;

export function createFifoQueue(options: FifoQueueOptions): FifoQueue {
  const { nowMs, visibilityTimeoutMs, redrive, onChange = () => undefined } = options;
  let entries: Entry[] = [];
  let accepted: { readonly key: string; readonly atMs: number; readonly message: StoredMessage }[] = [];
  let sequence = 0;

  const isInFlight = ({ flight }: Entry): boolean => flight !== null && flight.untilMs > nowMs();
  const nextSequence = () => String((sequence += 1)).padStart(SEQUENCE_DIGITS, '0');
  const add = (message: StoredMessage) => {
    entries.push({ message, firstReceivedAtMs: null, flight: null });
    onChange();
  };

  /** Moves what was received too often. Returns the entries that may be received now. */
  function receivable(): readonly Entry[] {
    const locked = new Set(entries.filter(isInFlight).map(({ message }) => message.groupId));
    const open = entries.filter(({ message }) => !locked.has(message.groupId));
    const spent = open.filter(
      ({ message }) => message.receiveCount >= (redrive?.maxReceiveCount ?? Infinity),
    );
    for (const { message } of spent) redrive?.deadLetters.takeOver(message);
    entries = entries.filter((entry) => !spent.includes(entry));
    if (spent.length > 0) onChange();
    return open.filter((entry) => !spent.includes(entry));
  }

  function receive(maxMessages: number): readonly ReceivedMessage[] {
    const open = receivable();
    const groups = [...new Set(open.map(({ message }) => message.groupId))];
    const ordered = groups.flatMap((group) => open.filter(({ message }) => message.groupId === group));
    return ordered.slice(0, maxMessages).map((entry) => {
      const flight = { receiptHandle: randomUUID(), untilMs: nowMs() + visibilityTimeoutMs };
      const { receiptHandle } = flight;
      const firstReceivedAtMs = entry.firstReceivedAtMs ?? nowMs();
      entry.message = { ...entry.message, receiveCount: entry.message.receiveCount + 1 };
      Object.assign(entry, { flight, firstReceivedAtMs });
      return { ...entry.message, receiptHandle, firstReceivedAtMs };
    });
  }

  return {
    send(sent) {
      const atMs = nowMs();
      accepted = accepted.filter((one) => one.atMs > atMs - DEDUPLICATION_MS);
      const key = JSON.stringify([sent.groupId, sent.deduplicationId]);
      const duplicate = accepted.find((one) => one.key === key);
      if (duplicate !== undefined) return duplicate.message;
      const message = {
        ...sent,
        messageId: randomUUID(),
        sequenceNumber: nextSequence(),
        sentAtMs: atMs,
        receiveCount: 0,
      };
      accepted.push({ key, atMs, message });
      add(message);
      return message;
    },
    receive,
    delete(receiptHandle) {
      const found = entries.find(
        (entry) => isInFlight(entry) && entry.flight?.receiptHandle === receiptHandle,
      );
      entries = entries.filter((entry) => entry !== found);
      onChange();
      return found !== undefined;
    },
    takeOver: (message) => add({ ...message, sequenceNumber: nextSequence(), receiveCount: 0 }),
    moveAll(target) {
      for (const { message } of entries) target.takeOver(message);
      entries = [];
      onChange();
    },
    get messages() {
      return entries.map(({ message }) => message);
    },
    nextVisibleAtMs() {
      const ends = entries.filter(isInFlight).map(({ flight }) => flight?.untilMs ?? 0);
      return ends.length === 0 ? null : Math.min(...ends);
    },
    clear() {
      entries = [];
      accepted = [];
      onChange();
    },
  };
}

export function md5Of(body: string): string {
  return createHash('md5').update(body).digest('hex');
}
