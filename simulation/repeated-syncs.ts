/** The invariant of what reconcile reports about purchases in stores: nothing twice. */
import type { Finding } from '../core/reconcile/report.ts';
import { purchasesOf } from './store-state.ts';
import { reportViolation, type World } from './world.ts';

const HOUR_SECONDS = 3_600;
/** The end that a sync gives to access past the paid time. The clocks of two machines can differ. */
const SYNCED_FOR_SECONDS = 23 * HOUR_SECONDS;

/** A run that has synced the purchases of a user leaves nothing to sync for the next one, if nothing changes in between. */
export function checkRepeatedSync(world: World, findings: readonly Finding[]): void {
  const { stores, storeSyncs, context } = world;
  const { nowMs } = context.timeline;
  // Two checks of one run may both find a purchase that changes while the run is under way.
  const ofEarlierRuns = new Map(storeSyncs);
  for (const { reason, sub, outcome } of findings) {
    const user = world.users.find((one) => one.sub === sub);
    if (user === undefined || outcome !== 'synced' || !ofPurchases.has(reason)) continue;
    const events = stores.events.filter(({ users }) => users.includes(user.sub)).length;
    const last = ofEarlierRuns.get(user.sub);
    storeSyncs.set(user.sub, { atMs: nowMs, events });
    if (last === undefined || last.events !== events || (user.recordsLostMs ?? 0) > last.atMs) continue;
    const since = Math.floor(last.atMs / 1000) - HOUR_SECONDS;
    const until = Math.floor(nowMs / 1000) + HOUR_SECONDS;
    const ends = purchasesOf(world, user).map((purchase) => purchase.until ?? 0);
    const isOver = ends.some((end) => end >= since && end <= until);
    if (isOver || nowMs - last.atMs > SYNCED_FOR_SECONDS * 1000) continue;
    reportViolation(world, user, '19. a reconcile syncs purchases again that have not changed');
  }
}

const ofPurchases: ReadonlySet<string> = new Set(['purchases_differ', 'purchases_not_synced']);
