/** Creates the Stripe client, with a time limit and a number of attempts for every call. */
import type { Pace } from '../system/pace.ts';
import { timeLeft } from '../transport/attempts.ts';
import { type ConnectionOptions, connectTo, type Send } from '../transport/connection.ts';
import { type StripeApi, stripeApi } from './api.ts';
import { createSender, retryAfterMs, type SendOnce, TOO_MANY_REQUESTS } from './request.ts';

export interface StripeLimits {
  /** The time limit of one attempt. */
  readonly timeoutMs: number;
  readonly maxNetworkRetries: number;
  /** How often a request is sent again after a rate limit, where a user waits and no pace is kept. Default: never. */
  readonly rateLimitRetries?: number;
  /** Limits when requests may be sent, including those that are sent again. */
  readonly pace?: Pace;
  /** The connection to use. Default: a new one. */
  readonly connection?: Send;
  /** Returns the current key. Called when Stripe has rejected the key in use, because it may have been rotated. */
  readonly freshKey?: () => Promise<string>;
}

const STRIPE = new URL('https://api.stripe.com');

/** `base` names a server other than Stripe's own, such as `http://host:port`. */
export function connectToStripe(base: URL | undefined, options: Pick<ConnectionOptions, 'opensEarly'>): Send {
  return connectTo(base ?? STRIPE, options);
}

/** Creates a client. `base`: see `connectToStripe`. */
export function createStripe(apiKey: string, base: URL | undefined, given: StripeLimits): StripeApi {
  const { timeoutMs, maxNetworkRetries, pace, freshKey, rateLimitRetries = 0 } = given;
  const { connection = connectToStripe(base, {}) } = given;
  const keyed = withKey(connection, apiKey, freshKey);
  const retries = { maxNetworkRetries, rateLimitRetries };
  if (pace === undefined) {
    const totalMs = timeoutMs * (1 + maxNetworkRetries + rateLimitRetries);
    return stripeApi(createSender(keyed, { timeoutMs, ...retries, totalMs }));
  }
  // What is paced may wait long for its turn.
  const limits = { timeoutMs, maxNetworkRetries, rateLimitRetries: 0, totalMs: Number.POSITIVE_INFINITY };
  return stripeApi(createSender(withPace(keyed, pace, timeoutMs), limits));
}

const UNAUTHORIZED = 401;

function withKey(send: Send, apiKey: string, freshKey: StripeLimits['freshKey']): SendOnce {
  return async (request, left) => {
    const sendWith = (key: string) =>
      send({ ...request, headers: { ...request.headers, authorization: `Bearer ${key}` } }, left());
    const answer = await sendWith(apiKey);
    if (answer.status !== UNAUTHORIZED || freshKey === undefined) return answer;
    // A request with a rejected key has had no effect, so it can be sent again unchanged.
    const key = await freshKey();
    return key === apiKey ? answer : sendWith(key);
  };
}

/** The waits between these tries add up to half a minute. */
const MAX_TRIES = 6;
const FIRST_WAIT_MS = 1_000;

/** Each try waits for its turn, and has the time of an attempt from then on. */
function withPace(send: SendOnce, pace: Pace, timeoutMs: number): SendOnce {
  return async (request) => {
    for (let tries = 1; ; tries += 1) {
      await pace.waitForTurn();
      const answer = await send(request, timeLeft(timeoutMs));
      // The pace itself is what a 429 asks for, so a header against a repetition at once does not end the work.
      const isOver = answer.status !== TOO_MANY_REQUESTS || tries === MAX_TRIES;
      if (isOver) return answer;
      pace.backOff(Math.max(FIRST_WAIT_MS * 2 ** (tries - 1), retryAfterMs(answer) ?? 0));
    }
  };
}
