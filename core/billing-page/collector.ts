/** Reads parts of the page, each within its time. What fails is named, and does not hold up the others. */
import { type BillingPart, billingParts } from '../../contract/billing.ts';
import type { Clock } from '../system/clock.ts';
import { Fault } from '../system/fault.ts';
import type { Log } from '../system/log.ts';
import { orFault } from './or-fault.ts';

/** For everything that follows the read of the customers. Both together end before API Gateway and the app stop waiting. */
const PARTS_MS = 6_500;

export interface Collector {
  /** The parts that are missing or lack something. */
  readonly missing: Set<BillingPart>;
  readonly failures: Fault[];
  /** Returns null if it fails. */
  one<T>(part: BillingPart, work: () => Promise<T>): Promise<T | null>;
  /** Returns what was read of all of them; null if that is nothing. */
  each<Of, T>(
    part: BillingPart,
    list: readonly Of[],
    work: (of: Of) => Promise<T>,
  ): Promise<readonly T[] | null>;
}

/** `failed`: of customers that could not be read, of which every part lacks something. */
export function createCollector(
  { clock, log }: { readonly clock: Pick<Clock, 'nowMs' | 'within'>; readonly log: Log },
  failed: readonly Fault[],
): Collector {
  const missing = new Set<BillingPart>(failed.length === 0 ? [] : billingParts);
  const failures = [...failed];
  const untilMs = clock.nowMs() + PARTS_MS;
  const one = async <T>(part: BillingPart, work: () => Promise<T>): Promise<T | null> => {
    const result = await orFault({ clock, ms: untilMs - clock.nowMs() }, work);
    if (!(result instanceof Fault)) return result;
    missing.add(part);
    failures.push(result);
    log.warn(
      'A part of the billing page could not be read.',
      { metric: 'billing_part_unavailable', part },
      result,
    );
    return null;
  };
  return {
    missing,
    failures,
    one,
    each: async (part, list, work) => {
      const read = await Promise.all(list.map((of) => one(part, () => work(of))));
      const known = read.filter((result) => result !== null);
      return known.length === 0 ? null : known;
    },
  };
}
