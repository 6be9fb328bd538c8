import { describe, expect, it } from 'vitest';
import { carryOut } from '../../core/gate/carry-out.ts';
import { SETTLED_SECONDS } from '../../core/gate/decide.ts';
import type { Ending } from '../../core/gate/ending.ts';
import { createGate } from '../../core/gate/gate.ts';
import { Fault } from '../../core/system/fault.ts';
import { type AccountWorld, createAccountWorld } from '../support/account-world.ts';
import { T0 } from '../support/subscriptions.ts';

const ending: Ending = { kind: 'account', sub: 'ann' };
const ended = (...actions: readonly string[]) => ({ kind: 'ended', actions });
const refused = (reason: string) => ({ kind: 'refused', reason });

/** An account of an hour whose user was deleted in Cognito itself. */
function scene() {
  const world = createAccountWorld();
  const { customerId } = world.addAccount('ann');
  world.cognito.users.delete('ann');
  world.advance(SETTLED_SECONDS);
  const requests: unknown[] = [];
  const deleteAccount = async (request: Parameters<AccountWorld['deleteAccount']>[0]) => {
    requests.push(request);
    return world.deleteAccount(request);
  };
  const gate = createGate({ ...world.systems, deleteAccount });
  const { dynamodb, stripe } = world;
  const state = () => ({
    profile: dynamodb.profiles.has('ann'),
    row: dynamodb.entitlements.has('ann'),
    customers: [...stripe.customers.values()].filter(({ deletedMs }) => deletedMs === null).length,
  });
  return { world, customerId, gate, requests, state };
}

const nothing = { profile: false, row: false, customers: 0 };
const everything = { profile: true, row: true, customers: 1 };

describe('The account of a user that Cognito does not know', () => {
  it('is deleted like one whose user requested it, without a request on record', async () => {
    const { world, gate, requests, state } = scene();
    expect(await gate.end(ending)).toEqual(ended('account_deleted'));
    expect(state()).toEqual(nothing);
    const poolId = world.systems.poolId;
    const basis = { kind: 'user_missing', pool: 'unknown_user', signUpAt: T0, adopted: true };
    const evidence = { ownership: 'own', basis: { ...basis, nowSeconds: world.nowSeconds() } };
    expect(requests).toEqual([{ poolId, sub: 'ann', username: null, requested: false, evidence }]);
    expect(await gate.end(ending)).toEqual({ kind: 'unchanged' });
  });

  it('is not marked again if another run deletes it at this moment', async () => {
    const { world, gate, state } = scene();
    world.once('before', 'mark profile for deletion', () => world.dynamodb.profiles.delete('ann'));
    expect(await gate.end(ending)).toEqual({ kind: 'unchanged' });
    expect(state()).toEqual({ ...everything, profile: false });
  });

  it('is refunded first what it bought and never used, from every recorded customer', async () => {
    const { world, customerId, gate, state } = scene();
    const second = world.addCustomer('ann');
    world.addRow('ann', { customerIds: [customerId, second] });
    const bought = [customerId, second].map((id) => world.addPurchase('ann', id).subscription.id);
    expect(await gate.end(ending)).toEqual(ended('refunded', 'subscription_canceled', 'account_deleted'));
    expect(bought.map((id) => world.stripe.payments.get(id)?.refunded)).toEqual([true, true]);
    expect(state()).toEqual(nothing);
    // The customer that profile and row both name is looked at once.
    expect(world.calls.filter((call) => call === 'list sold')).toHaveLength(2);
  });

  it('is refunded nothing that appeared in its row', async () => {
    const { world, customerId, gate } = scene();
    const { subscription } = world.addPurchase('ann', customerId);
    world.addRow('ann', { customerIds: [customerId], subscriptionId: subscription.id });
    expect(await gate.end(ending)).toEqual(ended('account_deleted'));
    expect(world.stripe.payments.get(subscription.id)?.refunded).toBe(false);
    expect(world.stripe.subscriptions.get(subscription.id)?.status).toBe('canceled');
  });

  it('is deleted also if it has no row, or no customer', async () => {
    const { world, customerId, gate, state } = scene();
    world.dynamodb.entitlements.delete('ann');
    const { subscription } = world.addPurchase('ann', customerId);
    expect(await gate.end(ending)).toEqual(ended('refunded', 'subscription_canceled', 'account_deleted'));
    expect(world.stripe.payments.get(subscription.id)?.refunded).toBe(true);
    expect(state()).toEqual(nothing);
    world.addProfile('ann', null);
    world.advance(SETTLED_SECONDS);
    expect(await gate.end(ending)).toEqual(ended('account_deleted'));
    expect(state()).toEqual(nothing);
  });

  it('is deleted although one of its customers is deleted already', async () => {
    const { world, customerId, gate, state } = scene();
    await world.systems.billing.deleteCustomer(customerId);
    world.addRow('ann', { customerIds: ['cus_unknown'] });
    expect(await gate.end(ending)).toEqual(ended('account_deleted'));
    expect(state()).toEqual(nothing);
  });

  it('stays with everything if its customer was reassigned to another user', async () => {
    const { world, customerId, gate, state } = scene();
    const { subscription } = world.addPurchase('ann', customerId);
    const customer = world.stripe.customers.get(customerId);
    if (customer !== undefined) world.stripe.customers.set(customerId, { ...customer, sub: 'ben' });
    expect(await gate.end(ending)).toEqual({ kind: 'refused', reason: 'owner_contradiction' });
    expect(state()).toMatchObject({ profile: true, row: true });
    expect(world.stripe.customers.get(customerId)?.deletedMs).toBeNull();
    expect(world.stripe.payments.get(subscription.id)?.refunded).toBe(false);
    expect(world.stripe.subscriptions.get(subscription.id)?.status).toBe('active');
  });

  it('stays, without a mark, if Stripe knows none of its customers', async () => {
    const { world, gate, requests } = scene();
    world.addProfile('ann', 'cus_unknown');
    world.addRow('ann', { customerIds: ['cus_unknown_too'] });
    world.advance(SETTLED_SECONDS);
    await expect(gate.end(ending)).rejects.toMatchObject({
      name: 'Fault',
      details: {
        code: 'refused',
        system: 'stripe',
        operation: 'delete customer',
        reason: 'customer_not_in_account',
      },
    });
    expect(requests).toEqual([]);
    expect(world.dynamodb.profiles.get('ann')).toMatchObject({ deletion: null });
  });

  it('needs new proof after an attempt that failed', async () => {
    const { world, gate, state } = scene();
    const failure = new Fault({ code: 'unavailable', system: 'stripe', operation: 'delete customer' });
    world.once('before', 'delete customer', () => {
      throw failure;
    });
    await expect(gate.end(ending)).rejects.toBe(failure);
    const requestedAt = String((T0 + SETTLED_SECONDS) * 1000);
    const deletion = { requestedAt, username: null, requested: false, refund: null };
    expect(world.dynamodb.profiles.get('ann')?.deletion).toEqual(deletion);
    world.addUser('ann');
    expect(await gate.end(ending)).toEqual(refused('user_exists'));
    expect(state()).toEqual(everything);
    world.cognito.users.delete('ann');
    expect(await gate.end(ending)).toEqual(ended('account_deleted'));
    expect(state()).toEqual(nothing);
  });

  it('is left to the deletion that its user requested', async () => {
    const { world, gate, state } = scene();
    const mark = { userId: 'ann', username: 'ann', at: '0', requested: true };
    await world.systems.profiles.markForDeletion(mark);
    expect(await gate.end(ending)).toEqual({ kind: 'unchanged' });
    expect(state()).toEqual(everything);
  });

  it.each(['no accounts are ended', 'no pool is configured'])('stays where %s', async (where) => {
    const { world, customerId, requests, state } = scene();
    const { subscription } = world.addPurchase('ann', customerId);
    const { deleteAccount, systems } = world;
    const services =
      where === 'no pool is configured'
        ? { ...systems, deleteAccount, poolId: null }
        : { ...systems, deleteAccount: null };
    expect(await createGate(services).end(ending)).toEqual(refused('not_proven_ours'));
    expect(requests).toEqual([]);
    expect(state()).toEqual(everything);
    expect(world.stripe.payments.get(subscription.id)?.refunded).toBe(false);
  });

  it('stays without a pool, whatever the evidence says', async () => {
    const { world, requests, state } = scene();
    const { systems, deleteAccount } = world;
    const evidence = { ownership: 'own', basis: { kind: 'requested' } } as const;
    const facts = {
      profile: world.dynamodb.profiles.get('ann'),
      row: undefined,
      evidence,
      requestedAt: null,
      removal: undefined,
    };
    const services = { ...systems, deleteAccount, poolId: null };
    expect(await carryOut(services, ending, facts)).toEqual(refused('not_proven_ours'));
    expect([requests, world.calls]).toEqual([[], []]);
    expect(state()).toEqual(everything);
  });
});
