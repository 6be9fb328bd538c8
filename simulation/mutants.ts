/**
 * Deliberate faults of the protocol, each a small swap of a part that the use cases are given. A simulation that does
 * not catch one of these could not be believed when it finds nothing.
 */
import { SYNC_MARGIN_SECONDS } from '../core/sync/sync.ts';
import type { Mutation, Systems } from './functions.ts';
import { addCustomer } from './worlds/stripe.ts';

export interface Mutant {
  readonly name: string;
  /** The invariant that it must break, by its number. */
  readonly breaks: readonly string[];
  readonly mutate: Mutation;
}

const entitlements = (systems: Systems, swap: Partial<Systems['entitlements']>): Systems => {
  return { ...systems, entitlements: { ...systems.entitlements, ...swap } };
};
const profiles = (systems: Systems, swap: Partial<Systems['profiles']>): Systems => {
  return { ...systems, profiles: { ...systems.profiles, ...swap } };
};
const billing = (systems: Systems, swap: Partial<Systems['billing']>): Systems => {
  return { ...systems, billing: { ...systems.billing, ...swap } };
};
const syncs = (
  systems: Systems,
  swap: (sync: ReturnType<Systems['sync']>) => ReturnType<Systems['sync']>,
): Systems => {
  return { ...systems, sync: (services) => swap(systems.sync(services)) };
};

export const mutants: readonly Mutant[] = [
  {
    name: 'no fence: the last to write wins',
    breaks: ['1'],
    mutate: (systems) =>
      entitlements(systems, {
        replace: async (row, state) => {
          const now = await systems.entitlements.read(row.sub);
          return now === undefined ? 'conflict' : systems.entitlements.replace(now, state);
        },
      }),
  },
  {
    name: 'the version is read after the fetch',
    breaks: ['1'],
    mutate: (systems) => {
      let newest: Awaited<ReturnType<typeof systems.entitlements.read>>;
      const after = billing(systems, {
        listSubscriptions: async (id) => {
          const list = await systems.billing.listSubscriptions(id);
          if (newest !== undefined) newest = await systems.entitlements.read(newest.sub);
          return list;
        },
      });
      return entitlements(after, {
        read: async (sub) => {
          newest = await systems.entitlements.read(sub);
          return newest;
        },
        replace: (row, state) => systems.entitlements.replace(newest ?? row, state),
      });
    },
  },
  {
    name: 'an upsert: a row that is gone is made again',
    breaks: ['3'],
    mutate: (systems, { dynamodb }) =>
      entitlements(systems, {
        replace: async (row, state) => {
          const result = await systems.entitlements.replace(row, state);
          if (result === 'conflict' && !dynamodb.entitlements.has(row.sub)) {
            await systems.entitlements.createIfAbsent(row.sub, state);
            return 'written';
          }
          return result;
        },
      }),
  },
  {
    name: 'events are ordered by their time, and older ones left out',
    breaks: ['1'],
    mutate: (systems, world) =>
      syncs(systems, (sync) => async (request) => {
        const last = world.memory.get(request.customerId) ?? 0;
        if (request.changedAt !== null && request.changedAt <= last)
          return { kind: 'already_current', sub: request.sub ?? '' };
        world.memory.set(request.customerId, request.changedAt ?? last);
        return sync(request);
      }),
  },
  {
    name: 'no margin: a fetch in the second of the event holds it',
    breaks: ['1'],
    mutate: (systems) =>
      entitlements(systems, {
        read: async (sub) => {
          const row = await systems.entitlements.read(sub);
          return row === undefined || row.syncedAt === null
            ? row
            : { ...row, syncedAt: row.syncedAt + SYNC_MARGIN_SECONDS + 1 };
        },
      }),
  },
  {
    name: 'the short cut holds for customers that the row has not seen',
    breaks: ['1'],
    mutate: (systems, { stripe }) =>
      entitlements(systems, {
        read: async (sub) => {
          const row = await systems.entitlements.read(sub);
          if (row === undefined || row.syncedAt === null) return row;
          const all = [...stripe.customers.values()].filter((one) => one.sub === sub).map(({ id }) => id);
          return { ...row, customerIds: all };
        },
      }),
  },
  {
    name: 'a failure is answered with success',
    breaks: ['1'],
    mutate: (systems) =>
      syncs(systems, (sync) => (request) => sync(request).catch(() => ({ kind: 'unknown_customer' }))),
  },
  {
    name: 'only the customer of the event is looked at',
    breaks: ['1'],
    mutate: (systems) =>
      entitlements(systems, {
        replace: (row, state) =>
          systems.entitlements.replace(row, { ...state, customerIds: state.customerIds.slice(-1) }),
      }),
  },
  {
    name: 'the profile is deleted first',
    breaks: ['3'],
    mutate: (systems) =>
      profiles(systems, {
        markForDeletion: async (mark) => {
          const marked = await systems.profiles.markForDeletion(mark);
          await systems.profiles.remove(mark.userId);
          return marked;
        },
      }),
  },
  {
    name: 'the deletion is not put on record',
    breaks: ['3'],
    mutate: (systems) =>
      profiles(systems, {
        markForDeletion: async ({ userId, username, at }) => {
          const profile = await systems.profiles.read(userId);
          const { customerId = null, createdAt = null } = profile ?? {};
          return { userId, customerId, createdAt, deletion: { requestedAt: at, username } };
        },
      }),
  },
  {
    name: 'the deletion ends the login though the billing goes on',
    breaks: ['3'],
    mutate: (systems) =>
      billing(systems, { deleteCustomer: (id) => systems.billing.deleteCustomer(id).catch(() => undefined) }),
  },
  {
    name: 'the deletion knows only the profile’s customer',
    breaks: ['3'],
    mutate: (systems) => {
      const blind = billing(systems, { findCustomers: () => Promise.resolve([]) });
      return entitlements(blind, {
        read: async (sub) => {
          const row = await systems.entitlements.read(sub);
          return row === undefined ? row : { ...row, customerIds: [] };
        },
      });
    },
  },
  {
    name: 'the deletion names the user by the sub',
    breaks: ['3'],
    mutate: (systems, world) => ({
      ...systems,
      directory: {
        ...systems.directory,
        deleteUser: (username) => {
          const sub = world.users.find((user) => user.username === username)?.sub;
          return systems.directory.deleteUser(sub ?? username);
        },
      },
    }),
  },
  {
    name: 'no idempotency key',
    breaks: ['2'],
    mutate: (systems, { stripe }) =>
      billing(systems, {
        createCustomer: async ({ sub }) => {
          // The call as it is, for its time and its faults; and a customer anew for each.
          await systems.billing.retrieveCustomer('none');
          return addCustomer(stripe, sub, 'service').id;
        },
      }),
  },
  {
    name: 'no look at the profile before a row is made',
    breaks: ['3'],
    mutate: (systems) =>
      withSyncProfiles(systems, async (userId) => {
        const profile = await systems.profiles.read(userId);
        return profile?.deletion === null
          ? profile
          : { userId, customerId: null, deletion: null, createdAt: null };
      }),
  },
  {
    name: 'no second look at the profile after a row is made',
    breaks: ['3'],
    mutate: (systems) => {
      let looked = false;
      return withSyncProfiles(systems, async (userId) => {
        const profile = await systems.profiles.read(userId);
        const again = looked;
        looked = true;
        return again ? { userId, customerId: null, deletion: null, createdAt: null } : profile;
      });
    },
  },
  {
    name: 'sign-up writes over what stands',
    breaks: ['1'],
    mutate: (systems) =>
      entitlements(systems, {
        createIfAbsent: async (sub, state) => {
          const made = await systems.entitlements.createIfAbsent(sub, state);
          if (made !== 'exists' || state.provisional) return made;
          const row = await systems.entitlements.read(sub);
          if (row !== undefined)
            await systems.entitlements.replace(row, {
              ...state,
              syncedAt: row.syncedAt,
              customerIds: row.customerIds,
            });
          return made;
        },
      }),
  },
  {
    name: 'sign-up waits as long as Stripe does',
    breaks: ['4'],
    mutate: (systems) => ({ ...systems, clock: { ...systems.clock, within: (_, work) => work } }),
  },
  {
    name: 'sign-up does not notice that the account was deleted meanwhile',
    breaks: ['3'],
    mutate: (systems) => billing(systems, { describeCustomer: () => Promise.resolve('described') }),
  },
  {
    name: 'past due is shown as active',
    breaks: ['1', '5'],
    mutate: (systems) =>
      billing(systems, {
        listSubscriptions: async (id) => {
          const list = await systems.billing.listSubscriptions(id);
          if (list === 'missing') return list;
          const subscriptions = list.subscriptions.map((one) => {
            return one.status === 'past_due' ? { ...one, status: 'active' } : one;
          });
          return { ...list, subscriptions };
        },
      }),
  },
  {
    name: 'an event of money that goes back is one like any other',
    breaks: ['1'],
    mutate: (systems) => syncs(systems, (sync) => (request) => sync({ ...request, includesReversal: false })),
  },
  {
    name: 'canceled subscriptions are left out of the list',
    breaks: ['1'],
    mutate: (systems) =>
      billing(systems, {
        listSubscriptions: async (id) => {
          const list = await systems.billing.listSubscriptions(id);
          if (list === 'missing') return list;
          return { ...list, subscriptions: list.subscriptions.filter(({ status }) => status !== 'canceled') };
        },
      }),
  },
];

/** Swaps what a sync sees of the profiles, and nobody else. */
function withSyncProfiles(systems: Systems, read: Systems['profiles']['read']): Systems {
  return { ...systems, sync: (services) => systems.sync({ ...services, profiles: { read } }) };
}
