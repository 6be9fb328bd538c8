/** What the stores have of a user, and what that means according to the oracle. */
import type { EntitlementRow } from '../core/entitlement/row.ts';
import type { Purchase } from './oracle/answer.ts';
import { expectedInStores, isCurrent } from './oracle/stores.ts';
import type { User, World } from './world.ts';
import { type Bought, boughtBy, clockOf } from './worlds/stores.ts';

export function purchasesOf({ hasStores, stores }: World, { sub }: User): readonly Bought[] {
  return hasStores ? boughtBy(stores, sub) : [];
}

/**
 * The time of the read that the row shows decides how long access goes on after the paid time. Of purchases that are all over,
 * the row need not show one that was over before any of its events arrived, or before the row was lost.
 */
export function expectedOfStores(
  world: World,
  user: User,
  row: EntitlementRow | undefined,
): readonly Purchase[] {
  const all = purchasesOf(world, user);
  const mayMiss = (user.eventSkipped || user.recordsLostMs !== null) && !all.some(isCurrent);
  const isShown = ({ id }: Bought) => row?.claims.some(({ origin }) => origin?.id === id);
  const purchases = mayMiss ? all.filter(isShown) : all;
  const shownAt = row?.storesSyncedAt ?? null;
  const reads = world.stores.reads.get(user.sub) ?? [];
  const isRead = shownAt !== null && reads.some(({ asOf }) => asOf === shownAt);
  return expectedInStores(purchases, isRead ? shownAt : clockOf(world.stores));
}

/** Whether the user pays, or will be billed again. What was given away is no purchase. */
export function isPaid(purchase: Bought): boolean {
  return isCurrent(purchase) && purchase.store !== 'promotional';
}

/** Whether a purchase began that the row had not shown when the app granted its trial. */
export function hasBegunInStores(world: World, user: User, shown: readonly string[]): boolean {
  return purchasesOf(world, user).some((purchase) => isPaid(purchase) && !shown.includes(purchase.id));
}

/**
 * Whether a purchase was the user's only for a while since the app granted a trial. Only whether a sync ran in between decides
 * if it ended the trial.
 */
export function isTrialUnclearInStores(world: World, user: User, shown: readonly string[]): boolean {
  const { stores } = world;
  return [...(stores.everOwned.get(user.sub) ?? [])].some((id) => {
    const purchase = stores.purchases.get(id);
    if (purchase === undefined || stores.transferred.has(id)) return true;
    return !isPaid(purchase) && purchase.store !== 'promotional' && !shown.includes(id);
  });
}
