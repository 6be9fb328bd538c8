import { describe, expect, it } from 'vitest';
import { type AccountPart, createDeleteAccount } from '../../core/account/delete-account.ts';
import type { Evidence } from '../../core/gate/decide.ts';
import { Fault } from '../../core/system/fault.ts';
import { createAccountWorld, OTHER_POOL_ID, POOL_ID } from '../support/account-world.ts';
import { T0 } from '../support/subscriptions.ts';

const outage = new Fault({ code: 'unavailable', system: 'stripe', operation: 'any' });

const request = { poolId: POOL_ID, sub: 'ann', username: 'Google_1' };
/** As the gate decides about a user that the pool does not know. */
const missing: Evidence = {
  ownership: 'own',
  basis: { kind: 'user_missing', pool: 'unknown_user', signUpAt: null, nowSeconds: T0, adopted: true },
};

function scene() {
  const world = createAccountWorld();
  world.addUser('ann', 'Google_1');
  const confirmed = new Set<AccountPart>();
  const isDeleted = (customerId: string) => world.stripe.customers.get(customerId)?.deletedMs !== null;
  return {
    world,
    isDeleted,
    /** The parts that the deletions of this scene have confirmed, in order. */
    confirmed: () => [...confirmed],
    deleteAccount: ({
      username = request.username,
      requested = true,
    }: {
      readonly username?: string | null;
      readonly requested?: boolean;
    } = {}) =>
      world.deleteAccount({
        ...request,
        username,
        confirmed,
        ...(requested ? { requested } : { requested, evidence: missing }),
      }),
    /** What is left of the account. */
    rest: () => ({
      profile: world.dynamodb.profiles.has('ann'),
      row: world.dynamodb.entitlements.has('ann'),
      user: world.cognito.users.has('Google_1'),
      customers: [...world.stripe.customers.keys()].filter((id) => !isDeleted(id)),
    }),
    /** Changes what the customer's metadata say. */
    restamp: (customerId: string, stamp: { readonly sub: string | null; readonly poolId: string | null }) => {
      const customer = world.stripe.customers.get(customerId);
      if (customer !== undefined) world.stripe.customers.set(customerId, { ...customer, ...stamp });
    },
    /** A sync adds customers to the row before the next removal of it. */
    beforeRemoval: (customerIds: readonly string[], version: number) =>
      world.once('before', 'remove entitlement', () =>
        world.addRow('ann', { customerIds, fence: { version } }),
      ),
    countOf: (call: string) => world.calls.filter((name) => name === call).length,
  };
}

const nothing = { profile: false, row: false, user: false, customers: [] };

const FIRST = ['mark profile for deletion', 'read entitlement'];
const END_CUSTOMER = ['retrieve customer', 'expire checkouts', 'delete customer'];
const DROP = 'delete from customer index';
const LAST = ['remove entitlement', 'delete user', 'remove request counts', 'remove profile'];

describe('A deletion', () => {
  it('marks the profile, ends the billing, and removes the row, the user and, last, the profile', async () => {
    const { world, deleteAccount, rest } = scene();
    const customerId = world.addCustomer('ann');
    world.addProfile('ann', customerId);
    world.addRow('ann', { customerIds: [customerId] });
    world.addSubscription({ id: 'sub_1', customerId });
    expect(await deleteAccount()).toEqual({
      kind: 'deleted',
      billingContinues: [],
      billingKnown: 'current',
      storeCustomerRemains: false,
      refundPolicy: { kind: 'none' },
      refunds: [],
      refundsKnown: true,
    });
    expect(rest()).toEqual(nothing);
    expect(world.stripe.subscriptions.get('sub_1')?.status).toBe('canceled');
    expect(world.calls).toEqual([...FIRST, ...END_CUSTOMER, 'search customers', DROP, ...LAST]);
    expect(world.logs).toEqual([]);
  });

  it('succeeds if everything is deleted already, and creates nothing that remains', async () => {
    const { world, deleteAccount, rest } = scene();
    world.cognito.users.clear();
    await deleteAccount();
    expect(rest()).toEqual(nothing);
    const search = ['search customers', 'create customer', ...END_CUSTOMER];
    const end = [DROP, 'read entitlement', 'delete user', 'remove request counts', 'remove profile'];
    expect(world.calls).toEqual([...FIRST, ...search, ...end]);
    expect(world.logs).toEqual([]);
  });

  it.each([true, false])(
    'leaves the mark of the first request if it fails (requested: %s)',
    async (requested) => {
      const { world, deleteAccount, rest } = scene();
      const { customerId } = world.addAccount('ann');
      const requestedAt = world.systems.clock.nowIso();
      world.once('before', 'delete customer', () => {
        throw outage;
      });
      await expect(deleteAccount({ requested })).rejects.toBe(outage);
      expect(rest()).toEqual({ profile: true, row: true, user: true, customers: [customerId] });
      const deletion = { requestedAt, username: 'Google_1', requested };
      expect(world.dynamodb.profiles.get('ann')).toMatchObject({ deletion });

      world.advance(60);
      await deleteAccount({ username: null, requested: false });
      expect(rest()).toEqual(nothing);
      expect(world.logs).toEqual([]);
    },
  );

  it('that starts from a record says that the account was deleted before if the record is gone', async () => {
    const { world, deleteAccount, rest } = scene();
    const { customerId } = world.addAccount('ann');
    world.addUser('ann', 'Google_1');
    world.dynamodb.profiles.clear();
    const deletedBefore = {
      kind: 'deleted_before',
      billingContinues: [],
      billingKnown: 'unknown',
      storeCustomerRemains: false,
      refundPolicy: null,
      refunds: [],
      refundsKnown: false,
    };
    expect(await deleteAccount({ requested: false })).toEqual(deletedBefore);
    const resumed = { ...request, requested: true, resumes: true } as const;
    expect(await world.deleteAccount(resumed)).toEqual(deletedBefore);
    expect(rest()).toEqual({ profile: false, row: true, user: true, customers: [customerId] });
  });

  it('deletes the user by the sub if no one knows the username, and reports it', async () => {
    const { world, deleteAccount, rest } = scene();
    world.cognito.users.clear();
    world.addUser('ann');
    await deleteAccount({ username: null });
    expect(world.cognito.users.size).toBe(0);
    expect(rest()).toEqual(nothing);
    expect(world.logs).toMatchObject([{ level: 'warn', fields: { metric: 'username_unknown' } }]);
  });
});

describe('What a deletion has confirmed', () => {
  const all = ['customers', 'row', 'user', 'profile'];

  it.each([true, false])('is every part once it succeeds, in order (requested: %s)', async (requested) => {
    const { world, deleteAccount, confirmed } = scene();
    world.addAccount('ann');
    await deleteAccount({ requested });
    expect(confirmed()).toEqual(all);
  });

  it('is every part also if there is nothing to delete', async () => {
    const { world, deleteAccount, confirmed } = scene();
    world.cognito.users.clear();
    await deleteAccount();
    expect(confirmed()).toEqual(all);
  });

  const failures: readonly (readonly [call: string, confirmed: number])[] = [
    ['mark profile for deletion', 0],
    ['read entitlement', 0],
    ['delete customer', 0],
    ['search customers', 0],
    ['remove entitlement', 1],
    ['delete user', 2],
    ['remove request counts', 3],
    ['remove profile', 3],
  ];
  it.each(
    failures.flatMap(([call, count]) =>
      (['before', 'after'] as const).map((when) => [call, when, all.slice(0, count)] as const),
    ),
  )('after a failure of "%s" %s its effect is %j', async (call, when, expected) => {
    const { world, deleteAccount, confirmed } = scene();
    world.addAccount('ann');
    world.once(when, call, () => {
      throw outage;
    });
    await expect(deleteAccount()).rejects.toBe(outage);
    expect(confirmed()).toEqual(expected);
  });

  it('is the end of the billing also without a request, if the row then cannot be removed', async () => {
    const { world, deleteAccount, confirmed, beforeRemoval } = scene();
    world.addAccount('ann');
    beforeRemoval([], 7);
    await expect(deleteAccount({ requested: false })).rejects.toBeInstanceOf(Fault);
    expect(confirmed()).toEqual(['customers']);
  });

  it('is not the end of the billing once the row has changed, until its new customers are deleted', async () => {
    const { world, deleteAccount, confirmed, beforeRemoval } = scene();
    world.addProfile('ann', world.addCustomer('ann'));
    world.addRow('ann');
    const added = world.addCustomer(null, null);
    const seen: unknown[] = [];
    beforeRemoval([added], 2);
    world.once('after', 'remove entitlement', () => {
      seen.push(confirmed());
      for (const call of ['read entitlement', 'delete customer', 'remove entitlement']) {
        world.once('before', call, () => seen.push(confirmed()));
      }
    });
    await deleteAccount();
    expect(seen).toEqual([['customers'], [], [], ['customers']]);
    expect(confirmed()).toEqual(all);
  });

  it('is not the end of the billing if the row keeps changing', async () => {
    const { world, deleteAccount, confirmed, beforeRemoval } = scene();
    world.addProfile('ann', world.addCustomer('ann'));
    world.addRow('ann');
    for (let version = 2; version <= 6; version += 1) beforeRemoval([], version);
    await expect(deleteAccount()).rejects.toMatchObject({ details: { code: 'contention' } });
    expect(confirmed()).toEqual([]);
  });
});

describe('The customers that a deletion ends', () => {
  it('are the profile’s, those that the row lists and those that the search finds, each once', async () => {
    const { world, deleteAccount, rest, countOf } = scene();
    const linked = world.addCustomer(null, null);
    const listed = world.addCustomer(null, null);
    world.addCustomer('ann', null);
    world.addCustomer('ann');
    world.addProfile('ann', linked);
    world.addRow('ann', { customerIds: [linked, listed] });
    await deleteAccount();
    expect(rest()).toEqual(nothing);
    expect(countOf('retrieve customer')).toBe(4);
    expect(countOf('create customer')).toBe(0);
  });

  it('include the one that sign-up created if its link was lost, also without metadata', async () => {
    const { world, deleteAccount, rest, restamp, countOf } = scene();
    await world.systems.billing.createCustomer({ poolId: POOL_ID, sub: 'ann' }, 0);
    restamp('cus_1', { sub: null, poolId: null });
    world.addProfile('ann');
    world.addRow('ann');
    await deleteAccount();
    expect(rest()).toEqual(nothing);
    expect(countOf('retrieve customer')).toBe(1);
    expect(world.logs).toEqual([]);
  });

  it('are attempted once, although the search and the repeated creation return the same', async () => {
    const { world, deleteAccount, rest, countOf } = scene();
    await world.systems.billing.createCustomer({ poolId: POOL_ID, sub: 'ann' }, 0);
    await deleteAccount();
    expect(rest()).toEqual(nothing);
    expect(countOf('retrieve customer')).toBe(1);
  });

  it('include what failed creations have created, also in an account without search', async () => {
    const { world, rest } = scene();
    world.storeFailures('ann', 2, { hasEffect: true });
    const billing = { ...world.systems.billing, findCustomers: async () => 'unavailable' as const };
    await createDeleteAccount({ ...world.systems, billing })({ ...request, requested: true });
    expect(world.stripe.customers.size).toBe(3);
    expect(rest()).toEqual(nothing);
    expect(world.logs).toMatchObject([{ level: 'warn', fields: { metric: 'customer_search_unavailable' } }]);
    expect(world.calls.filter((name) => name === 'retrieve customer')).toHaveLength(3);
  });

  it('are not another user’s or another pool’s, whatever names them', async () => {
    const { world, deleteAccount, rest } = scene();
    const bens = world.addCustomer('ben');
    const other = world.addCustomer('ann', OTHER_POOL_ID);
    world.addProfile('ann', bens);
    await deleteAccount();
    expect(rest()).toEqual({ ...nothing, customers: [bens, other] });
    expect(world.logs).toMatchObject([
      { fields: { metric: 'owner_contradiction', customer_id: bens, user_id: 'ben', other_user_id: 'ann' } },
      {
        fields: { metric: 'ending_refused', refusal: 'other_pool', customer_id: other, user_id: 'ann' },
      },
    ]);
  });

  it('are not those that only the search still lists for the user', async () => {
    const { world, deleteAccount, rest, restamp } = scene();
    const former = world.addCustomer('ann');
    world.once('after', 'search customers', () => restamp(former, { sub: null, poolId: null }));
    await deleteAccount();
    expect(rest()).toEqual({ ...nothing, customers: [former] });
    expect(world.logs).toMatchObject([{ fields: { refusal: 'not_proven_ours', customer_id: former } }]);
  });
});

describe('A deletion without a request', () => {
  it('fails and keeps the row if a recorded customer is another’s by then', async () => {
    const { world, deleteAccount, rest } = scene();
    const [own, foreign] = [world.addCustomer('ann'), world.addCustomer('ben')];
    world.addProfile('ann', own);
    world.addRow('ann', { customerIds: [own, foreign] });
    const refused = { code: 'refused', system: 'self', reason: 'owner_contradiction' };
    await expect(deleteAccount({ requested: false })).rejects.toMatchObject({ details: refused });
    expect(rest()).toMatchObject({ profile: true, row: true, user: true });
  });

  it('fails with the first failure, and leaves the rest to the next run', async () => {
    const { world, deleteAccount, rest } = scene();
    const { customerId } = world.addAccount('ann');
    world.once('before', 'delete customer', () => {
      throw outage;
    });
    await expect(deleteAccount({ requested: false })).rejects.toBe(outage);
    expect(rest()).toMatchObject({ profile: true, row: true, user: true, customers: [customerId] });
  });

  it('searches and creates nothing, and fails if the row gains a customer at this moment', async () => {
    const { world, deleteAccount, rest, countOf, beforeRemoval } = scene();
    const { customerId } = world.addAccount('ann');
    const added = world.addCustomer('ann');
    beforeRemoval([customerId, added], 7);
    await expect(deleteAccount({ requested: false })).rejects.toMatchObject({
      details: { code: 'contention', system: 'dynamodb' },
    });
    expect(rest()).toMatchObject({ profile: true, row: true, customers: [added] });
    expect([countOf('search customers'), countOf('create customer')]).toEqual([0, 0]);
  });
});

describe('A deletion that cannot end every customer', () => {
  it('attempts all of them, and then reports the first failure', async () => {
    const { world, deleteAccount, rest, countOf } = scene();
    const recorded = [1, 2].map(() => world.addCustomer('ann'));
    const found = [3, 4].map(() => world.addCustomer('ann'));
    world.addProfile('ann', recorded[0]);
    world.addRow('ann', { customerIds: recorded });
    world.stripe.undeletable.add(found[0] ?? '');
    world.once('before', 'delete customer', () => {});
    world.once('before', 'delete customer', () => {
      throw outage;
    });
    await expect(deleteAccount()).rejects.toBe(outage);
    expect(rest()).toEqual({ profile: true, row: true, user: true, customers: ['cus_2', 'cus_3'] });
    expect(countOf('delete customer')).toBe(4);

    const details = { code: 'refused', system: 'stripe', operation: 'delete customer' };
    await expect(deleteAccount()).rejects.toMatchObject({ details });
    expect(rest()).toEqual({ profile: true, row: true, user: true, customers: ['cus_3'] });

    world.stripe.undeletable.clear();
    await deleteAccount();
    expect(rest()).toEqual(nothing);
  });

  it('stops before the search if Stripe has never known any of the recorded customers', async () => {
    const { world, deleteAccount, rest } = scene();
    world.addProfile('ann', 'cus_unknown');
    world.addRow('ann', { customerIds: ['cus_unknown', 'cus_unknown_too'] });
    await expect(deleteAccount()).rejects.toMatchObject({
      details: {
        code: 'refused',
        system: 'stripe',
        operation: 'delete customer',
        reason: 'customer_not_in_account',
      },
    });
    expect(rest()).toEqual({ profile: true, row: true, user: true, customers: [] });
    expect(world.calls).toEqual([...FIRST, 'retrieve customer', 'retrieve customer']);
  });

  it('continues if Stripe has known one of them', async () => {
    const { world, deleteAccount, rest } = scene();
    const { customerId } = world.addAccount('ann');
    world.addUser('ann', 'Google_1');
    world.addRow('ann', { customerIds: ['cus_unknown', customerId] });
    await deleteAccount();
    expect(rest()).toEqual(nothing);
  });

  it('does not mistake a failure for an unknown customer', async () => {
    const { world, deleteAccount, isDeleted } = scene();
    const found = world.addCustomer('ann');
    world.addProfile('ann', 'cus_unknown');
    world.once('before', 'retrieve customer', () => {
      throw outage;
    });
    await expect(deleteAccount()).rejects.toBe(outage);
    expect(isDeleted(found)).toBe(true);
  });
});

describe('A deletion during which the row changes', () => {
  it('ends the customers that a sync has added, and asks for no customer twice', async () => {
    const { world, deleteAccount, rest, beforeRemoval, countOf } = scene();
    const [linked = '', found = '', added = ''] = ['ann', 'ann', null].map((sub) =>
      world.addCustomer(sub, sub === null ? null : POOL_ID),
    );
    const last = world.addCustomer(null, null);
    world.addProfile('ann', linked);
    world.addRow('ann');
    beforeRemoval([linked, found, added], 2);
    beforeRemoval([linked, found, added, last], 3);
    await deleteAccount();
    expect(rest()).toEqual(nothing);
    expect(countOf('retrieve customer')).toBe(4);
    expect(countOf('remove entitlement')).toBe(3);
    expect(countOf('read entitlement')).toBe(3);
  });

  it('keeps the row, the user and the mark if it cannot end an added customer', async () => {
    const { world, deleteAccount, rest, beforeRemoval } = scene();
    world.addProfile('ann', world.addCustomer('ann'));
    world.addRow('ann');
    const added = world.addCustomer(null, null);
    world.stripe.undeletable.add(added);
    beforeRemoval([added], 2);
    await expect(deleteAccount()).rejects.toMatchObject({ details: { code: 'refused', system: 'stripe' } });
    expect(rest()).toEqual({ profile: true, row: true, user: true, customers: [added] });
  });

  it('removes a row that a sign-up creates late', async () => {
    const { world, deleteAccount, rest } = scene();
    const added = world.addCustomer(null, null);
    world.once('after', 'search customers', () => world.addRow('ann', { customerIds: [added] }));
    world.addProfile('ann', world.addCustomer('ann'));
    await deleteAccount();
    expect(rest()).toEqual(nothing);
    const [retrieve = '', ...end] = END_CUSTOMER;
    // This customer names no user, so neither its subscriptions nor the records of another user may name another one.
    const owner = [retrieve, 'read subscription stamps', 'read customer index'];
    const late = [DROP, 'read entitlement', ...owner, ...end, DROP, DROP, ...LAST];
    expect(world.calls).toEqual([...FIRST, ...END_CUSTOMER, 'search customers', ...late]);
  });

  it('reads once more after another process has removed the row, for one that is created late', async () => {
    const { world, deleteAccount, rest, beforeRemoval, countOf } = scene();
    world.addProfile('ann', world.addCustomer('ann'));
    world.addRow('ann');
    beforeRemoval([], 2);
    world.once('after', 'remove entitlement', () => {
      world.dynamodb.entitlements.clear();
      world.once('after', 'read entitlement', () => world.addRow('ann'));
    });
    await deleteAccount();
    expect(rest()).toEqual(nothing);
    expect(countOf('retrieve customer')).toBe(1);
    expect(countOf('read entitlement')).toBe(3);
  });

  it('gives up after the fifth change, and is finished by the next request', async () => {
    const { world, deleteAccount, rest, beforeRemoval, countOf } = scene();
    world.addProfile('ann', world.addCustomer('ann'));
    world.addRow('ann');
    for (let version = 2; version <= 6; version += 1) beforeRemoval([], version);
    await expect(deleteAccount()).rejects.toMatchObject({
      details: { code: 'contention', system: 'dynamodb', operation: 'remove entitlement row' },
    });
    expect(rest()).toEqual({ profile: true, row: true, user: true, customers: [] });
    expect(countOf('remove entitlement')).toBe(5);

    for (let version = 7; version <= 10; version += 1) beforeRemoval([], version);
    await deleteAccount();
    expect(rest()).toEqual(nothing);
    expect(countOf('remove entitlement')).toBe(10);
  });
});
