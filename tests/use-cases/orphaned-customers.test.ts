import { describe, expect, it } from 'vitest';
import type { SoldSubscription } from '../../core/billing/billing.ts';
import { SETTLED_SECONDS } from '../../core/gate/decide.ts';
import type { Ending } from '../../core/gate/ending.ts';
import { createGate } from '../../core/gate/gate.ts';
import { Fault } from '../../core/system/fault.ts';
import { type AccountWorld, createAccountWorld, OTHER_POOL_ID, POOL_ID } from '../support/account-world.ts';

const ended = (...actions: readonly string[]) => ({ kind: 'ended', actions });

function isDeleted({ stripe }: AccountWorld, id: string): boolean {
  return stripe.customers.get(id)?.deletedMs !== null;
}

function isRefunded({ stripe }: AccountWorld, subscriptionId: string): boolean | undefined {
  return stripe.payments.get(subscriptionId)?.refunded;
}

function assign({ stripe }: AccountWorld, id: string, sub: string | null, poolId: string | null): void {
  const customer = stripe.customers.get(id);
  if (customer !== undefined) stripe.customers.set(id, { ...customer, sub, poolId });
}

/** A customer that was created an hour ago for a user who is now unknown everywhere. */
function scene() {
  const world = createAccountWorld();
  const customerId = world.addCustomer('ann');
  world.advance(SETTLED_SECONDS);
  const ending: Ending = { kind: 'customer', sub: 'ann', customerId };
  const buy = () => world.addPurchase('ann', customerId).subscription.id;
  return { world, customerId, buy, end: () => world.gate.end(ending), ending };
}

describe('The customer of a deleted user', () => {
  it('is deleted, and a person is informed', async () => {
    const { world, customerId, end } = scene();
    expect(await end()).toEqual(ended('customer_deleted'));
    expect(isDeleted(world, customerId)).toBe(true);
    expect(world.logs.map(({ level, fields }) => ({ level, fields }))).toEqual([
      {
        level: 'warn',
        fields: { metric: 'orphaned_customer', customer_id: customerId, user_id: 'ann' },
      },
    ]);
    expect(await end()).toEqual({ kind: 'unchanged' });
  });

  it('is refunded what its user bought and never used, and then deleted', async () => {
    const { world, customerId, buy, end } = scene();
    const bought = [buy(), buy()];
    expect(await end()).toEqual(ended('refunded', 'subscription_canceled', 'customer_deleted'));
    for (const id of bought) {
      expect(isRefunded(world, id)).toBe(true);
      expect(world.stripe.subscriptions.get(id)?.status).toBe('canceled');
    }
    expect(isDeleted(world, customerId)).toBe(true);
    expect(world.metrics()).toEqual(['orphaned_checkout', 'orphaned_checkout', 'orphaned_customer']);
    expect(world.calls.indexOf('refund')).toBeLessThan(world.calls.indexOf('delete customer'));
  });

  it('is refunded only what was paid, and what ended unused', async () => {
    const { world, buy, end } = scene();
    const unpaid = buy();
    const payment = world.stripe.payments.get(unpaid);
    if (payment !== undefined) world.stripe.payments.set(unpaid, { ...payment, paidMs: null });
    expect(await end()).toEqual(ended('subscription_canceled', 'customer_deleted'));
    const second = scene();
    await second.world.systems.billing.cancelSubscription(second.buy());
    expect(await second.end()).toEqual(ended('refunded', 'customer_deleted'));
  });

  it('is deleted although Stripe refuses a refund permanently, and the alarm is raised', async () => {
    const { world, customerId, buy, end } = scene();
    const bought = [buy(), buy()];
    world.once('before', 'refund', () => {
      throw new Fault({ code: 'refused', system: 'stripe', operation: 'refund', statusCode: 403 });
    });
    expect(await end()).toEqual(ended('refunded', 'subscription_canceled', 'customer_deleted'));
    expect(bought.map((id) => isRefunded(world, id))).toEqual([false, true]);
    expect(isDeleted(world, customerId)).toBe(true);
    expect(world.logs.filter(({ level }) => level === 'error')).toMatchObject([
      { fields: { metric: 'orphaned_checkout', subscription_id: bought[0] }, cause: { name: 'Fault' } },
      { fields: { metric: 'orphaned_checkout', subscription_id: bought[1], refunds: 1 } },
    ]);
  });

  it('is reported with the canceled subscription if its only refund is refused', async () => {
    const { world, customerId, buy, end } = scene();
    buy();
    world.once('before', 'refund', () => {
      throw new Fault({ code: 'refused', system: 'stripe', operation: 'refund', statusCode: 403 });
    });
    expect(await end()).toEqual(ended('subscription_canceled', 'customer_deleted'));
    expect(isDeleted(world, customerId)).toBe(true);
  });

  it('is not reported with a cancellation that Stripe refuses', async () => {
    const { world, buy, end } = scene();
    buy();
    world.once('before', 'cancel subscription', () => {
      throw new Fault({ code: 'refused', system: 'stripe', operation: 'cancel', statusCode: 403 });
    });
    expect(await end()).toEqual(ended('customer_deleted'));
  });

  it.each([
    ['Stripe does not answer', new Fault({ code: 'unavailable', system: 'stripe', operation: 'refund' })],
    ['the process has a defect', new TypeError('a defect')],
  ])('is kept for the next attempt if a refund fails because %s', async (_, failure) => {
    const { world, customerId, buy, end } = scene();
    const bought = buy();
    world.once('before', 'refund', () => {
      throw failure;
    });
    await expect(end()).rejects.toBe(failure);
    expect(isDeleted(world, customerId)).toBe(false);
    // The next attempt completes it.
    expect(await end()).toEqual(ended('refunded', 'customer_deleted'));
    expect(isRefunded(world, bought)).toBe(true);
  });

  it.each([
    ['names another user', { sub: 'ben', poolId: POOL_ID }, false],
    ['names another stage', { sub: 'ann', poolId: OTHER_POOL_ID }, false],
    ['names no one', { sub: null, poolId: null }, false],
    ['names the user and, as in version 0.1, no pool', { sub: 'ann', poolId: null }, true],
  ])('gets a refund only for purchases of its user; this one %s', async (_, stamp, refunds) => {
    const { world, buy, ending } = scene();
    const bought = buy();
    const { systems, deleteAccount } = world;
    const listSold = async (id: string): Promise<readonly SoldSubscription[]> =>
      (await systems.billing.listSold(id)).map((sold) => ({ ...sold, stamp }));
    const gate = createGate({ ...systems, deleteAccount, billing: { ...systems.billing, listSold } });
    const actions = refunds ? ['refunded', 'subscription_canceled'] : [];
    expect(await gate.end(ending)).toEqual(ended(...actions, 'customer_deleted'));
    expect(isRefunded(world, bought)).toBe(refunds);
  });
});

describe('A customer that changes while it is ended', () => {
  it('is kept, with what was sold to it, if it is reassigned to another user', async () => {
    const { world, customerId, buy, end } = scene();
    const bought = buy();
    world.once('after', 'reserve ending', () => assign(world, customerId, 'ben', POOL_ID));
    expect(await end()).toEqual({ kind: 'refused', reason: 'owner_contradiction' });
    expect(isDeleted(world, customerId)).toBe(false);
    expect(isRefunded(world, bought)).toBe(false);
    expect(world.calls).not.toContain('list sold');
    expect(world.metrics()).toEqual(['owner_contradiction']);
  });

  it('is kept, with what was sold to it, if it becomes another stage’s', async () => {
    const { world, customerId, buy, end } = scene();
    const bought = buy();
    world.once('after', 'reserve ending', () => assign(world, customerId, 'ann', OTHER_POOL_ID));
    expect(await end()).toEqual({ kind: 'refused', reason: 'other_pool' });
    expect(isDeleted(world, customerId)).toBe(false);
    expect(isRefunded(world, bought)).toBe(false);
  });

  it.each([
    ['user', null],
    ['pool', 'ann'],
  ])('is kept if its metadata no longer name the %s: no record does either', async (_, sub) => {
    const { world, customerId, end } = scene();
    world.once('after', 'list sold', () => assign(world, customerId, sub, null));
    expect(await end()).toEqual({ kind: 'refused', reason: 'not_proven_ours' });
    expect(isDeleted(world, customerId)).toBe(false);
    expect(world.metrics()).toEqual(['ending_refused']);
  });

  it('is kept after a refund, which the result names', async () => {
    const { world, customerId, buy, end } = scene();
    buy();
    world.once('after', 'refund', () => assign(world, customerId, 'ben', POOL_ID));
    expect(await end()).toEqual(ended('refunded', 'subscription_canceled'));
    expect(isDeleted(world, customerId)).toBe(false);
    expect(world.metrics()).toEqual(['orphaned_checkout', 'owner_contradiction']);
  });

  it('is deleted by someone else at the same time, which is no failure', async () => {
    const { world, customerId, end } = scene();
    world.once('after', 'reserve ending', () => world.systems.billing.deleteCustomer(customerId));
    expect(await end()).toEqual(ended('customer_deleted'));
    expect(world.calls.filter((call) => call === 'delete customer')).toHaveLength(1);
  });
});

describe('The row of a deleted user', () => {
  const ending: Ending = { kind: 'row', sub: 'ann' };

  // A row without a profile that lists these customers, written an hour ago.
  function rowScene(customersOf: (world: AccountWorld) => readonly string[]) {
    const world = createAccountWorld();
    const customerIds = customersOf(world);
    const row = world.addRow('ann', { customerIds });
    world.advance(SETTLED_SECONDS);
    return { world, row, customerIds, hasRow: () => world.dynamodb.entitlements.has('ann') };
  }

  it('is removed after its customers, also one that other code created for the user', async () => {
    const { world, customerIds, hasRow } = rowScene(({ addCustomer }) => [
      addCustomer('ann'),
      addCustomer('ann', null),
    ]);
    expect(await world.gate.end(ending)).toEqual(
      ended('customer_deleted', 'customer_deleted', 'row_removed'),
    );
    expect(customerIds.map((id) => isDeleted(world, id))).toEqual([true, true]);
    expect(hasRow()).toBe(false);
    expect(world.calls.at(-1)).toBe('remove entitlement');
    expect(world.logs.map(({ fields }) => fields)).toEqual(
      customerIds.map((id) => ({ metric: 'orphaned_customer', customer_id: id, user_id: 'ann' })),
    );
  });

  it('is removed also if it lists no customer', async () => {
    const { world, hasRow } = rowScene(() => []);
    expect(await world.gate.end(ending)).toEqual(ended('row_removed'));
    expect(hasRow()).toBe(false);
  });

  it.each([
    ['another user', 'ben', POOL_ID, 'owner_contradiction'],
    ['another pool', 'ann', OTHER_POOL_ID, 'other_pool'],
    ['no user', null, null, 'not_proven_ours'],
  ])('stays, with all its customers, if one of them names %s', async (_, sub, pool, reason) => {
    const { world, customerIds, hasRow } = rowScene(({ addCustomer }) => [
      addCustomer('ann'),
      addCustomer(sub, pool),
    ]);
    expect(await world.gate.end(ending)).toEqual({ kind: 'refused', reason });
    expect(customerIds.map((id) => isDeleted(world, id))).toEqual([false, false]);
    expect(hasRow()).toBe(true);
    expect(world.metrics()).toEqual(['ending_refused']);
  });

  it('stays if a subscription of its customer names another user', async () => {
    const { world, customerIds, hasRow } = rowScene(({ addCustomer }) => [addCustomer('ann')]);
    const [customerId = ''] = customerIds;
    world.addPurchase('ben', customerId);
    expect(await world.gate.end(ending)).toEqual({ kind: 'refused', reason: 'owner_contradiction' });
    expect(hasRow()).toBe(true);
    expect(isDeleted(world, customerId)).toBe(false);
  });

  it('leaves customers that are deleted already, or that Stripe does not know, as they are', async () => {
    const { world, customerIds, hasRow } = rowScene(({ addCustomer }) => [addCustomer('ann'), 'cus_unknown']);
    const [deleted = ''] = customerIds;
    await world.systems.billing.deleteCustomer(deleted);
    expect(await world.gate.end(ending)).toEqual(ended('row_removed'));
    expect(hasRow()).toBe(false);
    expect(world.logs).toEqual([]);
  });

  it('stays if Stripe knows none of its customers: they may be billed in another account', async () => {
    const { world, hasRow } = rowScene(() => ['cus_unknown', 'cus_unknown_too']);
    await expect(world.gate.end(ending)).rejects.toMatchObject({
      name: 'Fault',
      details: {
        code: 'refused',
        system: 'stripe',
        operation: 'delete customer',
        reason: 'customer_not_in_account',
      },
    });
    expect(hasRow()).toBe(true);
  });

  it('stays if it changes in the meantime: it may list another customer by now', async () => {
    const { world, row, hasRow } = rowScene(({ addCustomer }) => [addCustomer('ann')]);
    world.once('after', 'delete customer', () => world.addRow('ann', { ...row, fence: { version: 2 } }));
    await expect(world.gate.end(ending)).rejects.toMatchObject({
      name: 'Fault',
      details: { code: 'contention', system: 'dynamodb' },
    });
    expect(hasRow()).toBe(true);
  });

  it('is removed without a customer that is reassigned in the meantime, which is reported', async () => {
    const { world, customerIds, hasRow } = rowScene(({ addCustomer }) => [
      addCustomer('ann'),
      addCustomer('ann'),
    ]);
    const [customerId = ''] = customerIds;
    world.once('after', 'reserve ending', () => assign(world, customerId, 'ben', POOL_ID));
    expect(await world.gate.end(ending)).toEqual(ended('customer_deleted', 'row_removed'));
    expect(customerIds.map((id) => isDeleted(world, id))).toEqual([false, true]);
    expect(hasRow()).toBe(false);
    const contradiction = { customer_id: customerId, user_id: 'ben', other_user_id: 'ann' };
    expect(world.logs.map(({ fields }) => fields)).toContainEqual(
      expect.objectContaining({ ...contradiction, other_source: 'row' }),
    );
  });

  it.each([
    ['no user', null, null, 'not_proven_ours'],
    ['another pool', 'ann', OTHER_POOL_ID, 'other_pool'],
  ])('stays as the only record of a customer that names %s in the meantime', async (_, sub, pool, reason) => {
    const { world, customerIds, hasRow } = rowScene(({ addCustomer }) => [addCustomer('ann')]);
    const [customerId = ''] = customerIds;
    world.once('after', 'reserve ending', () => assign(world, customerId, sub, pool));
    expect(await world.gate.end(ending)).toEqual({ kind: 'refused', reason });
    expect([hasRow(), isDeleted(world, customerId)]).toEqual([true, false]);
  });

  it('stays as the record of the one that is kept, and the report names what was ended of the others', async () => {
    const { world, customerIds, hasRow } = rowScene(({ addCustomer }) => [
      addCustomer('ann'),
      addCustomer('ann'),
    ]);
    world.once('after', 'reserve ending', () => assign(world, customerIds[0] ?? '', null, null));
    expect(await world.gate.end(ending)).toEqual(ended('customer_deleted'));
    expect(customerIds.map((id) => isDeleted(world, id))).toEqual([false, true]);
    expect(hasRow()).toBe(true);
  });

  it('shows which purchases were used: only the others are refunded', async () => {
    const { world, customerIds } = rowScene(({ addCustomer }) => [addCustomer('ann')]);
    const [customerId = ''] = customerIds;
    const [current, former, unused] = [1, 2, 3].map(
      () => world.addPurchase('ann', customerId).subscription.id,
    );
    const [shown, before] = [current, former].map((id = '') => ({
      subscriptionId: id,
      stripeStatus: 'active',
    }));
    const change = { at: null, by: 'evt_1', before: { status: 'none', plan: null } };
    const after = { ...world.addRow('ann'), ...before };
    world.addRow('ann', { ...shown, customerIds, updatedAt: '0', history: [{ ...change, after }] });
    const actions = ['refunded', 'subscription_canceled', 'customer_deleted', 'row_removed'];
    expect(await world.gate.end(ending)).toEqual(ended(...actions));
    const refunds = [current, former, unused].map((id = '') => isRefunded(world, id));
    expect(refunds).toEqual([false, false, true]);
  });

  it('of a stage without a configured pool is kept with its customers: no pool can be asked about the user', async () => {
    const { world, customerIds, hasRow } = rowScene(({ addCustomer }) => [addCustomer('ann')]);
    const gate = createGate({ ...world.systems, deleteAccount: world.deleteAccount, poolId: null });
    expect(await gate.end(ending)).toEqual({ kind: 'refused', reason: 'not_proven_ours' });
    expect(hasRow()).toBe(true);
    expect(customerIds.map((id) => isDeleted(world, id))).toEqual([false]);
    expect(world.installation.endings.size).toBe(0);
    expect(world.metrics()).toEqual(['ending_refused']);
  });
});
