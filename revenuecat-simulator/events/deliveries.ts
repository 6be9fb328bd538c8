/** Delivers events to the webhook: at least once, concurrently and with a limited number of retries. */
import type { Faults } from '../faults/faults.ts';
import type { Delivery, EventRecord } from '../model/event.ts';
import type { SimulatorObserver } from '../options.ts';
import type { Store } from '../store/store.ts';
import { type PostOutcome, post } from './post.ts';
import { SendQueue } from './send-queue.ts';

const MAX_ATTEMPTS_KEPT = 20;
const SUCCESS = 200;
const droppedOutcome: PostOutcome = { error: 'Dropped by the injected fault `drop`.' };

export interface DeliverySettings {
  readonly store: Store;
  readonly nowMs: () => number;
  /** By the simulator's clock. */
  readonly retryDelaysMs: readonly number[];
  readonly timeoutMs: number;
  readonly faults: Faults;
  readonly watch: SimulatorObserver['delivery'] | undefined;
  /** Resolves once every change is stored: a webhook must not learn of what can still be lost. */
  readonly stored: () => Promise<void>;
}

interface OutgoingEvent {
  readonly event: EventRecord;
  readonly headers: Readonly<Record<string, string>> | undefined;
}

export class Deliveries {
  readonly #settings: DeliverySettings;
  readonly #queue = new SendQueue((id) => this.#attempt(id));
  /** Deliveries that the fault `duplicate` sends a second time. */
  readonly #duplicates = new Set<string>();
  readonly #idle = new Set<{ readonly withinMs: number; readonly resolve: () => void }>();
  #closed = false;

  constructor(settings: DeliverySettings) {
    this.#settings = settings;
    this.#queue.onChange = () => this.#resolveIdle();
  }

  /** Sends an event for the first time. `dueAt` is when it happened. */
  publish({ id, body }: EventRecord, dueAt: number): void {
    const { store, faults } = this.#settings;
    if (this.#closed || store.webhooks.size === 0) return;
    const { type } = body;
    const row: Delivery = { id, type, state: 'pending', due_at: dueAt, attempt_count: 0, attempts: [] };
    if (faults.forDelivery('lose', type) !== undefined) {
      store.deliveries.put({ ...row, state: 'lost' });
      return;
    }
    if (faults.forDelivery('duplicate', type) !== undefined) this.#duplicates.add(id);
    const delayed = dueAt + (faults.forDelivery('delay', type)?.ms ?? 0);
    store.deliveries.put({ ...row, due_at: delayed });
    if (faults.forDelivery('reorder', type) !== undefined) this.#queue.addLast(id);
    else this.runDue();
  }

  /** Returns when the next attempt is due that waits for the clock, if any. */
  nextAt(): number | undefined {
    const times = this.#waiting().map(({ due_at }) => due_at);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** Starts all attempts that are due. Returns their number. */
  runDue(): number {
    const now = this.#settings.nowMs();
    return this.#send(this.#waiting().filter(({ due_at }) => due_at <= now));
  }

  /** Sends the event of a delivery again. Returns false if there is none. */
  again(id: string): boolean {
    const { store, nowMs } = this.#settings;
    const row = store.deliveries.get(id);
    if (row === undefined || this.#closed) return false;
    if (this.#queue.has(id)) return true;
    store.deliveries.put({ ...row, state: 'pending', due_at: nowMs(), attempt_count: 0 });
    this.#queue.add(id);
    return true;
  }

  /** Starts all waiting attempts now and returns their number. */
  flush(): number {
    return this.#send(this.#waiting());
  }

  /**
   * Resolves when no delivery is queued or in flight, and no attempt is due within `withinMs` of the simulator's clock.
   */
  settled(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.#idle.add({ withinMs, resolve });
      this.#resolveIdle();
    });
  }

  /** Forgets all deliveries and aborts those in flight. */
  reset(): void {
    this.#duplicates.clear();
    this.#queue.reset();
    this.#resolveIdle();
  }

  close(): void {
    this.#closed = true;
    this.reset();
    for (const { resolve } of this.#idle) resolve();
    this.#idle.clear();
  }

  /** Returns the pending deliveries that are neither queued nor in flight, the earliest first. */
  #waiting(): readonly Delivery[] {
    if (this.#closed || this.#settings.store.webhooks.size === 0) return [];
    return this.#settings.store.deliveries
      .oldestFirst()
      .filter(({ id, state }) => state === 'pending' && !this.#queue.has(id))
      .sort((one, other) => one.due_at - other.due_at);
  }

  #send(rows: readonly Delivery[]): number {
    for (const { id } of rows) this.#queue.add(id);
    return rows.length;
  }

  async #attempt(id: string): Promise<void> {
    const { store, faults } = this.#settings;
    const row = store.deliveries.get(id);
    const event = store.events.get(id);
    if (row === undefined || event === undefined) return;
    const watched = this.#settings.watch?.({ id, event: id, type: row.type });
    const dropped = faults.forDelivery('drop', row.type) !== undefined;
    const outcome = dropped ? droppedOutcome : await this.#postStored({ event, headers: watched?.headers });
    watched?.done({ status: null, error: null, ...outcome });
    const lost = faults.forDelivery('lose_response', row.type) !== undefined;
    this.#record(id, lost ? { error: 'Response lost by the injected fault `lose_response`.' } : outcome);
  }

  async #postStored(outgoing: OutgoingEvent): Promise<PostOutcome> {
    try {
      await this.#settings.stored();
    } catch (error) {
      return { error: error instanceof Error ? error.message : String(error) };
    }
    const isGone = this.#closed || this.#settings.store.deliveries.get(outgoing.event.id) === undefined;
    return isGone ? { error: 'The simulator was reset or closed.' } : this.#post(outgoing);
  }

  async #post({ event: { id, body }, headers }: OutgoingEvent): Promise<PostOutcome> {
    const webhook = this.#settings.store.webhooks.get('webhook');
    if (webhook === undefined) return { error: 'No webhook is registered.' };
    return post({
      url: webhook.url,
      body: JSON.stringify({ api_version: '1.0', event: body }),
      timeoutMs: this.#settings.timeoutMs,
      headers: {
        ...headers,
        Accept: '*/*',
        Authorization: webhook.authorization,
        'Content-Type': 'application/json',
        'User-Agent': 'RevenueCat',
      },
      started: (abort) => this.#queue.setAbort(id, abort),
    });
  }

  #record(id: string, outcome: PostOutcome): void {
    const { store, nowMs, retryDelaysMs } = this.#settings;
    const row = store.deliveries.get(id);
    if (row === undefined || this.#closed) return;
    const status = 'status' in outcome ? outcome.status : null;
    const attempt = { at: nowMs(), status, error: 'error' in outcome ? outcome.error : null };
    const attempts = [...row.attempts, attempt].slice(-MAX_ATTEMPTS_KEPT);
    const delayMs = retryDelaysMs[row.attempt_count];
    if (status === SUCCESS && this.#duplicates.delete(id)) {
      store.deliveries.put({ ...row, attempts });
      this.#queue.addAfterwards(id);
    } else if (status === SUCCESS) {
      store.deliveries.put({ ...row, attempts, state: 'succeeded' });
    } else if (delayMs === undefined) {
      store.deliveries.put({ ...row, attempts, state: 'failed' });
    } else {
      // A retry is due after the time of the attempt, so that one long advance runs all retries that fell due in it.
      const dueAt = row.due_at + delayMs;
      store.deliveries.put({ ...row, attempts, attempt_count: row.attempt_count + 1, due_at: dueAt });
      if (dueAt <= nowMs()) this.#queue.addAfterwards(id);
    }
  }

  #resolveIdle(): void {
    if (!this.#queue.isIdle) return;
    const next = this.nextAt();
    const now = this.#settings.nowMs();
    for (const waiter of this.#idle) {
      if (next !== undefined && next <= now + waiter.withinMs) continue;
      this.#idle.delete(waiter);
      waiter.resolve();
    }
  }
}
