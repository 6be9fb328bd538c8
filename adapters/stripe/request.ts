/** Sends requests to Stripe: with its headers and its version, and again where Stripe allows it. */
import { randomUUID } from 'node:crypto';
import type { Stripe } from 'stripe';
import { Fault } from '../../core/system/fault.ts';
import { parseJson, recordIn, type UnknownRecord } from '../../core/system/record.ts';
import { systemClock } from '../system/clock.ts';
import { httpDateMs } from '../system/http-date.ts';
import { type Done, type Repeatable, repeat } from '../transport/attempts.ts';
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

/** Sends one attempt, or several after a rate limit or with another key. */
export type SendOnce = (request: OutgoingRequest, timeoutMs: number) => Promise<Answer>;

export interface SenderLimits {
  readonly timeoutMs: number;
  readonly maxNetworkRetries: number;
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
    return repeat({ ...limits, maxAttempts: 1 + maxNetworkRetries }, async (timeoutMs) => {
      try {
        return outcomeOf(await send(outgoing, timeoutMs));
      } catch (cause) {
        if (!(cause instanceof Unanswered)) throw cause;
        // Stripe closes idle connections, also while this process is frozen. That is no reason to fail.
        if (!cause.closed || !canReconnect) return failed(cause);
        canReconnect = false;
        return outcomeOf(await send(outgoing, timeoutMs));
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

function outcomeOf(answer: Answer): Done<UnknownRecord> | Repeatable<UnknownRecord> {
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

/** Stripe knows best whether a repetition helps. A rate limit is repeated elsewhere, if at all. */
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
