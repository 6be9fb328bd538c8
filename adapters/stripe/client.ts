/** Creates the Stripe client, with a time limit and a number of attempts for every call. */
import { ensureTimeLeft } from '../system/deadline.ts';
import type { Pace } from '../system/pace.ts';
import { wait, waitBefore } from '../transport/attempts.ts';
import { connectTo } from '../transport/connection.ts';
import { type StripeApi, stripeApi } from './api.ts';
import { createSender, retryAfterMs, type SendOnce } from './request.ts';

export interface StripeLimits {
  /** The time limit of one attempt. */
  readonly timeoutMs: number;
  readonly maxNetworkRetries: number;
  /** How often a request is sent again after a rate limit, where a user waits and no pace is kept. Default: never. */
  readonly rateLimitRetries?: number;
  /** Limits when requests may be sent, including those that are sent again. */
  readonly pace?: Pace;
  /** Returns the current key. Called when Stripe has rejected the key in use, because it may have been rotated. */
  readonly freshKey?: () => Promise<string>;
}

const STRIPE = new URL('https://api.stripe.com');

/** Creates a client. `base` names a server other than Stripe's own, such as `http://host:port`. */
export function createStripe(apiKey: string, base: URL | undefined, limits: StripeLimits): StripeApi {
  const { timeoutMs, maxNetworkRetries, pace, freshKey, rateLimitRetries = 0 } = limits;
  const send = connectTo(base ?? STRIPE);
  const keyed = withKey(send, apiKey, freshKey);
  const limited = pace === undefined ? withRetries(keyed, rateLimitRetries) : withPace(keyed, pace);
  // What is paced may wait long for its turn.
  const totalMs =
    pace === undefined ? timeoutMs * (1 + maxNetworkRetries + rateLimitRetries) : Number.POSITIVE_INFINITY;
  return stripeApi(createSender(limited, { timeoutMs, maxNetworkRetries, totalMs }));
}

const UNAUTHORIZED = 401;

function withKey(send: SendOnce, apiKey: string, freshKey: StripeLimits['freshKey']): SendOnce {
  return async (request, timeoutMs) => {
    const sendWith = (key: string) =>
      send({ ...request, headers: { ...request.headers, authorization: `Bearer ${key}` } }, timeoutMs);
    const answer = await sendWith(apiKey);
    if (answer.status !== UNAUTHORIZED || freshKey === undefined) return answer;
    // A request with a rejected key has had no effect, so it can be sent again unchanged.
    const key = await freshKey();
    return key === apiKey ? answer : sendWith(key);
  };
}

const TOO_MANY_REQUESTS = 429;
/** The waits between these tries add up to half a minute. */
const MAX_TRIES = 6;
const FIRST_WAIT_MS = 1_000;

function withPace(send: SendOnce, pace: Pace): SendOnce {
  return async (request, timeoutMs) => {
    for (let tries = 1; ; tries += 1) {
      await pace.waitForTurn();
      const answer = await send(request, timeoutMs);
      if (answer.status !== TOO_MANY_REQUESTS || tries === MAX_TRIES) return answer;
      pace.backOff(Math.max(FIRST_WAIT_MS * 2 ** (tries - 1), retryAfterMs(answer) ?? 0));
    }
  };
}

/** Stripe counts requests per second, so the next second has room. */
const RETRY_WAIT_MS = 250;
const RETRY_JITTER_MS = 350;

/** A user waits, so a longer wait ends the work. */
const MAX_RETRY_WAIT_MS = 5_000;

/** Sends again after a rate limit. The deadline is checked before each send, so a wait that is too long ends the work. */
function withRetries(send: SendOnce, retries: number): SendOnce {
  if (retries === 0) return send;
  return async (request, timeoutMs) => {
    for (let tries = 0; ; tries += 1) {
      const answer = await send(request, timeoutMs);
      const isOver = answer.headers['stripe-should-retry'] === 'false' || tries === retries;
      const atLeastMs = Math.max(RETRY_WAIT_MS * 2 ** tries, retryAfterMs(answer) ?? 0);
      if (answer.status !== TOO_MANY_REQUESTS || isOver || atLeastMs > MAX_RETRY_WAIT_MS) return answer;
      await wait(waitBefore({ waitMs: RETRY_JITTER_MS, atLeastMs }, 1));
      ensureTimeLeft('send request');
    }
  };
}
