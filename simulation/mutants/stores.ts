/** Defects of several payers: sources that overwrite each other, events that are believed, sources that are not asked. */
import { type ClaimSource, emptyState } from '../../core/entitlement/row.ts';
import type { StorePurchases } from '../../core/stores/purchase.ts';
import type { SyncStores } from '../../core/stores/sync-stores.ts';
import { Fault } from '../../core/system/fault.ts';
import type { ActionKind } from '../history.ts';
import { CHECKOUT_REQUEST } from '../purchase-functions.ts';
import type { Systems } from '../systems.ts';
import type { Stores } from '../worlds/stores.ts';
import { entitlements, type Mutant, without, writing } from './mutant.ts';

const focus = (...kinds: readonly ActionKind[]) => ({ settings: { hasStores: true }, kinds });

const stores = (systems: Systems, replacement: Partial<Stores>): Systems => {
  return { ...systems, stores: systems.stores === null ? null : { ...systems.stores, ...replacement } };
};

type StoreServices = Parameters<Systems['syncStores']>[0];

/** Replaces what the syncs of stores receive. The other use cases are not affected. */
const storeSyncs = (systems: Systems, change: (services: StoreServices) => StoreServices): Systems => {
  return { ...systems, syncStores: (services) => systems.syncStores(change(services)) };
};

/** Replaces the syncs of stores. */
const wrapStoreSyncs = (systems: Systems, wrap: (sync: SyncStores) => SyncStores): Systems => {
  return { ...systems, syncStores: (services) => wrap(systems.syncStores(services)) };
};

type Replace = Systems['entitlements']['replace'];

export const storeMutants: readonly Mutant[] = [
  {
    name: 'the payload of a store’s event is believed',
    violates: ['1'],
    focus: focus('buy_in_store', 'store_cancel', 'store_uncancel', 'store_refund'),
    mutate: (systems, world) => ({
      ...systems,
      syncStores: (services) => (request) => {
        const { cause, sub } = request;
        const event = cause.kind === 'store_event' ? cause.id : undefined;
        const sent = world.stores.events.find(({ id }) => id === event)?.sent.get(sub);
        const believed = sent === undefined ? services.stores : { readPurchases: async () => sent };
        return systems.syncStores({ ...services, stores: believed })(request);
      },
    }),
  },
  {
    name: 'a sync of the stores drops what Stripe says',
    violates: ['7'],
    focus: focus('buy_in_store', 'subscribe', 'store_cancel'),
    mutate: (systems) =>
      storeSyncs(systems, (services) => writing(services, (state) => without(state, 'stripe'))),
  },
  {
    name: 'a sync of Stripe drops what the stores say',
    violates: ['17'],
    focus: focus('buy_in_store', 'subscribe', 'cancel'),
    mutate: (systems) => ({
      ...systems,
      sync: (services) => systems.sync(writing(services, (state) => without(state, 'revenuecat'))),
    }),
  },
  {
    name: 'one time serves two sources: a sync of the stores skips later events of Stripe',
    violates: ['1'],
    focus: focus('buy_in_store', 'subscribe', 'change_plan'),
    mutate: (systems) =>
      storeSyncs(systems, (services) =>
        writing(services, (state) => ({ ...state, syncedAt: state.storesSyncedAt })),
      ),
  },
  {
    name: 'only the best claim is written',
    violates: ['7'],
    focus: focus('buy_in_store', 'subscribe', 'store_promotion', 'cancel_at_period_end'),
    mutate: (systems) => {
      const { entitlements: store } = systems;
      return entitlements(systems, {
        replace: (row, state) => store.replace(row, { ...state, claims: state.claims.slice(0, 1) }),
      });
    },
  },
  {
    name: 'a sync of the stores reads RevenueCat before the row',
    violates: ['1'],
    focus: focus('store_cancel', 'store_uncancel', 'buy_in_store', 'store_payment_fails'),
    mutate: (systems) =>
      storeSyncs(systems, (services) => {
        let early: Promise<StorePurchases> | undefined;
        return {
          ...services,
          stores: { readPurchases: (sub) => early ?? services.stores.readPurchases(sub) },
          entitlements: {
            ...services.entitlements,
            read: async (sub) => {
              early = services.stores.readPurchases(sub);
              await early;
              return services.entitlements.read(sub);
            },
          },
        };
      }),
  },
  {
    name: 'a RevenueCat that does not answer is taken to have sold nothing',
    violates: ['17'],
    focus: focus('buy_in_store', 'stores_unreachable', 'sync_own'),
    mutate: (systems) => {
      const { stores: known } = systems;
      if (known === null) return systems;
      const nothing = { known: true, purchases: [], asOf: null };
      return stores(systems, { readPurchases: (sub) => known.readPurchases(sub).catch(() => nothing) });
    },
  },
  {
    name: 'a transfer is synced for one of its users',
    violates: ['7'],
    focus: focus('store_transfer', 'buy_in_store'),
    mutate: (systems) => {
      const synced = new Set<string>();
      return wrapStoreSyncs(systems, (sync) => async (request) => {
        const isSecond = request.cause.kind === 'store_event' && synced.size > 0 && !synced.has(request.sub);
        synced.add(request.sub);
        return isSecond ? { kind: 'unchanged' } : sync(request);
      });
    },
  },
  {
    name: 'a sync that finds no purchase does not stop one that has read before it',
    violates: ['5'],
    focus: focus('store_transfer', 'sync_own'),
    mutate: (systems) =>
      storeSyncs(systems, (services) => {
        const { entitlements: store } = services;
        const isOfStore = ({ source }: { readonly source: ClaimSource }) => source === 'revenuecat';
        const replace: Replace = async (row, state) => {
          const isNothing = ![...row.claims, ...state.claims].some(isOfStore);
          return isNothing ? 'written' : store.replace(row, state);
        };
        return { ...services, entitlements: { ...store, replace } };
      }),
  },
  {
    name: 'a deletion leaves the customer at RevenueCat',
    violates: ['3'],
    focus: focus('buy_in_store', 'delete_account'),
    mutate: (systems) => stores(systems, { deleteStoreCustomer: async () => 'deleted' }),
  },
  {
    name: 'the row does not keep when its purchases were read',
    violates: ['19'],
    focus: focus('buy_in_store', 'store_payment_fails'),
    mutate: (systems) =>
      storeSyncs(systems, (services) => writing(services, (state) => ({ ...state, storesSyncedAt: null }))),
  },
  {
    name: 'a removal that RevenueCat did not carry out is forgotten',
    violates: ['3'],
    focus: focus('buy_in_store', 'stores_unreachable', 'delete_account'),
    mutate: (systems) => ({ ...systems, removals: { ...systems.removals, record: async () => undefined } }),
  },
  {
    name: 'reconcile does not look for removals on record',
    violates: ['3'],
    focus: focus('buy_in_store', 'stores_unreachable', 'delete_account'),
    mutate: (systems) => {
      const { listings } = systems;
      const rows: typeof listings.rows = async (cursor) => ({
        ...(await listings.rows(cursor)),
        removals: [],
      });
      return { ...systems, listings: { ...listings, rows } };
    },
  },
  {
    name: 'a deletion waits for RevenueCat',
    violates: ['3'],
    focus: focus('buy_in_store', 'stores_unreachable', 'delete_account'),
    mutate: (systems) => {
      const outage = new Fault({ code: 'unavailable', system: 'revenuecat', operation: 'delete customer' });
      const record = () => Promise.reject(outage);
      return { ...systems, removals: { ...systems.removals, record } };
    },
  },
  {
    name: 'RevenueCat forgets every user without records, and no one asks who requested it',
    violates: ['13'],
    focus: focus('buy_in_store', 'records_lost', 'reconcile'),
    mutate: (systems, world) => {
      const { listings, removals } = systems;
      const ofAll = () =>
        [...world.stores.customers].map((sub) => ({ sub, since: 0, requested: true, expected: false }));
      const rows: typeof listings.rows = async (cursor) => ({
        ...(await listings.rows(cursor)),
        removals: ofAll(),
      });
      const read = async (sub: string) => ofAll().find((one) => one.sub === sub);
      return { ...systems, listings: { ...listings, rows }, removals: { ...removals, read } };
    },
  },
  {
    name: 'what the gate ends without a profile stays at RevenueCat',
    violates: ['3'],
    focus: focus('buy_in_store', 'user_deleted_in_cognito', 'records_lost'),
    mutate: (systems, { dynamodb }) => {
      const { stores: known } = systems;
      if (known === null) return systems;
      return stores(systems, {
        deleteStoreCustomer: async (sub) =>
          dynamodb.marked.has(sub) ? known.deleteStoreCustomer(sub) : 'deleted',
      });
    },
  },
  {
    name: 'the checkout does not look at the stores',
    violates: ['8'],
    focus: focus('buy_in_store', 'checkout'),
    mutate: (systems) => {
      let isCheckout = false;
      const blind = entitlements(systems, {
        read: async (sub) => {
          const row = await systems.entitlements.read(sub);
          return row === undefined || !isCheckout ? row : { ...row, ...emptyState, history: [] };
        },
      });
      return wrapStoreSyncs(blind, (sync) => async (request) => {
        const outcome = await sync(request);
        isCheckout = request.cause.kind === 'user' && request.cause.requestId === CHECKOUT_REQUEST;
        return outcome;
      });
    },
  },
];
