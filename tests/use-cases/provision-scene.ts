/** Provisions a federated user on the worlds of the simulation, and keeps what was written. */
import type { PoolUser } from '../../core/account/pool-user.ts';
import { createProvision } from '../../core/account/provision.ts';
import { emptyState, neverSynced } from '../../core/entitlement/row.ts';
import { createAccountWorld } from '../support/account-world.ts';
import { T0 } from '../support/subscriptions.ts';

export const ann: PoolUser = {
  sub: 'ann',
  username: 'Google_1',
  email: 'ann@example.com',
  emailVerified: true,
  givenName: 'Ann',
  familyName: 'Lee',
  confirmed: true,
  enabled: true,
};

export const row = {
  ...emptyState,
  ...neverSynced,
  unreadable: false,
  sub: 'ann',
  trialStartedAt: null,
  updatedAt: String((T0 + 60) * 1000),
  fence: { version: 1 },
};

export function provisionScene() {
  const world = createAccountWorld();
  world.addUser('ann', 'Google_1');
  world.advance(60);
  const { profiles, billing } = world.systems;
  const written: unknown[] = [];
  const contacts: unknown[] = [];
  const created: unknown[] = [];
  const provision = createProvision({
    ...world.systems,
    profiles: {
      ...profiles,
      fillIn: (profile) => {
        written.push(profile);
        return profiles.fillIn(profile);
      },
    },
    billing: {
      ...billing,
      createCustomer: (user, generation) => {
        created.push(user);
        return billing.createCustomer(user, generation);
      },
      describeCustomer: (id, contact) => {
        contacts.push({ id, ...contact });
        return billing.describeCustomer(id, contact);
      },
    },
  });
  return {
    world,
    written,
    contacts,
    created,
    provision: (preferred?: string | null, user = ann) => provision(user, preferred),
    /** What is stored for the user. */
    stored: () => ({
      profile: world.dynamodb.profiles.get('ann'),
      row: world.dynamodb.entitlements.get('ann'),
    }),
    /** Changes what the customer's metadata say. */
    restamp: (
      customerId: string,
      stamp: { readonly sub?: string | null; readonly poolId?: string | null },
    ) => {
      const customer = world.stripe.customers.get(customerId);
      if (customer !== undefined) world.stripe.customers.set(customerId, { ...customer, ...stamp });
    },
    linkedTo: () => world.dynamodb.profiles.get('ann')?.customerId,
    isDeleted: (customerId: string) => world.stripe.customers.get(customerId)?.deletedMs !== null,
  };
}

export const START = ['fill in profile', 'read profile'];
export const END = ['create entitlement', 'read profile', 'find user'];
export const CHECK = ['retrieve customer', 'update customer'];
export const ready = (customerId: string) => ({ kind: 'ready', customerId });
export const contention = { code: 'contention', system: 'dynamodb', operation: 'provision' };
