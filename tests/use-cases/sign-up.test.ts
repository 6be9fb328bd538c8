import { describe, expect, it } from 'vitest';
import { createSignUp, type NewUser } from '../../core/account/sign-up.ts';
import { emptyState, neverSynced } from '../../core/entitlement/row.ts';
import { Fault } from '../../core/system/fault.ts';
import { createAccountWorld, POOL_ID } from '../support/account-world.ts';
import { T0 } from '../support/subscriptions.ts';

const ann: NewUser = {
  poolId: POOL_ID,
  sub: 'ann',
  email: 'ann@example.com',
  emailVerified: true,
  givenName: 'Ann',
  familyName: 'Lee',
  name: 'Ann Lee',
};

const row = {
  ...emptyState,
  ...neverSynced,
  unreadable: false,
  sub: 'ann',
  trialStartedAt: null,
  updatedAt: String(T0 * 1000),
  fence: { version: 1 },
};

const outage = new Fault({ code: 'unavailable', system: 'dynamodb', operation: 'any' });

const FIRST = ['fill in profile', 'create entitlement', 'create customer'];
const LAST = ['link customer', 'write customer index', 'update customer'];

function scene() {
  const world = createAccountWorld();
  const { profiles, billing, clock } = world.systems;
  const written: unknown[] = [];
  const contacts: unknown[] = [];
  const limits: number[] = [];
  const signUp = createSignUp({
    ...world.systems,
    trial: null,
    profiles: {
      ...profiles,
      fillIn: (profile) => {
        written.push(profile);
        return profiles.fillIn(profile);
      },
    },
    billing: {
      ...billing,
      describeCustomer: (id, contact) => {
        contacts.push({ id, ...contact });
        return billing.describeCustomer(id, contact);
      },
    },
    clock: {
      ...clock,
      within: (ms, work) => {
        limits.push(ms);
        return clock.within(ms, work);
      },
    },
  });
  return {
    world,
    written,
    contacts,
    limits,
    signUp: () => signUp(ann),
    /** The next call of this name fails before its effect; with `after`, only its answer is lost. */
    fail: (name: string, when: 'before' | 'after' = 'before') =>
      world.once(when, name, () => {
        throw outage;
      }),
    /** What is stored for the user. */
    stored: () => ({
      profile: world.dynamodb.profiles.get('ann'),
      row: world.dynamodb.entitlements.get('ann'),
    }),
    /** The user deletes the account, from the first step to the last. */
    deleteAccount: () =>
      world.deleteAccount({ poolId: POOL_ID, sub: 'ann', username: 'ann', requested: true }),
  };
}

const profileWith = (customerId: string | null, createdAt: string) => ({
  userId: 'ann',
  customerId,
  deletion: null,
  createdAt,
});

const failureOf = (step: string) => ({
  level: 'error',
  fields: { metric: 'sign_up_step_failed', step },
  cause: outage,
});

describe('Sign-up', () => {
  it('creates the profile, the row and the customer, links them, and sets the contact last', async () => {
    const { world, signUp, stored, written, contacts } = scene();
    const createdAt = world.systems.clock.nowIso();
    expect(await signUp()).toEqual({ kind: 'complete' });
    expect(stored()).toEqual({ profile: profileWith('cus_1', createdAt), row });
    expect(world.stripe.customers.get('cus_1')).toMatchObject({
      sub: 'ann',
      poolId: POOL_ID,
      hasContact: true,
    });
    const { email, givenName, familyName, name } = ann;
    expect(written).toEqual([{ userId: 'ann', email, givenName, familyName, createdAt }]);
    expect(contacts).toEqual([{ id: 'cus_1', poolId: POOL_ID, sub: 'ann', email, name }]);
    expect(world.calls).toEqual([...FIRST, ...LAST]);
    expect(world.logs).toEqual([]);
  });

  it('repeats without a second customer, and keeps the profile and the row that it finds', async () => {
    const { world, signUp, stored } = scene();
    const createdAt = world.systems.clock.nowIso();
    world.addProfile('ann');
    const existing = world.addRow('ann', { customerIds: ['cus_1'] });
    world.advance(60);
    await signUp();
    expect(await signUp()).toEqual({ kind: 'complete' });
    expect(stored()).toEqual({ profile: profileWith('cus_1', createdAt), row: existing });
    expect(world.stripe.customers.size).toBe(1);
    expect(world.logs).toEqual([]);
  });

  it('lets a later step use the time that the steps before it left', async () => {
    const { world, signUp, limits } = scene();
    world.once('after', 'create customer', () => world.advance(0.5));
    world.once('after', 'link customer', () => world.advance(0.25));
    await signUp();
    expect(limits).toEqual([2_200, 2_200, 2_200, 2_400, 2_150, 3_050]);
  });

  it('links the new customer to no profile that has another one, and reports the duplicate', async () => {
    const { world, signUp, stored } = scene();
    const other = world.addCustomer('ann');
    world.addProfile('ann', other);
    expect(await signUp()).toEqual({ kind: 'complete' });
    expect(stored().profile?.customerId).toBe(other);
    expect(world.logs).toMatchObject([
      { level: 'warn', fields: { metric: 'duplicate_customer', customer_id: 'cus_2' } },
    ]);
    expect(world.stripe.customers.get('cus_2')).toMatchObject({ hasContact: true, deletedMs: null });
  });
});

describe('A sign-up with a failed step', () => {
  it('leaves a customer that it cannot create to a later run, and reports every failed step', async () => {
    const { world, signUp, stored, fail } = scene();
    fail('create customer');
    expect(await signUp()).toEqual({ kind: 'incomplete', failed: ['customer'] });
    expect(world.logs).toMatchObject([failureOf('customer')]);
    expect(stored().row).toEqual(row);
    for (const name of FIRST) fail(name);
    world.dynamodb.profiles.clear();
    world.dynamodb.entitlements.clear();
    world.calls.length = 0;
    expect(await signUp()).toEqual({ kind: 'incomplete', failed: ['profile', 'entitlement', 'customer'] });
    expect(world.calls).toEqual(FIRST);
  });

  it('still links the customer and sets its contact if the row fails', async () => {
    const { world, signUp, stored, fail } = scene();
    fail('create entitlement');
    expect(await signUp()).toEqual({ kind: 'incomplete', failed: ['entitlement'] });
    expect(stored()).toMatchObject({ profile: { customerId: 'cus_1' }, row: undefined });
    expect(world.stripe.customers.get('cus_1')?.hasContact).toBe(true);
    expect(world.logs).toMatchObject([failureOf('entitlement')]);
  });

  it.each(['before', 'after'] as const)(
    'writes the profile again if that fails (%s its effect)',
    async (when) => {
      const { world, signUp, stored, fail, written } = scene();
      fail('fill in profile', when);
      expect(await signUp()).toEqual({ kind: 'complete' });
      expect(stored().profile?.customerId).toBe('cus_1');
      expect(world.calls).toEqual([...FIRST, 'fill in profile', ...LAST]);
      expect(written).toHaveLength(2);
      expect(written[1]).toEqual(written[0]);
      expect(world.logs).toMatchObject([failureOf('profile')]);
    },
  );

  it('reports the profile if it fails twice, or disappears between the two writes', async () => {
    const twice = scene();
    twice.fail('fill in profile');
    twice.fail('fill in profile');
    expect(await twice.signUp()).toEqual({ kind: 'incomplete', failed: ['profile', 'link'] });
    expect(twice.world.calls).toEqual([...FIRST, 'fill in profile', 'update customer']);
    expect(twice.world.logs).toMatchObject([failureOf('profile'), failureOf('link')]);

    const gone = scene();
    gone.fail('fill in profile');
    gone.fail('create entitlement');
    gone.world.once('before', 'link customer', () => gone.world.dynamodb.profiles.delete('ann'));
    expect(await gone.signUp()).toEqual({ kind: 'incomplete', failed: ['profile', 'entitlement'] });
  });

  it('reports the link and the contact, each with its own failure', async () => {
    const link = scene();
    link.fail('link customer');
    expect(await link.signUp()).toEqual({ kind: 'incomplete', failed: ['link'] });
    expect(link.world.stripe.customers.get('cus_1')?.hasContact).toBe(true);
    expect(link.world.logs).toMatchObject([failureOf('link')]);

    const contact = scene();
    contact.fail('update customer');
    expect(await contact.signUp()).toEqual({ kind: 'incomplete', failed: ['contact'] });
    expect(contact.stored().profile?.customerId).toBe('cus_1');
    expect(contact.world.logs).toMatchObject([failureOf('contact')]);

    const both = scene();
    for (const name of ['create entitlement', ...LAST]) both.fail(name);
    expect(await both.signUp()).toEqual({ kind: 'incomplete', failed: ['entitlement', 'link', 'contact'] });
  });
});

describe('A sign-up of an account that is deleted at the same time', () => {
  const ROLL_BACK = ['remove profile', 'read profile', 'read entitlement', 'remove entitlement'];

  it('removes what it wrote if the deletion ends before the contact', async () => {
    const { world, signUp, stored, deleteAccount } = scene();
    world.once('before', 'link customer', deleteAccount);
    expect(await signUp()).toEqual({ kind: 'deleted_during_sign_up' });
    expect(stored()).toEqual({ profile: undefined, row: undefined });
    expect(world.stripe.customers.get('cus_1')?.deletedMs).not.toBeNull();
  });

  it('removes the profile before the row, within the time of the first steps', async () => {
    const { world, signUp, stored, limits } = scene();
    world.once('before', 'update customer', () => world.systems.billing.deleteCustomer('cus_1'));
    world.once('after', 'update customer', () => world.advance(3));
    expect(await signUp()).toEqual({ kind: 'deleted_during_sign_up' });
    expect(stored()).toEqual({ profile: undefined, row: undefined });
    const deletion = ['expire checkouts', 'delete customer', 'delete from customer index'];
    expect(world.calls).toEqual([...FIRST, ...LAST, ...deletion, ...ROLL_BACK]);
    expect(limits).toEqual([2_200, 2_200, 2_200, 2_900, 2_900, 3_800, 2_200, 2_200]);
    expect(world.logs).toEqual([]);
  });

  it('leaves the profile that a deletion has marked to the deletion', async () => {
    const { world, signUp, stored } = scene();
    await world.systems.billing.createCustomer({ poolId: POOL_ID, sub: 'ann' }, 0);
    await world.systems.billing.deleteCustomer('cus_1');
    const mark = { userId: 'ann', username: 'ann', at: '1', requested: true };
    await world.systems.profiles.markForDeletion(mark);
    expect(await signUp()).toEqual({ kind: 'deleted_during_sign_up' });
    expect(stored()).toMatchObject({ profile: { deletion: { requestedAt: '1' } }, row: undefined });
  });

  it('keeps an account whose profile has another customer', async () => {
    const { world, signUp, stored } = scene();
    const { customerId } = world.addAccount('ann');
    const { row: kept } = stored();
    world.once('before', 'update customer', () => world.systems.billing.deleteCustomer('cus_2'));
    expect(await signUp()).toEqual({ kind: 'complete' });
    expect(stored()).toMatchObject({ profile: { customerId }, row: kept });
    expect(world.calls.slice(-2)).toEqual(['remove profile', 'read profile']);
  });

  it('is not certain that nothing remains if a step of it or of its roll-back fails', async () => {
    const incomplete = { kind: 'incomplete', failed: ['profile', 'entitlement'] };
    const sceneOfDeletion = () => {
      const made = scene();
      const { world } = made;
      world.once('before', 'update customer', () => world.systems.billing.deleteCustomer('cus_1'));
      return made;
    };
    const profile = sceneOfDeletion();
    profile.fail('remove profile');
    expect(await profile.signUp()).toEqual(incomplete);
    expect(profile.world.logs).toMatchObject([failureOf('profile')]);
    expect(profile.world.calls.at(-1)).toBe('remove profile');
    expect(profile.stored().row).toEqual(row);

    const entitlement = sceneOfDeletion();
    entitlement.fail('remove entitlement');
    expect(await entitlement.signUp()).toEqual(incomplete);
    expect(entitlement.world.logs).toMatchObject([failureOf('entitlement')]);

    const write = sceneOfDeletion();
    write.fail('create entitlement', 'after');
    expect(await write.signUp()).toEqual(incomplete);
    expect(write.stored()).toEqual({ profile: undefined, row: undefined });
  });
});

describe('The roll-back of a row', () => {
  // The customer is deleted before the contact is set, and the row lists these customers by then.
  function rolledBack(customerIds: readonly string[]) {
    const made = scene();
    const { world } = made;
    world.once('before', 'update customer', async () => {
      await world.systems.billing.deleteCustomer('cus_1');
      world.addRow('ann', { customerIds });
      world.calls.length = 0;
    });
    return made;
  }

  it('needs no row', async () => {
    const { world, signUp } = rolledBack([]);
    world.once('after', 'remove profile', () => world.dynamodb.entitlements.clear());
    expect(await signUp()).toEqual({ kind: 'deleted_during_sign_up' });
    expect(world.calls).toEqual([
      'delete from customer index',
      'remove profile',
      'read profile',
      'read entitlement',
    ]);
  });

  it('removes a row whose other customers are deleted too or unknown, and does not ask for the deleted one', async () => {
    const { world, signUp, stored } = rolledBack(['cus_1', 'cus_2', 'cus_unknown']);
    world.once('after', 'create customer', async () => {
      await world.systems.billing.deleteCustomer(world.addCustomer('ann'));
    });
    expect(await signUp()).toEqual({ kind: 'deleted_during_sign_up' });
    expect(stored().row).toBeUndefined();
    expect(world.calls.filter((name) => name === 'retrieve customer')).toHaveLength(2);
  });

  it('keeps a row that lists another existing customer', async () => {
    const { world, signUp, stored } = rolledBack(['cus_unknown', 'cus_2']);
    world.once('after', 'create customer', () => world.addCustomer('ann'));
    expect(await signUp()).toEqual({ kind: 'deleted_during_sign_up' });
    expect(stored().row?.customerIds).toEqual(['cus_unknown', 'cus_2']);
    expect(world.calls).not.toContain('remove entitlement');
  });

  it.each([
    [2, { kind: 'deleted_during_sign_up' }],
    [3, { kind: 'incomplete', failed: ['profile', 'entitlement'] }],
  ])('reads the row again after each of %i conflicts, three times in all', async (conflicts, outcome) => {
    const { world, signUp, stored } = rolledBack([]);
    for (let version = 2; version < 2 + conflicts; version += 1) {
      world.once('before', 'remove entitlement', () => world.addRow('ann', { fence: { version } }));
    }
    expect(await signUp()).toEqual(outcome);
    expect(stored().row === undefined).toBe(conflicts === 2);
    expect(world.calls.filter((name) => name === 'remove entitlement')).toHaveLength(3);
    const failures = world.logs.map(({ cause }) => cause);
    const details = { code: 'contention', system: 'dynamodb', operation: 'remove entitlement row' };
    expect(failures).toMatchObject(conflicts === 2 ? [] : [{ details }]);
  });
});
