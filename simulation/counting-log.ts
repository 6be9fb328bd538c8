/** The log of the functions in the simulation. */
import type { Log, LogFields } from '../core/system/log.ts';
import type { World } from './world.ts';

/** Returns a log that counts its lines by metric. */
export function countingLog(world: World): Log {
  const count = (fields?: LogFields) => {
    const { metric, user_id: sub } = fields ?? {};
    world.context.tally.add(`log ${String(metric)}`);
    const user = metric === 'checkout_sync_failed' ? world.users.find((one) => one.sub === sub) : undefined;
    if (user !== undefined) user.checkoutSyncGivenUp = true;
  };
  return {
    info: (_, fields) => count(fields),
    warn: (_, fields) => count(fields),
    error: (_, fields) => count(fields),
  };
}
