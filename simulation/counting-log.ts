/** The log of the functions in the simulation. */
import { refusalIn } from '../core/system/fault.ts';
import type { Log, LogFields } from '../core/system/log.ts';
import type { World } from './world.ts';

/** Returns a log that counts its lines by metric. */
export function countingLog(world: World): Log {
  const count = (fields: LogFields = {}, cause?: unknown) => {
    const { metric = 'without a metric', user_id: sub, event_id: eventId } = fields;
    world.context.tally.add(`log ${String(metric)}`);
    if (metric === 'checkout_sync_failed')
      for (const user of world.users) user.checkoutSyncGivenUp ||= user.sub === sub;
    if (metric !== 'notices_unavailable' || refusalIn(cause) === undefined) return;
    const event = world.stripe.events.find(({ id }) => id === eventId);
    for (const user of world.users) user.noticesRefused ||= user.sub === event?.sub;
  };
  return {
    info: (_, fields) => count(fields),
    warn: (_, fields, cause) => count(fields, cause),
    error: (_, fields) => count(fields),
  };
}
