/** Defects of the protocol: fences, orders, margins, marks and keys. */
import { SYNC_MARGIN_SECONDS } from '../../core/sync/includes.ts';
import { addCustomer } from '../worlds/stripe.ts';
import { billing, entitlements, type Mutant, reading, syncs, withSyncProfiles } from './mutant.ts';

export const protocolMutants: readonly Mutant[] = [
  {
    name: 'no fence: the last write wins',
    violates: ['1'],
    focus: { kinds: ['change_plan_in_a_burst'] },
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
    violates: ['1'],
    mutate: (systems) => {
      let newest: Awaited<ReturnType<typeof systems.entitlements.read>>;
      const after = billing(systems, {
        listSubscriptions: async (id) => {
          const list = await systems.billing.listSubscriptions(id);
          if (newest !== undefined) newest = await systems.entitlements.read(newest.sub);
          return list;
        },
      });
      const remembering = reading(after, (row) => {
        newest = row;
        return row;
      });
      return entitlements(remembering, {
        replace: (row, state) => systems.entitlements.replace(newest ?? row, state),
      });
    },
  },
  {
    name: 'an upsert that creates a deleted row again',
    violates: ['3'],
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
    name: 'events are ordered by time, and older ones are ignored',
    violates: ['1'],
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
    name: 'no margin: a fetch in the second of the event counts as newer',
    violates: ['1'],
    mutate: (systems) =>
      reading(systems, (row) =>
        row.syncedAt === null ? row : { ...row, syncedAt: row.syncedAt + SYNC_MARGIN_SECONDS + 1 },
      ),
  },
  {
    name: 'events of customers that the row does not list are skipped',
    violates: ['1'],
    focus: { kinds: ['duplicate_customer'] },
    mutate: (systems, { stripe }) =>
      reading(systems, (row) => {
        if (row.syncedAt === null) return row;
        const all = [...stripe.customers.values()].filter((one) => one.sub === row.sub).map(({ id }) => id);
        return { ...row, customerIds: all };
      }),
  },
  {
    name: 'a failed sync is answered with success',
    violates: ['1'],
    mutate: (systems) =>
      syncs(systems, (sync) => (request) => sync(request).catch(() => ({ kind: 'unknown_customer' }))),
  },
  {
    name: 'only the customer of the event is synced',
    violates: ['1'],
    mutate: (systems) =>
      entitlements(systems, {
        replace: (row, state) =>
          systems.entitlements.replace(row, { ...state, customerIds: state.customerIds.slice(-1) }),
      }),
  },
  {
    name: 'no idempotency key',
    violates: ['2'],
    mutate: (systems, { stripe }) =>
      billing(systems, {
        createCustomer: async ({ sub, poolId }) => {
          // The read takes the time and the faults of a call; then each attempt creates a customer.
          await systems.billing.retrieveCustomer('none');
          return { kind: 'created', customerId: addCustomer(stripe, { sub, poolId }, 'service').id };
        },
      }),
  },
  {
    name: 'the profile is not read before a row is created',
    violates: ['3'],
    mutate: (systems) =>
      withSyncProfiles(systems, async (userId) => {
        const profile = await systems.profiles.read(userId);
        return profile?.deletion === null
          ? profile
          : { userId, customerId: null, deletion: null, createdAt: null };
      }),
  },
  {
    name: 'the profile is not read again after a row is created',
    violates: ['3'],
    mutate: (systems) => {
      let hasRead = false;
      return withSyncProfiles(systems, async (userId) => {
        const profile = await systems.profiles.read(userId);
        const isSecondRead = hasRead;
        hasRead = true;
        return isSecondRead ? { userId, customerId: null, deletion: null, createdAt: null } : profile;
      });
    },
  },
  {
    name: 'sign-up overwrites an existing row',
    violates: ['1'],
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
    name: 'sign-up has no time limit of its own',
    violates: ['4'],
    mutate: (systems) => ({ ...systems, clock: { ...systems.clock, within: (_, work) => work() } }),
  },
  {
    name: 'sign-up ignores that the account was deleted in the meantime',
    violates: ['3'],
    focus: { kinds: ['delete_during_sign_up', 'sign_up_again'] },
    mutate: (systems) => billing(systems, { describeCustomer: () => Promise.resolve('described') }),
  },
  {
    name: 'past due is shown as active',
    violates: ['1', '5'],
    mutate: (systems) =>
      billing(systems, {
        listSubscriptions: async (id) => {
          const list = await systems.billing.listSubscriptions(id);
          if (list === 'missing') return list;
          const subscriptions = list.subscriptions.map((subscription) => {
            return subscription.status === 'past_due' ? { ...subscription, status: 'active' } : subscription;
          });
          return { ...list, subscriptions };
        },
      }),
  },
  {
    name: 'an event about a reversal is treated like any other',
    violates: ['1'],
    focus: { kinds: ['refund', 'dispute', 'subscribe'] },
    mutate: (systems) => syncs(systems, (sync) => (request) => sync({ ...request, includesReversal: false })),
  },
  {
    name: 'canceled subscriptions are left out of the list',
    violates: ['1'],
    mutate: (systems) =>
      billing(systems, {
        listSubscriptions: async (id) => {
          const list = await systems.billing.listSubscriptions(id);
          if (list === 'missing') return list;
          return { ...list, subscriptions: list.subscriptions.filter(({ status }) => status !== 'canceled') };
        },
      }),
  },
  {
    name: 'synced_at is the time of the latest answer',
    violates: ['1'],
    focus: { kinds: ['rate_limited_customer', 'duplicate_customer', 'subscribe'] },
    mutate: (systems) => {
      let latest: number | null = null;
      const timed = billing(systems, {
        listSubscriptions: async (id) => {
          const list = await systems.billing.listSubscriptions(id);
          if (list !== 'missing') latest = Math.max(latest ?? 0, list.asOf ?? 0);
          return list;
        },
      });
      return entitlements(timed, {
        replace: (row, state) => systems.entitlements.replace(row, { ...state, syncedAt: latest }),
      });
    },
  },
];
