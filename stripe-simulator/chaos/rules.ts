/** What can be made to go wrong, and when: rules by route or by type of event. */
import { invalidRequest } from '../protocol/stripe-error.ts';

export const apiFaults = [
  'rate_limit',
  'rate_limit_retry',
  'rate_limit_no_retry',
  'lock_timeout',
  'conflict',
  'error_before',
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
  /** `POST /v1/subscriptions/*` for the API, `customer.*` for deliveries; `*` is any */
  readonly match: string;
  /** from 0 to 1 */
  readonly probability: number;
  /** how many times at most; null: until it is switched off */
  readonly count: number | null;
  /** how long, for what takes time */
  readonly ms: number;
}

const maxRules = 50;
const maxMs = 10 * 60_000;
const usualMs: Readonly<Record<string, number>> = { old_signature: 600_000 };
const otherMs = 1_000;

export function parseRules<F extends string>(
  value: unknown,
  { name, faults }: { name: string; faults: readonly F[] },
): Rule<F>[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw refused(`${name} must be a list of rules`);
  if (value.length > maxRules) throw refused(`${name} takes ${maxRules} rules at most`);
  return value.map((rule: unknown) => parseRule(rule, { name, faults }));
}

function parseRule<F extends string>(
  value: unknown,
  { name, faults }: { name: string; faults: readonly F[] },
): Rule<F> {
  if (typeof value !== 'object' || value === null) throw refused(`A rule of ${name} must be an object`);
  const {
    fault,
    match = '*',
    probability = 1,
    count = null,
    ms,
    ...unknown
  } = value as Record<string, unknown>;
  const known = faults.find((candidate) => candidate === fault);
  if (known === undefined) throw refused(`The fault of a rule of ${name} is one of ${faults.join(', ')}`);
  const [extra] = Object.keys(unknown);
  if (extra !== undefined) throw refused(`A rule of ${name} has no ${extra}`);
  if (typeof match !== 'string') throw refused('match must be a text, such as "POST /v1/*"');
  if (!isBetween(probability, 0, 1)) throw refused('probability must be from 0 to 1');
  if (count !== null && !(isBetween(count, 1, 1_000_000) && Number.isInteger(count))) {
    throw refused('count must be a whole number from 1 on');
  }
  const milliseconds = ms ?? usualMs[known] ?? otherMs;
  if (!isBetween(milliseconds, 0, maxMs)) throw refused(`ms must be from 0 to ${maxMs}`);
  return { fault: known, match, probability, count, ms: milliseconds };
}

function isBetween(value: unknown, from: number, to: number): value is number {
  return typeof value === 'number' && value >= from && value <= to;
}

function refused(message: string): Error {
  return invalidRequest({ message: `${message}.` });
}
