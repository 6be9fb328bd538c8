/** Sends one request: adds the token, limits the time, repeats what is safe to repeat, and turns failures into errors. */
import { AccountError, type ErrorCode } from './error.ts';
import type { Problem } from './types.ts';

export interface TokenRequest {
  /** True after the API has refused the last token: return a new one, not a cached one. */
  readonly forceRefresh: boolean;
}

/** Returns an ID token or access token of the user pool; null or undefined if no one is signed in. */
export type GetToken = (
  request: TokenRequest,
) => string | null | undefined | Promise<string | null | undefined>;

export interface Transport {
  readonly baseUrl: string;
  readonly getToken: GetToken;
  readonly fetch: typeof fetch;
  /** How often a request is repeated after a failure that may pass. */
  readonly retries: number;
  /** For each attempt. */
  readonly timeoutMs: number;
}

export interface Call {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: object | undefined;
  /** Null: the route needs no token. Undefined: ask for one. */
  readonly token?: string | null | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Longer waits are left to the caller, who may show them. */
const LONGEST_WAIT_SECONDS = 10;

/**
 * Every route is safe to repeat: an equal order gets the same Checkout session, and a deletion continues. So a request is
 * repeated if the API says when, or if no function has answered it.
 */
export async function send(transport: Transport, call: Call): Promise<unknown> {
  let token = call.token === undefined ? await tokenFrom(transport, false) : call.token;
  let hasNewToken = false;
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await attemptOnce(transport, call, token);
    } catch (error) {
      if (!(error instanceof AccountError)) throw error;
      if (error.status === 401 && token !== null && !hasNewToken) {
        const renewed = await tokenFrom(transport, true);
        if (renewed === token) throw signedOut(error);
        token = renewed;
        hasNewToken = true;
        continue;
      }
      if (error.status === 401) throw signedOut(error);
      const waitMs = waitBefore(error, attempt);
      if (waitMs === undefined || attempt >= transport.retries) throw error;
      await pause(waitMs, call.signal);
    }
  }
}

async function tokenFrom({ getToken }: Transport, forceRefresh: boolean): Promise<string> {
  const token = await getToken({ forceRefresh });
  if (token === null || token === undefined || token === '') throw signedOut();
  return token;
}

function signedOut(cause?: AccountError): AccountError {
  return new AccountError({
    code: 'signed_out',
    message: 'No one is signed in, or the token is not accepted. Sign the user in again.',
    status: cause?.status,
    problem: cause?.problem,
    cause,
  });
}

async function attemptOnce(transport: Transport, call: Call, token: string | null): Promise<unknown> {
  call.signal?.throwIfAborted();
  const limit = new AbortController();
  const timer = setTimeout(() => {
    limit.abort();
  }, transport.timeoutMs);
  const stop = () => {
    limit.abort();
  };
  call.signal?.addEventListener('abort', stop);
  try {
    const response = await transport.fetch(`${transport.baseUrl}${call.path}`, {
      method: call.method,
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
      signal: limit.signal,
    });
    const text = await response.text();
    return readAnswer(response, text);
  } catch (cause) {
    if (cause instanceof AccountError) throw cause;
    call.signal?.throwIfAborted();
    throw limit.signal.aborted
      ? new AccountError({ code: 'timeout', message: 'The API did not answer in time.', cause })
      : new AccountError({ code: 'network_error', message: 'The API could not be reached.', cause });
  } finally {
    clearTimeout(timer);
    call.signal?.removeEventListener('abort', stop);
  }
}

function readAnswer(response: Response, text: string): unknown {
  const { status, ok } = response;
  const body = parsed(text);
  if (ok && typeof body === 'object' && body !== null) return body;
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  const retryAfterSeconds = seconds >= 0 ? seconds : undefined;
  const problem = isProblem(body) ? body : undefined;
  const code: ErrorCode = ok ? 'invalid_answer' : (problem?.code ?? `http_${status}`);
  const message = problem?.title ?? `The API answered ${status} with something else than its own format.`;
  throw new AccountError({ code, message, status, retryAfterSeconds, problem });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && 'code' in body && typeof body.code === 'string';
}

/** Returns undefined if a repetition would not help. */
function waitBefore({ code, status, retryAfterSeconds }: AccountError, attempt: number): number | undefined {
  if (retryAfterSeconds !== undefined) {
    return retryAfterSeconds > LONGEST_WAIT_SECONDS ? undefined : retryAfterSeconds * 1_000;
  }
  const isPassing =
    code === 'network_error' || code === 'timeout' || [429, 502, 503, 504].includes(status ?? 0);
  return isPassing ? Math.random() * 250 * 2 ** attempt : undefined;
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
