/**
 * The client of the account API.
 *
 *     const client = createClient({ baseUrl: 'https://api.example.com', getToken: () => session.idToken });
 *     const { access_granted } = await client.entitlements.get();
 */
import {
  readBilling,
  readChange,
  readDeletion,
  readOwnPrices,
  readPreview,
  readPrices,
  requireUrl,
} from './answers.ts';
import { systemNowMs } from './clock.ts';
import { createReads } from './reads.ts';
import { type GetToken, send, type Transport } from './request.ts';
import type { TokenFacts } from './token.ts';
import type {
  AccountDeletion,
  Billing,
  Cancellation,
  Change,
  ChangeAnswer,
  ChangePreview,
  ChangePreviewRequest,
  CheckoutRequest,
  CheckoutSessionOf,
  Entitlements,
  OwnPrices,
  PortalRequest,
  PortalSession,
  Price,
} from './types.ts';

export interface ClientOptions {
  /** The API of the stage, such as `https://api.example.com`, with or without a slash at its end. */
  readonly baseUrl: string;
  readonly getToken: GetToken;
  /** How long an answer is used again for the same user, in seconds. Default: 10. 0: never. */
  readonly cacheSeconds?: number;
  /** How old a token may be for its own statement about the access to count, in seconds. Default: 300. 0: it never counts. */
  readonly claimSeconds?: number;
  /** How often a request is repeated after a failure that may pass. Default: 2. */
  readonly retries?: number;
  /** For each attempt, in milliseconds. Default: 30,000, the limit of API Gateway. */
  readonly timeoutMs?: number;
  /** Default: the global `fetch`. */
  readonly fetch?: typeof fetch;
  /** Unix milliseconds. Default: the clock of the machine. */
  readonly nowMs?: () => number;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
}

export interface ReadOptions extends CallOptions {
  /** True: asks the API even if an answer is cached. */
  readonly fresh?: boolean;
}

export interface BillingOptions extends CallOptions {
  /** The `next_cursor` of the page of invoices before. */
  readonly invoicesAfter?: string;
}

/** The answer to "may this user do that?". */
export interface Access {
  readonly granted: boolean;
  readonly plan: string | null;
  readonly features: readonly string[];
  readonly status: string;
  /** `token`: the token's own statement, without a request. */
  readonly source: 'token' | 'api';
}

export interface Client {
  readonly entitlements: {
    /** What the user may do now. */
    get(options?: ReadOptions): Promise<Entitlements>;
    /** The same after a sync with the payers. Call it once, when the user returns from Checkout or has bought in a store. */
    sync(options?: CallOptions): Promise<Entitlements>;
  };
  /** Whether the user has access: from the token if it says so and is recent, otherwise from the API. */
  access(options?: ReadOptions): Promise<Access>;
  readonly prices: {
    /** What the app sells. It needs no user. */
    list(options?: CallOptions): Promise<readonly Price[]>;
    /** The same for the signed-in user: whether a trial would begin, and whether a price is bought or changed to. */
    mine(options?: CallOptions): Promise<OwnPrices>;
  };
  readonly checkout: {
    /** Opens a Checkout session. Send the user to its `url`, or show the page with its `client_secret` (`ui_mode`). */
    start<Order extends CheckoutRequest>(
      order: Order,
      options?: CallOptions,
    ): Promise<CheckoutSessionOf<Order>>;
  };
  readonly portal: {
    /** Opens the billing portal. Send the user to its `url` at once. */
    open(request?: PortalRequest, options?: CallOptions): Promise<PortalSession>;
  };
  readonly subscription: {
    /** Shows what a change bills. Send its `preview` with the change. */
    previewChange(change: ChangePreviewRequest, options?: CallOptions): Promise<ChangePreview>;
    /** With `payment_required`, send the user to `payment_url`: nothing has changed before that is paid. */
    change(change: Change, options?: CallOptions): Promise<ChangeAnswer>;
    /** Lets the subscription end with its paid period. */
    cancel(reason?: Cancellation, options?: CallOptions): Promise<ChangeAnswer>;
    /** Undoes a scheduled end, a planned change, and one that waits for its payment. */
    resume(options?: CallOptions): Promise<ChangeAnswer>;
  };
  /** What the user has to pay, pays next and has paid, for an account page. */
  billing(options?: BillingOptions): Promise<Billing>;
  readonly account: {
    /** Deletes the user everywhere. Sign the user out afterwards, and show `billing_continues` and `refunds`. */
    delete(options?: CallOptions): Promise<AccountDeletion>;
  };
  /** The subject of the current token, without a request. Undefined: no one is signed in. */
  user(): Promise<string | undefined>;
  /** Forgets what is cached. Call it when the user signs out. */
  clear(): void;
}

export function createClient(options: ClientOptions): Client {
  const { cacheSeconds = 10, claimSeconds = 300, nowMs = systemNowMs } = options;
  const transport = transportOf(options);
  const reads = createReads(transport, { cacheSeconds, nowMs });
  const get = ({ fresh = false, signal }: ReadOptions = {}) => {
    return reads.read({ method: 'GET', path: '/me/entitlements' }, { fresh, signal });
  };
  return {
    entitlements: {
      get,
      sync: ({ signal } = {}) => {
        reads.clear();
        return reads.read({ method: 'POST', path: '/me/entitlements/sync' }, { fresh: true, signal });
      },
    },
    access: async (readOptions = {}) => {
      const facts = await reads.facts();
      const claimed = readOptions.fresh ? undefined : claimOf(facts, claimSeconds, nowMs() / 1_000);
      if (claimed !== undefined) return claimed;
      const { access_granted: granted, plan, features, status } = await get(readOptions);
      return { granted, plan, features: features ?? [], status, source: 'api' };
    },
    ...pagesOf(transport),
    subscription: subscriptionCalls(transport, () => {
      reads.clear();
    }),
    account: {
      delete: async ({ signal } = {}) => {
        reads.clear();
        const answer = await send(transport, { method: 'DELETE', path: '/me/account', signal });
        reads.clear();
        return readDeletion(answer);
      },
    },
    user: async () => (await reads.facts())?.sub,
    clear: () => {
      reads.clear();
    },
  };
}

/** What the pages for prices and payments need. */
function pagesOf(transport: Transport): Pick<Client, 'prices' | 'checkout' | 'portal' | 'billing'> {
  return {
    prices: {
      list: ({ signal } = {}) => listPrices(transport, signal),
      mine: async ({ signal } = {}) => {
        return readOwnPrices(await send(transport, { method: 'GET', path: '/me/prices', signal }));
      },
    },
    checkout: {
      start: async (body, { signal } = {}) => {
        const call = { method: 'POST', path: '/me/checkout-session', body, signal } as const;
        return requireUrl(await send(transport, call)) as never;
      },
    },
    portal: {
      open: async (body = {}, { signal } = {}) => {
        const call = { method: 'POST', path: '/me/billing-portal-session', body, signal } as const;
        return requireUrl(await send(transport, call)) as PortalSession;
      },
    },
    billing: async ({ invoicesAfter, signal } = {}) => {
      const query = invoicesAfter === undefined ? '' : `?invoices_after=${encodeURIComponent(invoicesAfter)}`;
      return readBilling(await send(transport, { method: 'GET', path: `/me/billing${query}`, signal }));
    },
  };
}

function subscriptionCalls(transport: Transport, forget: () => void): Client['subscription'] {
  const order = async (body: object, signal: AbortSignal | undefined) => {
    forget();
    const answer = await send(transport, { method: 'POST', path: '/me/subscription', body, signal });
    forget();
    return readChange(answer);
  };
  return {
    previewChange: async (body, { signal } = {}) =>
      readPreview(await send(transport, { method: 'POST', path: '/me/subscription/preview', body, signal })),
    change: (change, { signal } = {}) => order({ change }, signal),
    cancel: (cancel = {}, { signal } = {}) => order({ cancel }, signal),
    resume: ({ signal } = {}) => order({ resume: {} }, signal),
  };
}

function transportOf(options: ClientOptions): Transport {
  return {
    baseUrl: options.baseUrl.replace(/\/+$/, ''),
    getToken: options.getToken,
    // Called as a method of something else, the fetch of a browser throws.
    fetch: options.fetch ?? ((input, init) => fetch(input, init)),
    retries: options.retries ?? 2,
    timeoutMs: options.timeoutMs ?? 30_000,
  };
}

async function listPrices(transport: Transport, signal: AbortSignal | undefined): Promise<readonly Price[]> {
  const answer = await send(transport, { method: 'GET', path: '/prices', token: null, signal });
  return readPrices(answer);
}

/** Only a grant is taken from a token: a user who has just paid must not wait for the next token. */
function claimOf(
  facts: TokenFacts | undefined,
  claimSeconds: number,
  nowSeconds: number,
): Access | undefined {
  if (facts?.access === undefined) return undefined;
  const { access, issuedAt, expiresAt } = facts;
  const isRecent = nowSeconds < Math.min(issuedAt + claimSeconds, expiresAt, access.accessUntil);
  if (!isRecent) return undefined;
  const { status, plan, features } = access;
  return { granted: true, plan, features, status, source: 'token' };
}
