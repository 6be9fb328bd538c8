/**
 * A FIFO queue as SQS has it, in the parts on which this product depends. AWS's developer guide says each of them:
 *
 * - Messages of a group are received in the order in which they were sent. While one of them is in flight, the queue offers no
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
  return new MemoryQueue(options);
}

interface Accepted {
  readonly key: string;
  readonly atMs: number;
  readonly message: StoredMessage;
}

class MemoryQueue implements FifoQueue {
  readonly #options: FifoQueueOptions;
  #entries: readonly Entry[] = [];
  #accepted: readonly Accepted[] = [];
  #sequence = 0;

  constructor(options: FifoQueueOptions) {
    this.#options = options;
  }

  get messages(): readonly StoredMessage[] {
    return this.#entries.map(({ message }) => message);
  }

  send(sent: SentMessage): StoredMessage {
    const atMs = this.#options.nowMs();
    this.#accepted = this.#accepted.filter((one) => one.atMs > atMs - DEDUPLICATION_MS);
    const key = JSON.stringify([sent.groupId, sent.deduplicationId]);
    const duplicate = this.#accepted.find((one) => one.key === key);
    if (duplicate !== undefined) return duplicate.message;
    const own = { messageId: randomUUID(), sequenceNumber: this.#next(), sentAtMs: atMs, receiveCount: 0 };
    const message = { ...sent, ...own };
    this.#accepted = [...this.#accepted, { key, atMs, message }];
    this.#add(message);
    return message;
  }

  receive(maxMessages: number): readonly ReceivedMessage[] {
    const open = this.#receivable();
    const groups = [...new Set(open.map(({ message }) => message.groupId))];
    const ordered = groups.flatMap((group) => open.filter(({ message }) => message.groupId === group));
    return ordered.slice(0, maxMessages).map((entry) => this.#hide(entry));
  }

  delete(receiptHandle: string): boolean {
    const found = this.#entries.find(
      (entry) => this.#isInFlight(entry) && entry.flight?.receiptHandle === receiptHandle,
    );
    this.#keep(this.#entries.filter((entry) => entry !== found));
    return found !== undefined;
  }

  takeOver(message: StoredMessage): void {
    this.#add({ ...message, sequenceNumber: this.#next(), receiveCount: 0 });
  }

  moveAll(target: FifoQueue): void {
    for (const message of this.messages) target.takeOver(message);
    this.#keep([]);
  }

  nextVisibleAtMs(): number | null {
    const ends = this.#entries
      .filter((one) => this.#isInFlight(one))
      .map(({ flight }) => flight?.untilMs ?? 0);
    return ends.length === 0 ? null : Math.min(...ends);
  }

  clear(): void {
    this.#accepted = [];
    this.#keep([]);
  }

  /** Moves what was received too often. Returns the entries that may be received now. */
  #receivable(): readonly Entry[] {
    const { redrive } = this.#options;
    const flying = this.#entries.filter((entry) => this.#isInFlight(entry));
    const locked = new Set(flying.map(({ message }) => message.groupId));
    const open = this.#entries.filter(({ message }) => !locked.has(message.groupId));
    const most = redrive?.maxReceiveCount ?? Number.POSITIVE_INFINITY;
    const spent = open.filter(({ message }) => message.receiveCount >= most);
    if (spent.length === 0) return open;
    for (const { message } of spent) redrive?.deadLetters.takeOver(message);
    this.#keep(this.#entries.filter((entry) => !spent.includes(entry)));
    return open.filter((entry) => !spent.includes(entry));
  }

  #hide(entry: Entry): ReceivedMessage {
    const nowMs = this.#options.nowMs();
    const receiptHandle = randomUUID();
    entry.message = { ...entry.message, receiveCount: entry.message.receiveCount + 1 };
    entry.flight = { receiptHandle, untilMs: nowMs + this.#options.visibilityTimeoutMs };
    entry.firstReceivedAtMs ??= nowMs;
    return { ...entry.message, receiptHandle, firstReceivedAtMs: entry.firstReceivedAtMs };
  }

  #isInFlight({ flight }: Entry): boolean {
    return flight !== null && flight.untilMs > this.#options.nowMs();
  }

  #add(message: StoredMessage): void {
    this.#keep([...this.#entries, { message, firstReceivedAtMs: null, flight: null }]);
  }

  #keep(entries: readonly Entry[]): void {
    this.#entries = entries;
    this.#options.onChange?.();
  }

  #next(): string {
    this.#sequence += 1;
    return String(this.#sequence).padStart(SEQUENCE_DIGITS, '0');
  }
}

export function md5Of(body: string): string {
  return createHash('md5').update(body).digest('hex');
}
