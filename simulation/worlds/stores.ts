/** RevenueCat in memory: what users have bought in app stores, by a clock of its own. Its events are only hints. */
import type {
  AliasReader,
  PurchaseReader,
  StoreCustomerRemover,
  StorePurchase,
  StorePurchases,
} from '../../core/stores/purchase.ts';
import type { StoreEvent } from '../../core/stores/store-event.ts';
import { Fault } from '../../core/system/fault.ts';
import type { Network } from '../engine/invocation.ts';
import type { Random } from '../engine/random.ts';
import type { Timeline } from '../engine/timeline.ts';

export interface Bought extends StorePurchase {
  /** The user whose purchase it is now. */
  readonly owner: string;
  /** When it last changed, or became its owner's. */
  readonly changedMs: number;
}

/** An event with what its customers had when it was sent. No use case receives that. */
export interface SentStoreEvent extends StoreEvent {
  readonly users: readonly string[];
  readonly sent: ReadonlyMap<string, StorePurchases>;
}

/** A read that took effect. */
export interface StoreRead {
  readonly atMs: number;
  /** By RevenueCat's clock. */
  readonly asOf: number;
}

export interface StoresWorld {
  readonly timeline: Timeline;
  readonly random: Random;
  /** How far RevenueCat's clock is ahead of Stripe's. */
  readonly aheadMs: number;
  /** The users that it knows. */
  readonly customers: Set<string>;
  readonly purchases: Map<string, Bought>;
  /** The purchases that a user has ever had, by sub. */
  readonly everOwned: Map<string, Set<string>>;
  /** The purchases that have changed hands. */
  readonly transferred: Set<string>;
  readonly reads: Map<string, StoreRead[]>;
  readonly events: SentStoreEvent[];
  unreachableUntilMs: number;
  onEvent(event: SentStoreEvent): void;
  /** Called before it forgets a customer. */
  onForget(sub: string): void;
}

export function createStoresWorld(
  options: Pick<StoresWorld, 'timeline' | 'random' | 'aheadMs' | 'onEvent' | 'onForget'>,
): StoresWorld {
  return {
    ...options,
    customers: new Set(),
    purchases: new Map(),
    everOwned: new Map(),
    transferred: new Set(),
    reads: new Map(),
    events: [],
    unreachableUntilMs: 0,
  };
}

export type Stores = PurchaseReader & AliasReader & StoreCustomerRemover;

export function storesOf(world: StoresWorld, network: Network): Stores {
  const reach = <T>(operation: string, effect: () => T): Promise<T> =>
    network.timed('revenuecat', operation, () => {
      const isReached = world.timeline.nowMs >= world.unreachableUntilMs;
      const result = isReached ? { value: effect() } : undefined;
      return () => {
        if (result === undefined) throw new Fault({ code: 'unavailable', system: 'revenuecat', operation });
        return result.value;
      };
    });
  return {
    readPurchases: (sub) =>
      reach('list purchases', () => {
        const reads = world.reads.get(sub) ?? [];
        reads.push({ atMs: world.timeline.nowMs, asOf: clockOf(world) });
        world.reads.set(sub, reads);
        return purchasesIn(world, sub);
      }),
    readAliases: (id) =>
      reach('list aliases', () => {
        const isAnonymous = id.startsWith(ANONYMOUS);
        const sub = isAnonymous ? id.slice(ANONYMOUS.length) : id;
        if (!world.customers.has(sub)) return [id];
        return [id, isAnonymous ? sub : `${ANONYMOUS}${sub}`];
      }),
    // The subscriptions go on in their stores, of which RevenueCat then says nothing any more.
    deleteStoreCustomer: (sub) =>
      reach('delete store customer', () => {
        if (!world.customers.has(sub)) return 'missing';
        world.onForget(sub);
        world.customers.delete(sub);
        for (const { id, owner } of world.purchases.values()) if (owner === sub) world.purchases.delete(id);
        return 'deleted';
      }),
  };
}

/** The id of a customer whose app has not signed in yet. The rest of it names the user who did later. */
const ANONYMOUS = '$RCAnonymousID:';

/** Returns the time by RevenueCat's clock, in Unix seconds. */
export function clockOf({ timeline, aheadMs }: StoresWorld): number {
  return Math.floor((timeline.nowMs + aheadMs) / 1000);
}

export function purchasesIn(world: StoresWorld, sub: string): StorePurchases {
  const known = world.customers.has(sub);
  const purchases = boughtBy(world, sub).map(asReported);
  return { known, purchases, asOf: known ? clockOf(world) : null };
}

function asReported(bought: Bought): StorePurchase {
  const { owner: _, changedMs: __, ...purchase } = bought;
  return purchase;
}

export function boughtBy({ purchases }: StoresWorld, sub: string): readonly Bought[] {
  return [...purchases.values()].filter(({ owner }) => owner === sub);
}

/** Saves a purchase and sends an event. Its customer becomes known, if it was not. */
export function putPurchase(world: StoresWorld, purchase: Omit<Bought, 'changedMs'>, type: string): void {
  const { id, owner } = purchase;
  const former = world.purchases.get(id)?.owner;
  world.purchases.set(id, { ...purchase, changedMs: world.timeline.nowMs });
  world.customers.add(owner);
  const owned = world.everOwned.get(owner) ?? new Set();
  world.everOwned.set(owner, owned.add(id));
  const isTransfer = former !== undefined && former !== owner;
  if (isTransfer) world.transferred.add(id);
  send(world, type, isTransfer ? [former, owner] : [owner]);
}

/** At times an event names its customer only by the id from before the user signed in. That of a transfer names both users. */
function send(world: StoresWorld, type: string, users: readonly string[]): void {
  const kind = users.length > 1 ? 0 : world.random.below(6);
  const anonymous = users.map((sub) => `${ANONYMOUS}${sub}`);
  const ids = kind === 1 ? anonymous : kind === 2 ? [...anonymous, ...users] : users;
  const sent = new Map(users.map((sub) => [sub, purchasesIn(world, sub)]));
  const event = { id: `rc_evt_${world.events.length + 1}`, type, ids, users, sent };
  world.events.push(event);
  world.onEvent(event);
}
