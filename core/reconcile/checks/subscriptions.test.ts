import { describe, expect, it } from 'vitest';
import { createCheckWorld } from '../../../tests/support/check-world.ts';
import { item } from '../../../tests/support/subscriptions.ts';

/** A user whose row shows one of two live subscriptions of the same customer. */
async function twoLive() {
  const world = createCheckWorld();
  const { customerId } = world.addAccount('ann');
  world.addSubscription({ id: 'sub_1', customerId });
  world.addSubscription({ id: 'sub_2', customerId });
  world.advance(60);
  await world.syncUser('ann', customerId);
  return { world, customerId };
}

type World = ReturnType<typeof createCheckWorld>;

const end = ({ systems }: World, id: string) => systems.billing.cancelSubscription(id);
const statuses = ({ stripe }: World) => [...stripe.subscriptions.values()].map(({ status }) => status);

describe('The check of subscriptions', () => {
  it('finds nothing about a row that shows its subscription', async () => {
    const world = createCheckWorld();
    const { customerId } = world.addAccount('ann');
    world.addSubscription({ customerId });
    await world.syncUser('ann', customerId);
    expect(await world.find('subscriptions')).toEqual({ checked: 1, found: [], next: null });
  });

  it('finds what a row does not show, and live subscriptions of users without a row', async () => {
    const world = createCheckWorld();
    const { customerId } = world.addAccount('ann');
    world.addSubscription({ id: 'sub_1', customerId });
    world.addSubscription({ id: 'sub_2', customerId: world.addCustomer('ben') });
    world.addSubscription({ id: 'sub_3', customerId: world.addCustomer('cem'), status: 'canceled' });
    world.addSubscription({ id: 'sub_4', customerId: world.addCustomer(null, null) });
    expect(await world.find('subscriptions')).toEqual({
      checked: 4,
      found: [
        ['subscription_not_synced', 'ann', 'ann'],
        ['row_missing', 'ben', 'ben'],
      ],
      next: null,
    });
  });

  it('continues on the next page, and reads the users of one page at once, each once', async () => {
    const { world } = await twoLive();
    world.addSubscription({ id: 'sub_3', customerId: world.addCustomer('ben') });
    world.facts.pageSize = 2;
    expect(await world.find('subscriptions')).toMatchObject({ checked: 2, next: '2' });
    expect(await world.find('subscriptions', '2')).toEqual({
      checked: 1,
      found: [['row_missing', 'ben', 'ben']],
      next: null,
    });
    expect(world.facts.reads).toEqual([
      ['subscriptions', null],
      ['rowsOf', ['ann']],
      ['subscriptions', '2'],
      ['rowsOf', ['ben']],
    ]);
  });

  it('syncs a row that does not show the subscription', async () => {
    const world = createCheckWorld();
    const { customerId } = world.addAccount('ann');
    world.addSubscription({ id: 'sub_1', customerId });
    expect(await world.repair('subscriptions')).toEqual({ planned: 'synced', outcome: 'synced' });
    const synced = { status: 'active', subscriptionId: 'sub_1' };
    expect(world.dynamodb.entitlements.get('ann')).toMatchObject(synced);
  });

  it('proposes to end the customer of a user who is not in Cognito', async () => {
    const world = createCheckWorld();
    const customerId = world.addCustomer('ann');
    world.addSubscription({ customerId });
    const ending = { kind: 'customer', sub: 'ann', customerId };
    expect(await world.repair('subscriptions')).toEqual({ kind: 'end', ending });
    expect(statuses(world)).toEqual(['active']);
  });
});

describe('A subscription that names another user than its customer', () => {
  async function contradicted(status = 'active') {
    const world = createCheckWorld();
    const { customerId } = world.addAccount('ann');
    world.addAccount('ben');
    world.addSubscription({ id: 'sub_1', customerId, status });
    world.stripe.mislabeled.set('sub_1', 'ben');
    await world.syncUser('ann', customerId);
    return { world, customerId };
  }

  it('is found with both users while it is alive', async () => {
    const { world } = await contradicted();
    expect(await world.find('subscriptions')).toEqual({
      checked: 1,
      found: [['owner_contradiction', 'ann,ben', 'ann']],
      next: null,
    });
    expect((await (await contradicted('canceled')).world.find('subscriptions')).found).toEqual([]);
  });

  it('is no finding if it names the same user, and one of another kind if the row differs', async () => {
    const { world } = await contradicted();
    world.stripe.mislabeled.set('sub_1', 'ann');
    expect((await world.find('subscriptions')).found).toEqual([]);
    world.stripe.mislabeled.set('sub_1', 'ben');
    world.dynamodb.entitlements.delete('ann');
    expect((await world.find('subscriptions')).found).toEqual([['row_missing', 'ann', 'ann']]);
  });

  it('syncs both users, ends nothing and is left to a person', async () => {
    const { world, customerId } = await contradicted();
    const own = world.dynamodb.profiles.get('ben')?.customerId ?? '';
    // A former version counted the customer for the user that the subscription names.
    const counted = { status: 'active', stripeStatus: 'active', subscriptionId: 'sub_1' };
    world.addRow('ben', { ...counted, customerIds: [own, customerId] });
    expect(await world.repair('subscriptions')).toEqual({ planned: 'needs_review', outcome: 'needs_review' });
    expect(world.dynamodb.entitlements.get('ben')).toMatchObject({ status: 'none', customerIds: [own] });
    expect(world.dynamodb.entitlements.get('ann')).toMatchObject({
      status: 'active',
      customerIds: [customerId],
    });
    expect(statuses(world)).toEqual(['active']);
    expect(world.logs.map(({ fields }) => fields)).toEqual([
      {
        metric: 'owner_contradiction',
        event_id: undefined,
        customer_id: customerId,
        user_id: 'ann',
        other_user_id: 'ben',
        other_source: 'row',
      },
    ]);
  });
});

describe('Two live subscriptions of a user', () => {
  it('are found, synced and left to a person, who decides which of them ends', async () => {
    const { world, customerId } = await twoLive();
    const { found } = await world.find('subscriptions');
    expect(found).toEqual([['two_live_subscriptions', 'ann', 'ann']]);
    const repaired = await world.repair('subscriptions', () => {
      // Stripe changes both before the sync.
      for (const id of ['sub_1', 'sub_2']) world.addSubscription({ id, customerId, collectionPaused: true });
    });
    expect(repaired).toEqual({ planned: 'needs_review', outcome: 'needs_review' });
    expect(world.dynamodb.entitlements.get('ann')?.collectionPaused).toBe(true);
    expect(statuses(world)).toEqual(['active', 'active']);
  });

  it('count over all customers of the row', async () => {
    const world = createCheckWorld();
    const { customerId } = world.addAccount('ann');
    const second = world.addCustomer('ann');
    world.addSubscription({ id: 'sub_1', customerId });
    world.addSubscription({ id: 'sub_2', customerId: second });
    world.addRow('ann', { customerIds: [customerId, second] });
    world.advance(60);
    await world.syncUser('ann', customerId);
    expect(await world.repair('subscriptions')).toEqual({ planned: 'needs_review', outcome: 'needs_review' });
  });

  it('are no finding any more if one of them has ended by then', async () => {
    const { world } = await twoLive();
    world.once('before', 'list subscriptions', () => end(world, 'sub_1'));
    expect(await world.repair('subscriptions')).toEqual({ kind: 'unchanged' });
  });

  it('are no finding any more if one of them is called another product’s by then', async () => {
    const { world, customerId } = await twoLive();
    world.once('before', 'list subscriptions', () => {
      world.addSubscription({ id: 'sub_1', customerId, items: [item({ role: 'other_product' })] });
    });
    expect(await world.repair('subscriptions')).toEqual({ kind: 'unchanged' });
  });

  it('are counted once for each customer, and not for one that Stripe does not have', async () => {
    const { world, customerId } = await twoLive();
    const row = world.dynamodb.entitlements.get('ann');
    world.addRow('ann', { ...row, customerIds: [customerId, 'cus_never'] });
    world.once('before', 'read entitlement', () => end(world, 'sub_2'));
    world.calls.length = 0;
    expect(await world.repair('subscriptions')).toEqual({ kind: 'unchanged' });
    const asked = world.calls.filter((name) => name === 'list subscriptions');
    expect(asked).toHaveLength(2);
  });

  it('are also counted if the row is removed in the meantime', async () => {
    const { world } = await twoLive();
    world.once('before', 'read entitlement', () => world.dynamodb.entitlements.delete('ann'));
    const counted: (readonly string[])[] = [];
    world.calls.length = 0;
    const repaired = await world.repair('subscriptions', () => counted.push([...world.calls]));
    expect(repaired).toEqual({ planned: 'needs_review', outcome: 'needs_review' });
    expect(counted).toEqual([['read entitlement', 'list subscriptions']]);
    expect(world.dynamodb.entitlements.get('ann')?.status).toBe('active');
  });
});
