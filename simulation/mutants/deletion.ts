/** Defects of account deletion: its order, its record, and what it finds. */
import { billing, entitlements, type Mutant, profiles } from './mutant.ts';

export const deletionMutants: readonly Mutant[] = [
  {
    name: 'the profile is deleted first',
    violates: ['3'],
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
    name: 'the deletion is not recorded before it starts',
    violates: ['3'],
    mutate: (systems) =>
      profiles(systems, {
        markForDeletion: async ({ userId, username, at, requested, refund = null, mustExist = false }) => {
          const profile = await systems.profiles.read(userId);
          if (profile === undefined && mustExist) return undefined;
          const { customerId = null, createdAt = null } = profile ?? {};
          return {
            userId,
            customerId,
            createdAt,
            deletion: { requestedAt: at, username, requested, refund },
          };
        },
      }),
  },
  {
    name: 'the deletion removes the login while billing continues',
    violates: ['3'],
    mutate: (systems) =>
      billing(systems, { deleteCustomer: (id) => systems.billing.deleteCustomer(id).catch(() => undefined) }),
  },
  {
    name: 'the deletion finds only the customer of the profile',
    violates: ['3'],
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
    name: 'the deletion passes the sub to Cognito as the username',
    violates: ['3'],
    mutate: (systems) => ({
      ...systems,
      directory: {
        ...systems.directory,
        deleteUser: ({ sub }) => systems.directory.deleteUser({ sub, username: sub }),
      },
    }),
  },
  {
    name: 'a row is removed whatever its version',
    violates: ['3'],
    focus: { kinds: ['delete_account', 'duplicate_customer', 'subscribe'] },
    mutate: (systems) =>
      entitlements(systems, {
        removeIfUnchanged: async (row) => {
          const current = await systems.entitlements.read(row.sub);
          return systems.entitlements.removeIfUnchanged(current ?? row);
        },
      }),
  },
  {
    name: 'one customer that cannot be deleted stops the deletion of the others',
    violates: ['3'],
    focus: { kinds: ['deletion_refused', 'duplicate_customer', 'subscribe'] },
    mutate: (systems) => {
      let previous: Promise<void> = Promise.resolve();
      return billing(systems, {
        deleteCustomer: (id) => {
          previous = previous.then(() => systems.billing.deleteCustomer(id));
          return previous;
        },
      });
    },
  },
  {
    name: 'a user without a profile counts as deleted',
    violates: ['3'],
    focus: { kinds: ['records_lost', 'delete_account', 'delete_account_later'] },
    mutate: (systems) => ({
      ...systems,
      checks: { ...systems.checks, reserve: async () => 'known' },
    }),
  },
];
