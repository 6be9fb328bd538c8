/** Reads how often a price is billed, and whether for a quantity or for usage. */
import type { Recurring } from '../model/catalog.ts';
import type { Params } from '../protocol/params.ts';
import { invalidRequest, missingParameter, noSuch } from '../protocol/stripe-error.ts';
import type { World } from '../world/world.ts';

export function recurringOf(world: World, params: Params | undefined): Recurring | null {
  if (params === undefined) return null;
  const interval = params.oneOf('interval', ['day', 'month', 'week', 'year']);
  if (interval === undefined) throw missingParameter(params.nameOf('interval'));
  const usageType = params.oneOf('usage_type', ['licensed', 'metered']) ?? 'licensed';
  return {
    interval,
    interval_count: intervalCount(params, interval),
    meter: meterOf(world, params, usageType),
    trial_period_days: params.integer('trial_period_days') ?? null,
    usage_type: usageType,
  };
}

/** Three years is the longest interval. */
const maxIntervals = { day: 1095, week: 156, month: 36, year: 3 } as const;

function intervalCount(params: Params, interval: keyof typeof maxIntervals): number {
  const count = params.integer('interval_count') ?? 1;
  if (count >= 1 && count <= maxIntervals[interval]) return count;
  throw invalidRequest({
    message: 'Invalid interval count: the maximum billing interval is three years.',
    param: params.nameOf('interval_count'),
  });
}

/** Since 2025-03-31.basil, usage is counted by a meter only. */
function meterOf(world: World, params: Params, usageType: Recurring['usage_type']): string | null {
  const meter = params.string('meter');
  const param = params.nameOf('meter');
  if (usageType === 'licensed' && meter !== undefined) {
    throw invalidRequest({ message: 'A licensed price cannot have a meter.', param });
  }
  if (usageType === 'licensed') return null;
  if (meter === undefined) {
    throw invalidRequest({ message: 'A metered price must have a meter.', param });
  }
  if (world.store.meters.get(meter) === undefined) throw noSuch('meter', { id: meter, param });
  return meter;
}
