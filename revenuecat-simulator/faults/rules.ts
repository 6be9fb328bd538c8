/** The rules of fault injection, as a control request sends them. */
import { RevenueCatError } from '../protocol/errors.ts';
import { Fields } from '../protocol/fields.ts';

export const apiFaults = ['status', 'status_after', 'delay', 'drop_before', 'drop_after'] as const;
export type ApiFault = (typeof apiFaults)[number];

export const deliveryFaults = ['drop', 'lose', 'lose_response', 'duplicate', 'reorder', 'delay'] as const;
export type DeliveryFault = (typeof deliveryFaults)[number];

/** The statuses that a fault can answer with. */
export const faultStatuses = [400, 401, 403, 404, 409, 422, 423, 429, 500, 503] as const;

export interface Rule<F extends string = string> {
  readonly fault: F;
  /** `METHOD /path` of a request, or the type of an event. `*` matches any characters. */
  readonly match: string;
  /** How often it applies; null without a limit. */
  readonly count: number | null;
  /** The status of `status` and `status_after`. */
  readonly status: number;
  /** The duration of `delay`, and the `backoff_ms` of a 429. */
  readonly ms: number;
}

const DEFAULT_STATUS = 503;
const DEFAULT_MS = 1_000;
const MAX_MS = 24 * 3600 * 1000;
const MAX_COUNT = 1_000_000;

export function parseRules<F extends string>(value: unknown, faults: readonly F[]): readonly Rule<F>[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new RevenueCatError(400, 'Faults must be a list of rules.');
  return value.map((rule) => parseRule(rule, faults));
}

function parseRule<F extends string>(value: unknown, faults: readonly F[]): Rule<F> {
  if (typeof value !== 'object' || value === null)
    throw new RevenueCatError(400, 'A rule must be an object.');
  const fields = new Fields(value as Readonly<Record<string, unknown>>);
  fields.only(['fault', 'match', 'count', 'status', 'ms']);
  const fault = fields.oneOf('fault', faults);
  if (fault === undefined) throw new RevenueCatError(400, `fault must be one of ${faults.join(', ')}.`);
  const status = fields.number('status', { min: 400, max: 599 }) ?? DEFAULT_STATUS;
  if (!faultStatuses.some((known) => known === status)) {
    throw new RevenueCatError(400, `status must be one of ${faultStatuses.join(', ')}.`);
  }
  return {
    fault,
    match: fields.text('match') ?? '*',
    count: fields.number('count', { min: 1, max: MAX_COUNT }) ?? null,
    status,
    ms: fields.number('ms', { min: 0, max: MAX_MS }) ?? DEFAULT_MS,
  };
}

export function matches(pattern: string, subject: string): boolean {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(subject);
}
