/** A person writes another user into a customer's metadata: the request of its event names the former user. */
import { describe, expect, it } from 'vitest';
import type { SyncRequest } from '../../core/sync/sync-request.ts';
import { setReversal } from '../../simulation/worlds/stripe.ts';
import { createAccountWorld, POOL_ID, syncRequest } from '../support/account-world.ts';

/** Ann's row lists a customer with an active subscription. By now the customer names `owner`. */
function scene({ owner = 'ben' }: { readonly owner?: string | null } = {}) {
  const world = createAccountWorld();
  for (const sub of ['ann', 'ben']) {
    world.addProfile(sub, null);
    world.addRow(sub);
  }
  const customerId = world.addCustomer(owner);
  world.addSubscription({ id: 'sub_1', customerId });
  const paid = { status: 'active', subscriptionId: 'sub_1', stripeStatus: 'active' };
  world.addRow('ann', { customerIds: [customerId], ...paid });
  const reassigned = (fields: Partial<SyncRequest> = {}) =>
    world.sync(syncRequest(customerId, { sub: owner, reassigned: true, formerSub: 'ann', ...fields }));
  const rowOf = (sub: string) => world.dynamodb.entitlements.get(sub);
  const removeUser = (sub: string) => {
    world.dynamodb.entitlements.delete(sub);
    world.dynamodb.profiles.delete(sub);
  };
  return { world, customerId, reassigned, rowOf, removeUser };
}

const writtenFor = (sub: string, attempts = 2) => ({ kind: 'written', sub, status: 'active', attempts });
const losing = { status: 'none', plan: null, customerIds: [] };

describe('The sync of a customer that names another user than before', () => {
  it('writes the row of the former user without it, and the row of the new one with it', async () => {
    const { world, customerId, reassigned, rowOf } = scene();
    expect(await reassigned()).toEqual(writtenFor('ben'));
    expect(rowOf('ann')).toMatchObject(losing);
    expect(rowOf('ben')).toMatchObject({ status: 'active', customerIds: [customerId] });
    expect(world.logs).toEqual([]);
  });

  it('moves it also if it has no subscription, which the list of them would show', async () => {
    const { world, customerId, reassigned, rowOf } = scene();
    world.stripe.subscriptions.clear();
    expect(await reassigned()).toEqual({ ...writtenFor('ben'), status: 'none' });
    expect(rowOf('ann')).toMatchObject({ ...losing, formerCustomerIds: [customerId] });
    expect(rowOf('ben')).toMatchObject({ customerIds: [customerId] });
  });

  it('takes it from the former user also if that user’s profile is lost', async () => {
    const { world, customerId, reassigned, rowOf } = scene();
    world.dynamodb.profiles.delete('ann');
    expect(await reassigned()).toEqual(writtenFor('ben'));
    expect(rowOf('ann')).toMatchObject(losing);
    expect(rowOf('ben')).toMatchObject({ customerIds: [customerId] });
  });

  it('shows nothing of the customer in the former row, also if it is deleted a moment later', async () => {
    const { world, customerId, reassigned, rowOf } = scene();
    world.once('after', 'retrieve customer', () => world.systems.billing.deleteCustomer(customerId));
    await reassigned();
    expect(rowOf('ann')).toMatchObject({ ...losing, subscriptionId: null });
  });

  it('keeps what the former user’s other customers pay for', async () => {
    const { world, customerId, reassigned, rowOf } = scene();
    const other = world.addCustomer('ann');
    world.addSubscription({ id: 'sub_2', customerId: other });
    world.addRow('ann', { customerIds: [customerId, other] });
    await reassigned();
    expect(rowOf('ann')).toMatchObject({ status: 'active', subscriptionId: 'sub_2', customerIds: [other] });
  });

  it('reports a contradiction only if the profile of the former user still names the customer', async () => {
    const { world, customerId, reassigned, rowOf } = scene();
    world.addProfile('ann', customerId);
    expect(await reassigned()).toEqual(writtenFor('ben'));
    expect(rowOf('ann')).toMatchObject(losing);
    expect(world.logs.map(({ fields }) => fields)).toEqual([
      {
        metric: 'owner_contradiction',
        event_id: 'evt_1',
        customer_id: customerId,
        user_id: 'ben',
        other_user_id: 'ann',
        other_source: 'profile',
      },
    ]);
    // Also if the row does not list it any more.
    world.addRow('ann');
    await reassigned();
    expect(world.metrics()).toEqual(['owner_contradiction', 'owner_contradiction']);
  });

  it('reports another customer in the former user’s row that names someone else', async () => {
    const { world, customerId, reassigned, rowOf } = scene();
    const foreign = world.addCustomer('carl');
    world.addSubscription({ id: 'sub_2', customerId: foreign });
    world.addRow('ann', { customerIds: [customerId, foreign] });
    expect(await reassigned()).toEqual(writtenFor('ben'));
    expect(rowOf('ann')).toMatchObject(losing);
    expect(world.logs.map(({ fields }) => fields)).toMatchObject([
      { customer_id: foreign, user_id: 'carl', other_user_id: 'ann', other_source: 'row' },
    ]);
  });

  it.each([true, false])(
    'reads the new user from Stripe, whatever is remembered and the event says (former user has a row: %s)',
    async (hasRow) => {
      const { world, customerId, reassigned, rowOf, removeUser } = scene();
      world.owners.set(customerId, 'ann');
      if (!hasRow) removeUser('ann');
      expect(await reassigned({ sub: 'carl' })).toEqual(writtenFor('ben'));
      expect(rowOf('ann')?.customerIds).toEqual(hasRow ? [] : undefined);
      expect(rowOf('carl')).toBeUndefined();
      expect(world.logs).toEqual([]);
    },
  );

  it('also writes a row of the former user that does not list it, so that a sync of before is refused', async () => {
    const { world, customerId, reassigned, rowOf } = scene();
    world.addRow('ann');
    const customer = world.stripe.customers.get(customerId);
    if (customer === undefined) throw new TypeError('no customer');
    world.stripe.customers.set(customerId, { ...customer, sub: 'ann' });
    world.once('before', 'write entitlement', async () => {
      world.stripe.customers.set(customerId, customer);
      expect(await reassigned()).toEqual(writtenFor('ben'));
    });
    const outcome = await world.sync(syncRequest(customerId, { sub: 'ann' }));
    expect(outcome).toMatchObject({ kind: 'written', sub: 'ben' });
    expect(rowOf('ann')).toMatchObject(losing);
    expect(rowOf('ben')).toMatchObject({ customerIds: [customerId] });
  });

  it('does so too if the former user has no row yet', async () => {
    const { world, customerId, reassigned, rowOf } = scene();
    world.dynamodb.entitlements.delete('ann');
    expect(await reassigned()).toEqual(writtenFor('ben'));
    expect(rowOf('ann')).toMatchObject({ ...losing, provisional: false });
    expect(rowOf('ben')).toMatchObject({ customerIds: [customerId] });
  });

  it('goes on with the new user after it has removed a provisional row of a deleted one', async () => {
    const { world, customerId, reassigned, rowOf } = scene();
    world.dynamodb.profiles.delete('ann');
    world.addRow('ann', { customerIds: [customerId], provisional: true });
    expect(await reassigned()).toEqual(writtenFor('ben', 3));
    expect(rowOf('ann')).toBeUndefined();
  });

  it('writes the row of the former user also if the new one does not exist', async () => {
    const { world, reassigned, rowOf, removeUser } = scene();
    removeUser('ben');
    expect(await reassigned()).toEqual({ kind: 'no_such_user', sub: 'ben' });
    expect(rowOf('ann')).toMatchObject(losing);
    expect(rowOf('ben')).toBeUndefined();
    expect(world.logs).toEqual([]);
    // The second user is the customer’s answer, so it is not asked again.
    expect(world.calls.filter((call) => call === 'retrieve customer')).toHaveLength(1);
  });

  it('does not skip the new row because the former one is current', async () => {
    const { world, customerId, reassigned, rowOf } = scene();
    world.advance(60);
    await world.sync(syncRequest(customerId, { sub: 'ann', changedAt: world.nowSeconds() }));
    world.addRow('ben');
    expect(await reassigned()).toEqual(writtenFor('ben'));
    expect(rowOf('ben')).toMatchObject({ customerIds: [customerId] });
  });

  it('reads whether the payment was reversed while the customer was the former user’s', async () => {
    const { world, reassigned, rowOf } = scene();
    const [subscription] = world.stripe.subscriptions.values();
    if (subscription !== undefined) setReversal(world.stripe, subscription, 'refunded');
    await reassigned();
    expect(rowOf('ben')).toMatchObject({ status: 'active', reversal: 'refunded' });
  });

  it('reads it also if the row of the new user has gained the customer since', async () => {
    const { world, customerId, reassigned, rowOf } = scene();
    const [subscription] = world.stripe.subscriptions.values();
    if (subscription !== undefined) setReversal(world.stripe, subscription, 'refunded');
    world.advance(60);
    await world.sync(syncRequest(customerId, { sub: 'ben', changedAt: world.nowSeconds() }));
    expect(rowOf('ben')?.reversal).toBeNull();
    await reassigned();
    expect(rowOf('ben')?.reversal).toBe('refunded');
  });

  it('also gives a customer that named no user before to its user', async () => {
    const { world, customerId, rowOf } = scene();
    world.addRow('ann');
    const request = syncRequest(customerId, { sub: 'ben', reassigned: true });
    expect(await world.sync(request)).toEqual(writtenFor('ben', 1));
    expect(rowOf('ben')).toMatchObject({ customerIds: [customerId] });
  });
});

describe('The sync of a customer that names no user any more', () => {
  it('leaves it in the row that records it', async () => {
    const { world, customerId, reassigned, rowOf } = scene({ owner: null });
    expect(await reassigned()).toEqual(writtenFor('ann', 1));
    expect(rowOf('ann')).toMatchObject({ status: 'active', customerIds: [customerId] });
    expect(world.metrics()).toEqual(['customer_name_restored']);
    expect(world.stripe.customers.get(customerId)).toMatchObject({ sub: 'ann', poolId: POOL_ID });
  });

  it('leaves it in the row of the user that it named in between', async () => {
    const { world, customerId, rowOf } = scene({ owner: null });
    world.addRow('ann');
    world.addRow('ben', { customerIds: [customerId] });
    const request = syncRequest(customerId, { sub: 'ben', reassigned: true });
    expect(await world.sync(request)).toEqual(writtenFor('ben', 1));
    expect(rowOf('ben')).toMatchObject({ customerIds: [customerId] });
  });

  it('adds it to the row of the user whose profile names it', async () => {
    const { world, customerId, reassigned, rowOf } = scene({ owner: null });
    world.addRow('ann');
    world.addProfile('ann', customerId);
    expect(await reassigned()).toEqual(writtenFor('ann', 1));
    expect(rowOf('ann')).toMatchObject({ status: 'active', customerIds: [customerId] });
  });

  it('never adds it to the row of its former user only because it named that user', async () => {
    const { world, customerId, reassigned, rowOf } = scene({ owner: null });
    world.addRow('ann');
    world.owners.set(customerId, 'ann');
    expect(await reassigned()).toEqual({ kind: 'unknown_customer' });
    expect(rowOf('ann')).toMatchObject(losing);
  });

  it('follows the user in the event if the customer is deleted by now', async () => {
    const { world, customerId, reassigned, rowOf } = scene();
    world.addRow('ann');
    await world.systems.billing.deleteCustomer(customerId);
    expect(await reassigned()).toEqual({ ...writtenFor('ben'), status: 'canceled' });
    expect(rowOf('ann')).toMatchObject(losing);
  });
});

describe('A remembered owner', () => {
  it('that does not exist any more is not believed', async () => {
    const { world, customerId, rowOf, removeUser } = scene();
    world.owners.set(customerId, 'ann');
    removeUser('ann');
    expect(await world.sync(syncRequest(customerId))).toEqual(writtenFor('ben'));
    expect(rowOf('ben')).toMatchObject({ customerIds: [customerId] });
    expect(world.logs).toEqual([]);
  });

  it('whose records do not name the customer any more is not reported', async () => {
    const { world, customerId } = scene();
    world.addRow('ann');
    world.owners.set(customerId, 'ann');
    expect(await world.sync(syncRequest(customerId))).toEqual(writtenFor('ben'));
    expect(world.logs).toEqual([]);
  });
});
