/** What the page knows of the user's entitlements. Independent of React, so that it outlives renders and is not read twice. */
import { AccountError, type Client, type Entitlements } from '../core/index.ts';

/** Immutable: a change is another object. */
export interface EntitlementsState {
  /**
   * `loading`: nothing is known yet. `ready`: there is an answer. `signed_out`: there is no user. `error`: the first read
   * failed; a later failure keeps the answer, and sets `error` beside it.
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

export interface EntitlementsStore {
  getState(): EntitlementsState;
  subscribe(listener: () => void): () => void;
  /** Takes an answer that a server has read for this page, unless there is a newer one. */
  seed(entitlements: Entitlements): void;
  /** Reads again. Without `fresh`, an answer of the last seconds counts. */
  refresh(options?: { readonly fresh?: boolean }): Promise<void>;
  /** Reads once after a sync with the payers. */
  sync(): Promise<void>;
  /** Reads when the page comes to the front, but not more often than every half minute, and not beside another read. */
  focused(): void;
  /** Another user, or none: what is known of the former one is gone at once. */
  changeUser(user: string | null): void;
  /** Syncs once for each Checkout session, then waits for the payment for a limited time. */
  returnFromCheckout(sessionId: string): Promise<void>;
}

const FOCUS_MS = 30_000;
/** About half a minute. Then the webhook is late, and the next focus reads again. */
const CONFIRMATION_WAITS_MS = [1_000, 2_000, 4_000, 8_000, 15_000];

const unknown = { entitlements: undefined, error: undefined, isConfirming: false } as const;
export const loading: EntitlementsState = { ...unknown, status: 'loading' };
const signedOut: EntitlementsState = { ...unknown, status: 'signed_out' };

export const readyWith = (entitlements: Entitlements): EntitlementsState => ({
  ...unknown,
  status: 'ready',
  entitlements,
});

export type StoreClient = Pick<Client, 'user' | 'entitlements' | 'clear'>;

export function createEntitlementsStore(client: StoreClient, timing: Timing): EntitlementsStore {
  const listeners = new Set<() => void>();
  const confirmed = new Set<string>();
  let state = loading;
  /** The user whose answer the state holds. */
  let known: string | undefined;
  /** Counts changes of the user. What was asked before belongs to the former one. */
  let generation = 0;
  /** Counts the reads. An answer that is older than the one that is shown is dropped. */
  let asked = 0;
  let shown = 0;
  let readMs = Number.NEGATIVE_INFINITY;
  let running = 0;
  /** False once the app has said that no one is signed in. */
  let isUser = true;

  function set(next: EntitlementsState): void {
    state = next;
    for (const listener of listeners) listener();
  }

  function forget(next: EntitlementsState): void {
    generation += 1;
    known = undefined;
    readMs = Number.NEGATIVE_INFINITY;
    set(next);
  }

  async function read(ask: () => Promise<Entitlements>): Promise<void> {
    if (!isUser) return;
    const began = generation;
    asked += 1;
    running += 1;
    const mine = asked;
    const isOutdated = () => began !== generation || mine < shown;
    try {
      const user = await client.user();
      if (isOutdated()) return;
      if (user === undefined) return forget(signedOut);
      // A seeded answer is that of the user who opened the page.
      if (known !== undefined && known !== user) {
        forget(loading);
        return await read(ask);
      }
      known = user;
      const entitlements = await ask();
      if (isOutdated()) return;
      shown = mine;
      readMs = timing.nowMs();
      set({ ...readyWith(entitlements), isConfirming: state.isConfirming && !entitlements.access_granted });
    } catch (cause) {
      if (isOutdated()) return;
      const error = errorOf(cause);
      if (error.code === 'signed_out') return forget(signedOut);
      const isKnown = state.entitlements !== undefined;
      set({ ...state, status: isKnown ? 'ready' : 'error', error });
    } finally {
      running -= 1;
    }
  }

  const refresh: EntitlementsStore['refresh'] = ({ fresh = false } = {}) =>
    read(() => client.entitlements.get({ fresh }));
  const sync = () => read(() => client.entitlements.sync());

  async function confirm(began: number): Promise<void> {
    await sync();
    for (const ms of CONFIRMATION_WAITS_MS) {
      if (began !== generation || !state.isConfirming || state.status === 'signed_out') return;
      await new Promise<void>((resolve) => {
        timing.after(ms, resolve);
      });
      if (began !== generation || !state.isConfirming) return;
      await refresh({ fresh: true });
    }
    if (began === generation) set({ ...state, isConfirming: false });
  }

  return {
    getState: () => state,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    seed: (entitlements) => {
      if (state === loading) state = readyWith(entitlements);
    },
    refresh,
    sync,
    focused: () => {
      if (running === 0 && timing.nowMs() - readMs >= FOCUS_MS) void refresh();
    },
    changeUser: (user) => {
      client.clear();
      isUser = user !== null;
      forget(user === null ? signedOut : loading);
      void refresh();
    },
    returnFromCheckout: async (sessionId) => {
      if (confirmed.has(sessionId)) return;
      confirmed.add(sessionId);
      set({ ...state, isConfirming: true });
      await confirm(generation);
    },
  };
}

function errorOf(cause: unknown): AccountError {
  if (cause instanceof AccountError) return cause;
  return new AccountError({ code: 'network_error', message: 'The entitlements could not be read.', cause });
}

const systemTiming: Timing = {
  nowMs: () => Date.now(),
  after: (ms, action) => void setTimeout(action, ms),
};

const stores = new WeakMap<StoreClient, EntitlementsStore>();

/** Returns the one store of a client: two providers, or a provider that mounts twice, read once. */
export function storeOf(client: StoreClient): EntitlementsStore {
  const store = stores.get(client) ?? createEntitlementsStore(client, systemTiming);
  stores.set(client, store);
  return store;
}
