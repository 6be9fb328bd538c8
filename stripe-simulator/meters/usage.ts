/** How much of a metered price a customer has used. */
import type { Price } from '../model/catalog.ts';
import type { World } from '../world/world.ts';

export interface UsageQuery {
  readonly customer: string;
  readonly start: number;
  readonly end: number;
}

/** Returns the usage of a price in a period. Its end is not a part of it. */
export function usageIn(world: World, { recurring }: Price, query: UsageQuery): number {
  return meteredValue(world, recurring?.meter ?? '', query);
}

/** Returns the value that a meter has for a customer in a period. */
export function meteredValue(world: World, id: string, { customer, start, end }: UsageQuery): number {
  const meter = world.store.meters.get(id);
  if (meter === undefined) return 0;
  const events = world.store.meterEvents
    .where('customer', customer)
    .filter((event) => event.event_name === meter.event_name)
    .filter(({ timestamp }) => timestamp >= start && timestamp < end);
  const { formula } = meter.default_aggregation;
  if (formula === 'count') return events.length;
  if (formula === 'sum') return events.reduce((sum, { value }) => sum + value, 0);
  const newest = events.reduce((last, event) => Math.max(last, event.timestamp), 0);
  return events.findLast(({ timestamp }) => timestamp === newest)?.value ?? 0;
}
