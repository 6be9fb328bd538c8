/** Applies an event of RevenueCat: syncs every user that it may concern, both sides of a transfer too. */
import { isSub } from '../account/sub.ts';
import type { ClaimsWritten } from '../sync/write-claims.ts';
import type { AliasReader } from './purchase.ts';
import type { StoreEvent } from './store-event.ts';
import type { SyncStores } from './sync-stores.ts';

export interface ApplyStoreEventServices {
  readonly stores: AliasReader;
  readonly syncStores: SyncStores;
}

export interface AppliedStoreEvent {
  /** What was done for each user. Empty: the event names no one, or only ids that no user of an app has. */
  readonly users: readonly { readonly sub: string; readonly outcome: ClaimsWritten['kind'] }[];
}

/** Ids that RevenueCat's SDK makes up for an app without a signed-in user. */
const ANONYMOUS = '$RCAnonymousID:';
/** A customer with more ids than this is not one person. */
const MAX_USERS = 10;

/** Syncs all users before it throws the first failure, so that one user's failure does not hold up the other's. */
export function createApplyStoreEvent({ stores, syncStores }: ApplyStoreEventServices) {
  return async (event: StoreEvent): Promise<AppliedStoreEvent> => {
    const subs = await usersOf(stores, event);
    const cause = { kind: 'store_event', id: event.id } as const;
    const syncs = subs.map(async (sub) => ({ sub, outcome: (await syncStores({ sub, cause })).kind }));
    await Promise.allSettled(syncs);
    return { users: await Promise.all(syncs) };
  };
}

/** Returns the users that the event names, of both customers of a transfer. */
async function usersOf(stores: AliasReader, { ids, sides = [] }: StoreEvent): Promise<readonly string[]> {
  const named = [...new Set(ids.filter(isUser))].slice(0, MAX_USERS);
  const customers = sides.length === 0 ? [ids] : sides;
  const unnamed = customers.filter((customer) => !customer.some(isUser));
  const found = await Promise.all(unnamed.map((customer) => usersKnown(stores, customer)));
  return [...new Set([...named, ...found.flat()])];
}

/** RevenueCat knows the users of a customer that has only anonymous ids in an event. */
async function usersKnown(stores: AliasReader, ids: readonly string[]): Promise<readonly string[]> {
  const asked = [...new Set(ids)].slice(0, MAX_USERS);
  const found = await Promise.all(asked.map((id) => stores.readAliases(id)));
  return [...new Set(found.flat().filter(isUser))].slice(0, MAX_USERS);
}

/**
 * Whether a user of an app may have this id. Anyone who has the app can choose its user id, also the key of an item that is stored
 * next to the rows and belongs to no user, such as `installation#adoption`, or a step in a path.
 */
export function isUser(id: string): boolean {
  return isSub(id) && !id.startsWith(ANONYMOUS) && !id.includes('#') && !/^\.{1,2}$/.test(id);
}
