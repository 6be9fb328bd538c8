/** The rules of fault injection: which fault, for which requests or event types, and how often. */
import { invalidRequest } from '../protocol/stripe-error.ts';

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
  return { fault: knownFault, match, probability, count, ms: milliseconds };
}

function isBetween(value: unknown, from: number, to: number): value is number {
  return typeof value === 'number' && value >= from && value <= to;
}

function invalidRule(message: string): Error {
  return invalidRequest({ message: `${message}.` });
}
