/** The rules of fault injection: which fault, for which requests or event types, and how often. */
import { type ErrorDetails, invalidRequest } from '../protocol/stripe-error.ts';

export const apiFaults = [
  'rate_limit',
  'rate_limit_retry',
  'rate_limit_no_retry',
  'lock_timeout',
  'conflict',
  'error_before',
  'error_during',
  'error_after',
  'drop_before',
  'drop_after',
  'hang',
  'slow',
  'refuse',
] as const;

export const deliveryFaults = [
  'duplicate',
  'reorder',
  'delay',
  'drop',
  'second_id',
  'old_signature',
] as const;

export type ApiFault = (typeof apiFaults)[number];
export type DeliveryFault = (typeof deliveryFaults)[number];

export interface Rule<F extends string = string> {
  readonly fault: F;
  /** A method and path such as `POST /v1/subscriptions/*`, or an event type such as `customer.*`. */
  readonly match: string;
  /** From 0 to 1. */
  readonly probability: number;
  /** The maximum number of times the rule triggers; null means no limit. */
  readonly count: number | null;
  /** The duration in milliseconds, for faults that have one. */
  readonly ms: number;
  /** What `refuse` answers. */
  readonly error?: ErrorDetails;
}

const MAX_RULES = 50;
const MAX_MS = 10 * 60_000;
const defaultMsByFault: Readonly<Record<string, number>> = { old_signature: 600_000 };
const DEFAULT_MS = 1_000;

/** Validates the rules of one area, or throws an error that names the first invalid field. */
export function parseRules<F extends string>(
  value: unknown,
  { name, faults }: { name: string; faults: readonly F[] },
): Rule<F>[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw invalidRule(`${name} must be an array of rules`);
  if (value.length > MAX_RULES) throw invalidRule(`${name} can have at most ${MAX_RULES} rules`);
  return value.map((rule: unknown) => parseRule(rule, { name, faults }));
}

function parseRule<F extends string>(
  value: unknown,
  { name, faults }: { name: string; faults: readonly F[] },
): Rule<F> {
  if (typeof value !== 'object' || value === null)
    throw invalidRule(`Each rule in ${name} must be an object`);
  const {
    fault,
    match = '*',
    probability = 1,
    count = null,
    ms,
    error,
    ...unknown
  } = value as Record<string, unknown>;
  const knownFault = faults.find((candidate) => candidate === fault);
  if (knownFault === undefined) throw invalidRule(`fault in ${name} must be one of ${faults.join(', ')}`);
  const [extra] = Object.keys(unknown);
  if (extra !== undefined) throw invalidRule(`Rules in ${name} have no field ${extra}`);
  if (typeof match !== 'string') throw invalidRule('match must be a string such as "POST /v1/*"');
  if (!isBetween(probability, 0, 1)) throw invalidRule('probability must be from 0 to 1');
  if (count !== null && !(isBetween(count, 1, 1_000_000) && Number.isInteger(count))) {
    throw invalidRule('count must be a positive integer or null');
  }
  const milliseconds = ms ?? defaultMsByFault[knownFault] ?? DEFAULT_MS;
  if (!isBetween(milliseconds, 0, MAX_MS)) throw invalidRule(`ms must be from 0 to ${MAX_MS}`);
  const rule = { fault: knownFault, match, probability, count, ms: milliseconds };
  if (knownFault !== 'refuse' && error !== undefined) throw invalidRule('only refuse has an error');
  if (knownFault !== 'refuse') return rule;
  return { ...rule, error: parseError(error) };
}

const errorTypes = ['api_error', 'card_error', 'idempotency_error', 'invalid_request_error'] as const;

/** Reads the error that Stripe would answer: `{"status", "type", "code", "param", "message"}`. */
function parseError(value: unknown): ErrorDetails {
  const given: Record<string, unknown> = typeof value === 'object' && value !== null ? { ...value } : {};
  const { status = 400, message = 'The simulator refuses this request.', code, param } = given;
  const type = errorTypes.find((known) => known === (given['type'] ?? 'invalid_request_error'));
  if (!isBetween(status, 400, 499)) throw invalidRule('error.status must be from 400 to 499');
  if (type === undefined) throw invalidRule(`error.type must be one of ${errorTypes.join(', ')}`);
  if (typeof message !== 'string') throw invalidRule('error.message must be a string');
  return {
    status,
    type,
    message,
    ...(typeof code === 'string' ? { code } : {}),
    ...(typeof param === 'string' ? { param } : {}),
  };
}

function isBetween(value: unknown, from: number, to: number): value is number {
  return typeof value === 'number' && value >= from && value <= to;
}

function invalidRule(message: string): Error {
  return invalidRequest({ message: `${message}.` });
}
