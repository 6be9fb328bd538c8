/** Delivers events to the webhook endpoints and event destinations: at least once, concurrently and with a limited number of retries. */
import type { Chaos } from '../chaos/chaos.ts';
import { deliveryId } from '../model/delivery-id.ts';
import type { Delivery, DeliveryAttempt, EventRecord } from '../model/event.ts';
import type { SimulatorObserver } from '../options.ts';
import { thinTypesOf } from '../render/render-thin-event.ts';
import type { PostOutcome } from './post.ts';
import { type Receiver, receiverOf, receivers, typesFor } from './receivers.ts';
import { type SendingSettings, sendTo } from './sending.ts';

const MAX_CONCURRENT = 8;
const MAX_ATTEMPTS_KEPT = 20;
const droppedOutcome: PostOutcome = { error: 'Dropped by the injected fault `drop`.' };

export interface DeliverySettings extends SendingSettings {
  readonly retryDelaysMs: readonly number[];
  readonly chaos: Chaos;
  readonly watch: SimulatorObserver['delivery'] | undefined;
  /** Resolves once every change is stored: an endpoint must not learn of what can still be lost. */
  readonly stored: () => Promise<void>;
}

interface OutgoingEvent {
  readonly event: EventRecord;
  readonly receiver: Receiver;
  readonly headers: Readonly<Record<string, string>> | undefined;
}

export class Deliveries {
  readonly #settings: DeliverySettings;
  readonly #queue = new Set<string>();
  /** Deliveries held back by the fault `reorder`. They are sent after the others, newest first. */
  readonly #reordered: string[] = [];
  /** Deliveries that the fault `duplicate` sends a second time. */
  readonly #duplicates = new Set<string>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #running = new Map<string, () => void>();
  /** The number of attempts since the delivery was last sent. The stored log may contain earlier attempts. */
  readonly #attempts = new Map<string, number>();
  readonly #idle = new Set<() => void>();
  readonly #answered = new Map<string, Set<() => void>>();
  #closed = false;
  #pumping = false;

  constructor(settings: DeliverySettings) {
    this.#settings = settings;
  }

  publish(event: EventRecord): void {
    for (const receiver of receivers(this.#settings.store)) {
      if (!receiver.isEnabled) continue;
      for (const type of typesFor(receiver, event)) this.send(event, receiver.id, type);
    }
  }

  /** Sends an event to an endpoint, even when it was delivered or has failed before. */
  send(event: EventRecord, endpointId: string, wanted?: string): void {
    const { store } = this.#settings;
    const receiver = receiverOf(store, endpointId);
    if (receiver === undefined || this.#closed) return;
    const [first = event.type] = receiver.payload === 'thin' ? thinTypesOf(event) : [];
    const type = wanted ?? first;
    const whole = deliveryId(event.id, endpointId);
    const id = type === first ? whole : `${whole}/${type}`;
    const attempts = store.deliveries.get(id)?.attempts ?? [];
    store.deliveries.put({
      id,
      event: event.id,
      type,
      endpoint: endpointId,
      url: receiver.url,
      state: 'pending',
      attempts,
    });
    this.#attempts.delete(id);
    this.#schedule(id, type);
  }

  /** Sends the event of a delivery again. Returns false if there is none. */
  again(id: string): boolean {
    const { store } = this.#settings;
    const row = store.deliveries.get(id);
    const event = row === undefined ? undefined : store.events.get(row.event);
    const isThere = row !== undefined && receiverOf(store, row.endpoint) !== undefined;
    if (!isThere || event === undefined) return false;
    this.send(event, row.endpoint, row.type);
    return true;
  }

  #schedule(id: string, type: string): void {
    const { chaos } = this.#settings;
    if (chaos.forDelivery('duplicate', type) !== undefined) this.#duplicates.add(id);
    const delay = chaos.forDelivery('delay', type);
    if (delay !== undefined) {
      this.#wait(id, delay.ms);
    } else if (chaos.forDelivery('reorder', type) === undefined) {
      this.#enqueue(id);
    } else {
      this.#reordered.push(id);
      this.#pumpSoon();
    }
  }

  /** Continues the deliveries that were pending when the state was saved. */
  resume(): void {
    for (const row of this.#settings.store.deliveries.oldestFirst()) {
      if (row.state === 'pending') this.#enqueue(row.id);
    }
  }

  /** Attempts all waiting retries now and returns their number. */
  flush(): number {
    const waitingIds = [...this.#timers.keys()];
    for (const id of waitingIds) this.#enqueue(id);
    return waitingIds.length;
  }

  /** Resolves when no delivery is queued, in flight or waiting for a retry. */
  settled(): Promise<void> {
    if (this.#isIdle()) return Promise.resolve();
    return new Promise((resolve) => this.#idle.add(resolve));
  }

  /** Resolves once every endpoint has responded to the first attempt for the event, or after `maxMs`. */
  answered(eventId: string, maxMs: number): Promise<void> {
    if (!this.#isUnattempted(eventId)) return Promise.resolve();
    return new Promise((resolve) => {
      const answered = this.#answered;
      const waiting = answered.get(eventId) ?? new Set();
      answered.set(eventId, waiting);
      const timer = setTimeout(done, maxMs);
      timer.unref();
      function done(): void {
        clearTimeout(timer);
        waiting.delete(done);
        if (waiting.size === 0) answered.delete(eventId);
        resolve();
      }
      waiting.add(done);
    });
  }

  /** Drops all queued deliveries and aborts those in flight. */
  reset(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    this.#queue.clear();
    this.#reordered.length = 0;
    this.#duplicates.clear();
    this.#attempts.clear();
    for (const abort of this.#running.values()) abort();
    for (const waiting of this.#answered.values()) for (const done of waiting) done();
    this.#answered.clear();
    this.#resolveIfIdle();
  }

  close(): void {
    this.#closed = true;
    this.reset();
  }

  #enqueue(id: string): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    this.#queue.add(id);
    this.#pumpSoon();
  }

  /** Sends after the current operation, so that an endpoint sees all changes of one request. */
  #pumpSoon(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    setImmediate(() => {
      this.#pumping = false;
      this.#pump();
    });
  }

  #pump(): void {
    for (const id of this.#queue) {
      if (this.#running.size >= MAX_CONCURRENT) break;
      if (this.#running.has(id)) continue;
      this.#queue.delete(id);
      this.#running.set(id, () => undefined);
      void this.#attempt(id);
    }
    while (this.#queue.size === 0 && this.#running.size < MAX_CONCURRENT) {
      const id = this.#reordered.pop();
      if (id === undefined) break;
      this.#running.set(id, () => undefined);
      void this.#attempt(id);
    }
    this.#resolveIfIdle();
  }

  async #attempt(id: string): Promise<void> {
    const { store } = this.#settings;
    const row = store.deliveries.get(id);
    const event = row && store.events.get(row.event);
    const receiver = row && receiverOf(store, row.endpoint);
    if (row !== undefined && event !== undefined && receiver?.isEnabled === true) {
      const dropped = this.#settings.chaos.forDelivery('drop', row.type) !== undefined;
      const watched = this.#settings.watch?.(row);
      const outcome = dropped
        ? droppedOutcome
        : await this.#send(row, { event, receiver, headers: watched?.headers });
      watched?.done({ status: null, error: null, ...outcome });
      this.#record(id, outcome);
    } else if (row !== undefined) {
      store.deliveries.put({ ...row, state: 'failed' });
    }
    this.#running.delete(id);
    this.#pumpSoon();
  }

  async #send(row: Delivery, outgoing: OutgoingEvent): Promise<PostOutcome> {
    try {
      await this.#settings.stored();
    } catch (error) {
      return { error: error instanceof Error ? error.message : String(error) };
    }
    const isGone = this.#closed || this.#settings.store.deliveries.get(row.id) === undefined;
    if (isGone) return { error: 'The simulator was reset or closed.' };
    return this.#post(row, outgoing);
  }

  #post(row: Delivery, { event, receiver, headers }: OutgoingEvent): Promise<PostOutcome> {
    const oldSignature = this.#settings.chaos.forDelivery('old_signature', row.type);
    const ageSeconds = Math.round((oldSignature?.ms ?? 0) / 1000);
    const started = (abort: () => void) => this.#running.set(row.id, abort);
    return sendTo(receiver, { row, event, headers, ageSeconds, started }, this.#settings);
  }

  #record(id: string, outcome: PostOutcome): void {
    const { store, seconds } = this.#settings;
    const row = store.deliveries.get(id);
    if (row === undefined || this.#closed) return;
    const status = 'status' in outcome ? outcome.status : null;
    const attempt: DeliveryAttempt = {
      at: seconds(),
      status,
      error: 'error' in outcome ? outcome.error : null,
    };
    const attempts = [...row.attempts, attempt].slice(-MAX_ATTEMPTS_KEPT);
    const succeeded = status !== null && status >= 200 && status < 300;
    const attemptCount = (this.#attempts.get(id) ?? 0) + 1;
    const delayMs = succeeded ? undefined : this.#settings.retryDelaysMs[attemptCount - 1];
    if (delayMs === undefined) this.#attempts.delete(id);
    else this.#retryLater({ id, delayMs, attemptCount });
    const unsuccessful = delayMs === undefined ? 'failed' : 'pending';
    store.deliveries.put({ ...row, attempts, state: succeeded ? 'succeeded' : unsuccessful });
    if (succeeded && this.#duplicates.delete(id)) this.#enqueue(id);
    if (!this.#isUnattempted(row.event)) for (const done of this.#answered.get(row.event) ?? []) done();
  }

  #isUnattempted(eventId: string): boolean {
    const rows = this.#settings.store.deliveries.where('event', eventId);
    return rows.some((row) => row?.state === 'pending' && row.attempts.length === 0);
  }

  #retryLater({ id, delayMs, attemptCount }: { id: string; delayMs: number; attemptCount: number }): void {
    this.#attempts.set(id, attemptCount);
    this.#wait(id, delayMs);
  }

  #wait(id: string, delayMs: number): void {
    const timer = setTimeout(() => this.#enqueue(id), delayMs);
    timer.unref();
    this.#timers.set(id, timer);
  }

  #isIdle(): boolean {
    const queued = this.#queue.size + this.#reordered.length;
    return queued === 0 && this.#running.size === 0 && this.#timers.size === 0;
  }

  #resolveIfIdle(): void {
    if (!this.#isIdle()) return;
    for (const resolve of this.#idle) resolve();
    this.#idle.clear();
  }
}
