/** Runs the attempts of deliveries, a few at a time. */

const MAX_CONCURRENT = 8;

export class SendQueue {
  readonly #attempt: (id: string) => Promise<void>;
  readonly #queue = new Set<string>();
  /** Sent after all others, one at a time, the newest first. */
  readonly #last: string[] = [];
  readonly #running = new Map<string, () => void>();
  /** Those in flight that are sent once more when they are done. */
  readonly #again = new Set<string>();
  #pumping = false;
  /** Called when an attempt is done. */
  onChange: () => void = () => undefined;

  constructor(attempt: (id: string) => Promise<void>) {
    this.#attempt = attempt;
  }

  get isIdle(): boolean {
    return this.#queue.size + this.#last.length + this.#running.size === 0;
  }

  has(id: string): boolean {
    return this.#queue.has(id) || this.#running.has(id) || this.#last.includes(id);
  }

  add(id: string): void {
    this.#queue.add(id);
    this.#pumpSoon();
  }

  addLast(id: string): void {
    this.#last.push(id);
    this.#pumpSoon();
  }

  addAfterwards(id: string): void {
    this.#again.add(id);
  }

  setAbort(id: string, abort: () => void): void {
    if (this.#running.has(id)) this.#running.set(id, abort);
    else abort();
  }

  reset(): void {
    this.#queue.clear();
    this.#last.length = 0;
    this.#again.clear();
    for (const abort of this.#running.values()) abort();
    this.#running.clear();
  }

  /** Sends after the current operation, so that the receiver sees all changes of one request. */
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
      if (this.#running.size >= MAX_CONCURRENT) return;
      this.#queue.delete(id);
      this.#start(id);
    }
    // One at a time, because concurrent ones would arrive in any order.
    const last = this.#running.size === 0 ? this.#last.pop() : undefined;
    if (last !== undefined) this.#start(last);
    this.onChange();
  }

  #start(id: string): void {
    const placeholder = (): void => undefined;
    this.#running.set(id, placeholder);
    void this.#attempt(id).finally(() => {
      // After a reset, the queue no longer knows the attempt.
      if (this.#running.delete(id) && this.#again.delete(id)) this.#queue.add(id);
      this.#pumpSoon();
    });
  }
}
