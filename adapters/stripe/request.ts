/** Sends requests to Stripe: with its headers and its version, and again where Stripe allows it. */
import { randomUUID } from 'node:crypto';
import type { Stripe } from 'stripe';
import { Fault } from '../../core/system/fault.ts';
import { parseJson, recordIn, type UnknownRecord } from '../../core/system/record.ts';
import { systemClock } from '../system/clock.ts';
import { httpDateMs } from '../system/http-date.ts';
import { type Done, type Repeatable, repeat, type TimeLeft } from '../transport/attempts.ts';
import { type Answer, type OutgoingRequest, Unanswered } from '../transport/connection.ts';
import { formEncoded } from '../transport/form-encoding.ts';
import { StripeError } from './error.ts';

export type Method = OutgoingRequest['method'];

/** The options of the official library that the product uses. */
export type RequestOptions = Pick<Stripe.RequestOptions, 'idempotencyKey' | 'maxNetworkRetries'>;

export interface StripeRequest {
  readonly method: Method;
  readonly path: string;
  readonly params?: object | undefined;
  readonly options?: RequestOptions | undefined;
}

/** Returns the object that Stripe answers with, and its headers as `lastResponse`. Throws a `StripeError`, an `Unanswered` or a `Fault`. */
export type SendToStripe = (request: StripeRequest) => Promise<UnknownRecord>;

/** Sends one attempt, which may take another key, or wait for its turn. */
export type SendOnce = (request: OutgoingRequest, left: TimeLeft) => Promise<Answer>;

export interface SenderLimits {
  readonly timeoutMs: number;
  readonly maxNetworkRetries: number;
  /** How often a request is sent again after a rate limit. */
  readonly rateLimitRetries: number;
  /** The time limit of a call with all its attempts. */
  readonly totalMs: number;
}

/** The shapes that this version reads. It is the version of the library whose types are used. */
const API_VERSION: Stripe.LatestApiVersion = '2026-10-28.endive';

/** The API key is added by `send`. */
export function createSender(send: SendOnce, limits: SenderLimits): SendToStripe {
  return async (request) => {
    const { maxNetworkRetries = limits.maxNetworkRetries } = request.options ?? {};
    const outgoing = outgoingOf(request);
    let canReconnect = true;
    let rateLimits = 0;
    const outcomeOf = (answer: Answer) => {
      if (answer.status !== TOO_MANY_REQUESTS) return meaningOf(answer);
      rateLimits += 1;
      return limited(answer, rateLimits, limits);
    };
    return repeat({ ...limits, maxAttempts: 1 + maxNetworkRetries }, async (left) => {
      try {
        return outcomeOf(await send(outgoing, left));
      } catch (cause) {
        if (!(cause instanceof Unanswered)) throw cause;
        // Stripe closes idle connections, also while this process is frozen. That is no reason to fail.
        if (!cause.closed || !canReconnect) return failed(cause);
        canReconnect = false;
        return outcomeOf(await send(outgoing, left));
      }
    });
  };
}

function outgoingOf({ method, path, params = {}, options = {} }: StripeRequest): OutgoingRequest {
  const form = formEncoded(params);
  const headers = {
    accept: 'application/json',
    'stripe-version': API_VERSION,
    'user-agent': 'predixa-auth-billing',
  };
  if (method !== 'POST') return { method, path: form === '' ? path : `${path}?${form}`, headers };
  return {
    method,
    path,
    headers: {
      ...headers,
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': String(Buffer.byteLength(form)),
      // With a key, Stripe carries out a request that arrives twice only once.
      'idempotency-key': options.idempotencyKey ?? `predixa-${randomUUID()}`,
    },
    body: form,
  };
}

/** The greatest wait before the first repetition. */
const WAIT_MS = 500;

function failed(cause: Error): Repeatable<never> {
  return {
    waitMs: WAIT_MS,
    end: () => {
      throw cause;
    },
  };
}

type Outcome = Done<UnknownRecord> | Repeatable<UnknownRecord>;

export const TOO_MANY_REQUESTS = 429;
/** Stripe counts requests per second, so the next second has room. */
const RATE_LIMIT_WAIT_MS = 250;
const RATE_LIMIT_JITTER_MS = 350;
/** A user waits, so a longer wait ends the work. */
const MAX_RATE_LIMIT_WAIT_MS = 5_000;

/** The only place where a rate limit is repeated for someone who waits. What keeps a pace waits for its turn before. */
function limited(answer: Answer, times: number, { rateLimitRetries }: SenderLimits): Outcome {
  const error = new StripeError(answer, recordIn(parseJson(answer.text)));
  const atLeastMs = Math.max(RATE_LIMIT_WAIT_MS * 2 ** (times - 1), retryAfterMs(answer) ?? 0);
  const isOver = isNeverRepeated(answer) || times > rateLimitRetries || atLeastMs > MAX_RATE_LIMIT_WAIT_MS;
  if (isOver) throw error;
  return { ...failed(error), waitMs: RATE_LIMIT_JITTER_MS, atLeastMs, isCounted: true };
}

/** Whether Stripe advises against a repetition. */
function isNeverRepeated({ headers }: Answer): boolean {
  return headers['stripe-should-retry'] === 'false';
}

function meaningOf(answer: Answer): Outcome {
  const { status, headers, text } = answer;
  const body = recordIn(parseJson(text));
  if (status >= 400) {
    const error = new StripeError(answer, body);
    if (!mayRepeat(answer)) throw error;
    return { ...failed(error), atLeastMs: retryAfterMs(answer) ?? 0 };
  }
  // A redirect is no success.
  if (body === null || status >= 300)
    throw new Fault({ ...readAnswer, code: 'unknown_shape', expected: 'a JSON object' });
  return { result: Object.defineProperty(body, 'lastResponse', { value: { headers, statusCode: status } }) };
}

const readAnswer = { system: 'stripe', operation: 'read answer' } as const;

/** Stripe knows best whether a repetition helps. */
function mayRepeat({ status, headers }: Answer): boolean {
  const advice = headers['stripe-should-retry'];
  if (advice === 'true' || advice === 'false') return advice === 'true';
  return status === 409 || status >= 500;
}

/** Returns what the header `Retry-After` asks for, as seconds or as a time, in milliseconds. */
export function retryAfterMs({ headers }: Answer): number | undefined {
  const given = headers['retry-after'];
  if (given === undefined) return undefined;
  const untilMs = httpDateMs(given);
  const ms = /^\d+$/.test(given) || untilMs === null ? Number(given) * 1_000 : untilMs - systemClock.nowMs();
  return ms >= 0 && ms <= MAX_RETRY_AFTER_MS ? ms : undefined;
}

/** A longer wait helps no one: the caller comes again. */
const MAX_RETRY_AFTER_MS = 60_000;
