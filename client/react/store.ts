/** What the page knows of the user's entitlements. Independent of React, so that it outlives renders and is not read twice. */
import { systemNowMs } from '../core/clock.ts';
import { AccountError, type Client, type Entitlements } from '../core/index.ts';

/** Immutable: a change is another object. */
export interface EntitlementsState {
  /**
   * `loading`: nothing is known yet. `ready`: there is an answer. `signed_out`: there is no user. `error`: the first read
   * failed; a later failure keeps the answer, and sets `error` in addition.
   */
  readonly status: 'loading' | 'ready' | 'signed_out' | 'error';
  readonly entitlements: Entitlements | undefined;
  /** Why the last read failed. */
  readonly error: AccountError | undefined;
  /** Whether the user has returned from Checkout, and the payment is not visible yet. */
  readonly isConfirming: boolean;
}

export interface Timing {
  nowMs(): number;
  after(ms: number, action: () => void): void;
}

const FOCUS_MS = 30_000;
/** About half a minute. Then the webhook is late, and the next focus reads again. */
const confirmationWaitsMs = [1_000, 2_000, 4_000, 8_000, 15_000];

const unknown = { entitlements: undefined, error: undefined, isConfirming: false } as const;
export const loading: EntitlementsState = { ...unknown, status: 'loading' };
export const signedOut: EntitlementsState = { ...unknown, status: 'signed_out' };

export const readyWith = (entitlements: Entitlements): EntitlementsState => ({
  ...unknown,
  status: 'ready',
  entitlements,
});

export type StoreClient = Pick<Client, 'user' | 'entitlements' | 'clear'>;

export class EntitlementsStore {
  readonly #client: StoreClient;
  readonly #timing: Timing;
  readonly #listeners = new Set<() => void>();
  /** The Checkout sessions that were confirmed already. */
  readonly #confirmed = new Set<string>();
  #state = loading;
  /** The user whose answer the state holds. */
  #known: string | undefined;
  /** The signed-in user, as the app says; null: none. Undefined: it has said nothing. */
  #user: string | null | undefined;
  /** Counts what the app has said. A token that was missing before may be there now. */
  #named = 0;
  /** A Checkout session that waits for its user to sign in. */
  #returned: string | undefined;
  /** Counts changes of the user. What was asked before belongs to the former one. */
  #generation = 0;
  /** Counts the reads. An answer that is older than the one that is shown is dropped. */
  #asked = 0;
  #shown = 0;
  #running = 0;
  #readMs = Number.NEGATIVE_INFINITY;

  constructor(client: StoreClient, timing: Timing) {
    this.#client = client;
    this.#timing = timing;
  }

  readonly getState = (): EntitlementsState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  /** Returns the state as far as it is that of the user. */
  stateOf(user: string | null | undefined): EntitlementsState {
    if (user === undefined || this.#user === undefined || user === this.#user) return this.#state;
    return user === null ? signedOut : loading;
  }

  /** Takes an answer that a server has read for this page, unless there is a newer one. */
  seed(entitlements: Entitlements): void {
    if (this.#state === loading) this.#state = readyWith(entitlements);
  }

  /** Reads again. Without `fresh`, an answer of the last seconds counts. */
  readonly refresh = ({ fresh = false }: { readonly fresh?: boolean } = {}): Promise<void> =>
    this.#read(() => this.#client.entitlements.get({ fresh }));

  /** Reads once after a sync with the payers. */
  readonly sync = (): Promise<void> => this.#read(() => this.#client.entitlements.sync());

  /** Reads when the page comes to the front, but not more often than every half minute, and not during another read. */
  focused(): void {
    if (this.#running > 0 || this.#timing.nowMs() - this.#readMs < FOCUS_MS) return;
    void (this.#returned === undefined ? this.refresh() : this.returnFromCheckout(this.#returned));
  }

  /**
   * Takes what the app says of the user: any id, null for none, undefined while it does not know. What is known of another user
   * is gone at once. The next `focused` reads.
   */
  identify(user: string | null | undefined): void {
    const former = this.#user;
    if (user === former) return;
    this.#user = user;
    this.#named += 1;
    // The app has found out who the user is, whose answer is known or on its way.
    if (former === undefined && user !== null) {
      this.#readMs = Number.NEGATIVE_INFINITY;
      return;
    }
    if (former !== null) this.#returned = undefined;
    this.#client.clear();
    this.#forget(user === null ? signedOut : loading);
  }

  /** Syncs once for each Checkout session, then waits for the payment for a limited time. */
  async returnFromCheckout(sessionId: string): Promise<void> {
    if (this.#confirmed.has(sessionId)) return;
    this.#confirmed.add(sessionId);
    this.#returned = undefined;
    const began = this.#generation;
    const isOver = () => began !== this.#generation || !this.#state.isConfirming;
    this.#set({ ...this.#state, isConfirming: true });
    await this.sync();
    if (this.#user === undefined && this.#state.status === 'signed_out') {
      this.#confirmed.delete(sessionId);
      this.#returned = sessionId;
    }
    for (const ms of confirmationWaitsMs) {
      if (isOver()) return;
      await new Promise<void>((resolve) => {
        this.#timing.after(ms, resolve);
      });
      if (isOver()) return;
      await this.refresh({ fresh: true });
    }
    if (!isOver()) this.#set({ ...this.#state, isConfirming: false });
  }

  async #read(ask: () => Promise<Entitlements>): Promise<void> {
    if (this.#user === null) return;
    const began = this.#generation;
    const named = this.#named;
    this.#asked += 1;
    const mine = this.#asked;
    const isOutdated = () => began !== this.#generation || mine < this.#shown;
    this.#running += 1;
    try {
      const user = await this.#client.user();
      if (isOutdated()) return;
      if (user === undefined) {
        return named === this.#named ? this.#forget(signedOut) : await this.#read(ask);
      }
      // A seeded answer is that of the user who opened the page.
      if (this.#known !== undefined && this.#known !== user) {
        this.#forget(loading);
        return await this.#read(ask);
      }
      this.#known = user;
      const entitlements = await ask();
      if (!isOutdated()) this.#show(entitlements, mine);
    } catch (cause) {
      if (!isOutdated()) this.#fail(errorOf(cause));
    } finally {
      if (began === this.#generation) this.#running -= 1;
    }
  }

  #show(entitlements: Entitlements, read: number): void {
    this.#shown = read;
    this.#readMs = this.#timing.nowMs();
    // A user who has bought during a trial has access already, and waits for the plan.
    const isPaid = entitlements.access_granted && entitlements.source !== 'trial';
    const isConfirming = this.#state.isConfirming && !isPaid;
    this.#set({ ...readyWith(entitlements), isConfirming });
  }

  #fail(error: AccountError): void {
    if (error.code === 'signed_out') return this.#forget(signedOut);
    const status = this.#state.entitlements === undefined ? 'error' : 'ready';
    this.#set({ ...this.#state, status, error });
  }

  #forget(next: EntitlementsState): void {
    this.#generation += 1;
    this.#running = 0;
    this.#known = undefined;
    this.#readMs = Number.NEGATIVE_INFINITY;
    this.#set(next);
  }

  #set(next: EntitlementsState): void {
    this.#state = next;
    for (const listener of this.#listeners) listener();
  }
}

function errorOf(cause: unknown): AccountError {
  if (cause instanceof AccountError) return cause;
  return new AccountError({ code: 'network_error', message: 'The entitlements could not be read.', cause });
}

const systemTiming: Timing = {
  nowMs: systemNowMs,
  after: (ms, action) => void setTimeout(action, ms),
};

const stores = new WeakMap<StoreClient, EntitlementsStore>();

/** Returns the one store of a client: two providers, or a provider that mounts twice, read once. */
export function storeOf(client: StoreClient): EntitlementsStore {
  const store = stores.get(client) ?? new EntitlementsStore(client, systemTiming);
  stores.set(client, store);
  return store;
}
