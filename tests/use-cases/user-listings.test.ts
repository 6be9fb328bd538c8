import { describe, expect, it } from 'vitest';
import { listingsOfUser } from '../../core/reconcile/user-listings.ts';
import { OTHER_POOL_ID } from '../support/account-world.ts';
import { createReconcileWorld, HOUR, type ReconcileWorld } from '../support/reconcile-world.ts';

const profileOf = (sub: string) => ({ userId: sub, customerId: null, deletion: null, createdAt: null });

function listingsIn(world: ReconcileWorld, billing = world.systems.billing) {
  return listingsOfUser({ ...world.services, billing, reader: world.systems.users }, 'ann');
}

/** A user with two customers and a subscription, next to another user. */
function scene() {
  const world = createReconcileWorld();
  const { customerId } = world.addAccount('ann');
  const second = world.addCustomer('ann');
  const subscription = world.addSubscription({ id: 'sub_1', customerId: second });
  const other = world.addAccount('ben');
  world.addSubscription({ id: 'sub_2', customerId: other.customerId });
  world.advance(HOUR);
  return { world, customerId, second, subscription };
}

describe('The listings of one user', () => {
  it('show what belongs to the user, each in one page', async () => {
    const { world, customerId, second, subscription } = scene();
    const listings = await listingsIn(world);
    expect(await listings.users(null)).toMatchObject({
      items: [{ sub: 'ann', username: 'ann' }],
      next: null,
    });
    expect(await listings.profiles(null)).toEqual({
      items: [world.dynamodb.profiles.get('ann')],
      next: null,
    });
    expect(await listings.rows(null)).toEqual({
      items: [world.dynamodb.entitlements.get('ann')],
      next: null,
    });
    expect(await listings.customers(null)).toEqual({
      items: [
        { id: customerId, sub: 'ann', email: null, unnamed: false },
        { id: second, sub: 'ann', email: null, unnamed: false },
      ],
      next: null,
    });
    expect(await listings.subscriptions(null)).toEqual({
      items: [{ subscription, sub: 'ann', namedSub: null, unnamed: false }],
      next: null,
    });
    expect(await listings.reversals(null)).toEqual({
      items: [{ customerId }, { customerId: second }],
      next: null,
    });
    expect(await listings.storeCustomers(null)).toEqual({ items: [{ sub: 'ann' }], next: null });
    expect(await listings.undeliveredEvents(null)).toEqual({ items: [], next: null });
    expect(await listings.events(null)).toEqual({ items: [], next: null });
    expect(listings.contradictions).toEqual([]);
    expect(listings.isFresh(profileOf('ann'))).toBe(true);
    expect(await listings.missingUsers(['ann'])).toEqual(new Set());
    expect(await listings.rowsOf(['ben'])).toEqual(
      new Map([['ben', world.dynamodb.entitlements.get('ben')]]),
    );
  });

  it('look each customer up once, although profile, row and search name it', async () => {
    const { world } = scene();
    world.calls.length = 0;
    await listingsIn(world);
    expect(world.calls.filter((call) => call === 'retrieve customer')).toHaveLength(2);
  });

  it('show a user that the pool does not know as missing', async () => {
    const { world } = scene();
    world.cognito.users.delete('ann');
    const listings = await listingsIn(world);
    expect(await listings.users(null)).toEqual({ items: [], next: null });
    expect(await listings.missingUsers(['ann'])).toEqual(new Set(['ann']));
  });

  it('show nothing of an unknown user', async () => {
    const world = createReconcileWorld();
    const listings = await listingsIn(world);
    for (const name of ['users', 'profiles', 'rows', 'customers', 'subscriptions', 'reversals'] as const) {
      expect(await listings[name](null)).toEqual({ items: [], next: null });
    }
    expect(world.calls).not.toContain('retrieve customer');
  });

  it('show what the profile or the row names, if the search is unavailable', async () => {
    const { world, customerId, second } = scene();
    const unnamed = world.addCustomer(null, null);
    world.addRow('ann', { customerIds: [unnamed] });
    const billing = { ...world.systems.billing, findCustomers: async () => 'unavailable' as const };
    world.calls.length = 0;
    const { items } = await (await listingsIn(world, billing)).customers(null);
    expect(world.calls.filter((call) => call === 'retrieve customer')).toHaveLength(2);
    expect(items.map(({ id }) => id)).toEqual([customerId, unnamed]);
    expect(items.map(({ id }) => id)).not.toContain(second);
  });

  it('show the subscriptions of a deleted customer, and not the customer', async () => {
    const { world, customerId, second } = scene();
    world.addRow('ann', { customerIds: [customerId, second, 'cus_unknown'] });
    await world.systems.billing.deleteCustomer(second);
    const listings = await listingsIn(world);
    expect((await listings.customers(null)).items.map(({ id }) => id)).toEqual([customerId]);
    expect((await listings.reversals(null)).items).toEqual([{ customerId }]);
    expect((await listings.subscriptions(null)).items).toMatchObject([
      { subscription: { id: 'sub_1', status: 'canceled' }, sub: 'ann' },
    ]);
  });

  it('leave out the customers of other users, and say what names them', async () => {
    const { world, customerId } = scene();
    const [ofProfile, ofRow] = [world.addCustomer('zoe'), world.addCustomer('zed')];
    for (const id of [ofProfile, ofRow]) world.addSubscription({ id: `sub_of_${id}`, customerId: id });
    world.addProfile('ann', ofProfile);
    world.addRow('ann', { customerIds: [ofRow, ofProfile, customerId] });
    const listings = await listingsIn(world);
    const { items } = await listings.customers(null);
    expect(items.map(({ id }) => id)).toEqual([customerId, 'cus_2']);
    expect((await listings.subscriptions(null)).items.map(({ subscription }) => subscription.id)).toEqual([
      'sub_1',
    ]);
    expect(listings.contradictions).toEqual([
      { customerId: ofProfile, sub: 'zoe', otherSub: 'ann', source: 'profile' },
      { customerId: ofRow, sub: 'zed', otherSub: 'ann', source: 'row' },
    ]);
  });

  it('leave out the customers of other pools, without a contradiction', async () => {
    const { world, customerId, second } = scene();
    const foreign = world.addCustomer('ann', OTHER_POOL_ID);
    const unstamped = world.addCustomer('ann', null);
    world.addSubscription({ id: 'sub_3', customerId: foreign });
    const listings = await listingsIn(world);
    const { items } = await listings.customers(null);
    expect(items.map(({ id }) => id)).toEqual([customerId, second, unstamped]);
    expect((await listings.subscriptions(null)).items).toHaveLength(1);
    expect(listings.contradictions).toEqual([]);
  });
});
