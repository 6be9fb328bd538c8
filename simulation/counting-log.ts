/** The log of the functions in the simulation. */
import type { Log } from '../core/system/log.ts';
import type { World } from './world.ts';

/** Returns a log that counts its lines by metric. */
export function countingLog(world: World): Log {
  const count = (fields?: { readonly metric?: unknown }) =>
    world.context.tally.add(`log ${String(fields?.metric)}`);
  return {
    info: (_, fields) => count(fields),
    warn: (_, fields) => count(fields),
    error: (_, fields) => count(fields),
  };
}
