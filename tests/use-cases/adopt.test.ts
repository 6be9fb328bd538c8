import { describe, expect, it } from 'vitest';
import { type AdoptServices, adopt, readAdoptions } from '../../core/reconcile/adopt.ts';
import { OTHER_POOL_ID, POOL_ID } from '../support/account-world.ts';
import { createReconcileWorld, HOUR } from '../support/reconcile-world.ts';

/** A user of the pool, and a customer that names no user. */
function scene() {
  const world = createReconcileWorld();
  world.addUser('ann');
  world.advance(HOUR);
  const customerId = world.addCustomer(null, null);
  const { billing, users } = world.systems;
  const described: unknown[] = [];
  const services: AdoptServices = {
    repair: world.services,
    billing: {
      describeCustomer: async (id, contact) => {
        described.push(contact);
        return billing.describeCustomer(id, contact);
      },
    },
    reader: users,
  };
  const adoptAs = (dryRun: boolean, id: string, sub: string) =>
    adopt(services, { customerId: id, sub }, { dryRun });
  return {
    world,
    customerId,
    described,
    adopt: (id: string = customerId, sub = 'ann') => adoptAs(false, id, sub),
    dryRun: (id: string = customerId, sub = 'ann') => adoptAs(true, id, sub),
  };
}

describe('A customer that a person links to a user', () => {
  it('names the user and the pool, and gives the user what it pays for', async () => {
    const { world, customerId, described, adopt: link } = scene();
    world.addSubscription({ customerId });
    expect(await link()).toBe('adopted');
    expect(world.stripe.customers.get(customerId)).toMatchObject({ sub: 'ann', poolId: POOL_ID });
    expect(world.dynamodb.profiles.get('ann')?.customerId).toBe(customerId);
    expect(world.dynamodb.entitlements.get('ann')).toMatchObject({
      status: 'active',
      customerIds: [customerId],
    });
    // The address is written only once the profile is linked.
    expect(described).toEqual([{ poolId: POOL_ID, sub: 'ann', email: null, name: null }]);
    expect(await link()).toBe('adopted');
  });

  it('is the same in a dry run, which changes nothing', async () => {
    const { world, customerId, described, dryRun } = scene();
    const before = world.stripe.customers.get(customerId);
    expect(await dryRun()).toBe('adopted');
    expect(described).toEqual([]);
    expect(world.stripe.customers.get(customerId)).toEqual(before);
    expect([world.dynamodb.profiles.size, world.dynamodb.entitlements.size]).toEqual([0, 0]);
  });

  it('is used besides the customer that the profile already has', async () => {
    const { world, customerId, adopt: link } = scene();
    const own = world.addCustomer('ann');
    world.addProfile('ann', own);
    expect(await link()).toBe('adopted');
    expect(world.dynamodb.profiles.get('ann')?.customerId).toBe(own);
    expect(world.dynamodb.entitlements.get('ann')?.customerIds).toEqual([own, customerId]);
  });

  it('is refused if Stripe does not know it, or deletes it at that moment', async () => {
    const { world, customerId, adopt: link, dryRun } = scene();
    expect(await link('cus_unknown')).toBe('customer_missing');
    world.once('before', 'update customer', () => world.systems.billing.deleteCustomer(customerId));
    expect(await link()).toBe('customer_missing');
    expect(await dryRun()).toBe('customer_missing');
    expect(world.dynamodb.profiles.size).toBe(0);
  });

  it.each<[string, string | null, string | null]>([
    ['another user', 'ben', POOL_ID],
    ['another user and no pool', 'ben', null],
    ['another pool', null, OTHER_POOL_ID],
  ])('is refused if it names %s', async (_, sub, poolId) => {
    const { world, described, adopt: link, dryRun } = scene();
    const foreign = world.addCustomer(sub, poolId);
    expect([await link(foreign), await dryRun(foreign)]).toEqual([
      'customer_of_another',
      'customer_of_another',
    ]);
    expect([described, world.stripe.customers.get(foreign)?.sub]).toEqual([[], sub]);
  });

  it.each(['active', 'incomplete'])(
    'is refused if it names no user and a subscription that is %s names another one',
    async (status) => {
      const { world, customerId, described, adopt: link, dryRun } = scene();
      world.addSubscription({ id: 'sub_1', customerId, status });
      world.stripe.mislabeled.set('sub_1', 'ben');
      expect([await link(), await dryRun()]).toEqual(['customer_of_another', 'customer_of_another']);
      expect([described, world.stripe.customers.get(customerId)?.sub]).toEqual([[], null]);
      world.stripe.mislabeled.set('sub_1', 'ann');
      expect(await link()).toBe('adopted');
    },
  );

  it('is adopted if only an ended subscription names another user', async () => {
    const { world, customerId, adopt: link } = scene();
    world.addSubscription({ id: 'sub_1', customerId, status: 'canceled' });
    world.stripe.mislabeled.set('sub_1', 'ben');
    expect(await link()).toBe('adopted');
  });

  it('is refused for a user that the pool does not know', async () => {
    const { described, customerId, adopt: link, dryRun } = scene();
    expect([await link(customerId, 'zoe'), await dryRun(customerId, 'zoe')]).toEqual([
      'user_missing',
      'user_missing',
    ]);
    expect(described).toEqual([]);
  });

  it('is refused for a user who is being deleted, also if the deletion begins at that moment', async () => {
    const { world, described, adopt: link, dryRun } = scene();
    world.addProfile('ann');
    const mark = () =>
      world.systems.profiles.markForDeletion({ userId: 'ann', username: 'ann', at: '0', requested: true });
    world.once('after', 'update customer', mark);
    expect(await link()).toBe('being_deleted');
    described.length = 0;
    expect([await link(), await dryRun()]).toEqual(['being_deleted', 'being_deleted']);
    expect([described, world.dynamodb.entitlements.size]).toEqual([[], 0]);
  });

  it('leaves a profile that names another user’s customer to a person', async () => {
    const { world, adopt: link } = scene();
    world.addProfile('ann', world.addCustomer('zoe'));
    expect(await link()).toBe('contradiction');
  });
});

describe('A file of customers to link', () => {
  it('has one line for each, and comments', () => {
    const text = '# reviewed\r\ncus_1=ann\n\n  cus_A_2=ben-2  # by hand # twice\ncus_1=ann\n#cus_3=zoe\n';
    expect(readAdoptions(text)).toEqual({
      adoptions: [
        { customerId: 'cus_1', sub: 'ann' },
        { customerId: 'cus_A_2', sub: 'ben-2' },
      ],
      unreadable: [],
    });
    expect(readAdoptions('')).toEqual({ adoptions: [], unreadable: [] });
  });

  it.each([
    'cus_1',
    'cus_=ann',
    'cus_1=',
    'cus_1=a b',
    'cus_1=a=b',
    'xcus_1=ann',
    'cus_1 =ann',
    'cus_-=ann',
    'x',
  ])('is not read where a line has another form: %s', (line) => {
    expect(readAdoptions(`${line}\ncus_2=ben`)).toEqual({
      adoptions: [{ customerId: 'cus_2', sub: 'ben' }],
      unreadable: [line],
    });
  });
});
