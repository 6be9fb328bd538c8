import { describe, expect, it } from 'vitest';
import type { PurchasedSubscription } from '../../core/billing/billing.ts';
import type { Ending } from '../../core/gate/ending.ts';
import { collectFacts } from '../../core/gate/evidence.ts';
import type { Subscription } from '../../core/subscription/subscription.ts';
import { type AccountWorld, createAccountWorld, OTHER_POOL_ID, POOL_ID } from '../support/account-world.ts';
import { T0 } from '../support/subscriptions.ts';
import { DAY, evidenceOf, factsOf, HOUR, mark, missing, undatedEvidenceOf } from './evidence-scene.ts';

/** A purchase of a user without records, which began at `T0`, a day after the customer was created. */
function purchase(fields: Partial<Subscription> = {}) {
  const world = createAccountWorld();
  const customerId = world.addCustomer('ann');
  world.makeOlder(customerId, DAY);
  const { sessionId, subscription } = world.addPurchase('ann', customerId, fields);
  const subscriptionId = subscription.id;
  const ending: Ending = { kind: 'checkout', sub: 'ann', customerId, sessionId, subscriptionId };
  const end = () => world.systems.billing.cancelSubscription(subscriptionId);
  return { world, customerId, subscriptionId, ending, end };
}

const ofPurchase = ['read subscription', 'read payment'];
const settled = { evidence: undefined, calls: ofPurchase };

describe('The evidence about a purchase', () => {
  it('says whose it is, and that the user signed up no later than the customer was created', async () => {
    const { world, ending } = purchase();
    const { evidence, calls } = await evidenceOf(world, ending);
    expect(evidence).toEqual({ ownership: 'own', basis: missing(world, T0 - DAY) });
    expect(calls).toEqual([
      ...ofPurchase,
      'retrieve customer',
      'read customer index',
      'find user',
      'read adoption',
    ]);
  });

  it('does not say when the user signed up if nothing says when the customer was created', async () => {
    const { world, ending } = purchase();
    const evidence = { ownership: 'own', basis: missing(world, 'unknown') };
    expect(await undatedEvidenceOf(world, ending)).toEqual(evidence);
  });

  it('is the request if the user requested the deletion', async () => {
    const { world, ending } = purchase();
    const profile = mark(world, 'ann');
    const row = world.addRow('ann');
    world.advance(DAY);
    expect(await factsOf(world, ending)).toEqual({
      profile,
      row,
      evidence: { ownership: 'own', basis: { kind: 'requested' } },
      requestedAt: T0,
    });
    expect(world.calls).not.toContain('find user');
  });

  it('is the answer of the pool if the gate marked the account', async () => {
    const { world, ending } = purchase();
    mark(world, 'ann', { requested: false });
    const { evidence } = await evidenceOf(world, ending);
    expect(evidence).toEqual({ ownership: 'own', basis: missing(world, T0 - DAY) });
  });

  it('is absent while the user has a row or an account that is not being deleted', async () => {
    const { world, ending } = purchase();
    world.addRow('ann');
    expect(await evidenceOf(world, ending)).toEqual({ evidence: undefined, calls: [] });
    world.addProfile('ann');
    expect(await evidenceOf(world, ending)).toEqual({ evidence: undefined, calls: [] });
    world.dynamodb.entitlements.clear();
    expect(await evidenceOf(world, ending)).toEqual({ evidence: undefined, calls: [] });
  });

  it('is absent if the time of the request is unreadable: nothing shows that the purchase was not used', async () => {
    const { world, ending } = purchase();
    mark(world, 'ann', { requestedAt: 'yesterday' });
    expect(await factsOf(world, ending)).toMatchObject({ evidence: undefined, requestedAt: null });
    expect(world.calls).not.toContain('read payment');
  });

  it('is absent if the subscription belongs to another customer', async () => {
    const { world, ending } = purchase();
    const other: Ending = { ...ending, kind: 'checkout', customerId: 'cus_other' };
    expect(await evidenceOf(world, other)).toEqual({ evidence: undefined, calls: ['read subscription'] });
  });

  it('cannot be gathered if Stripe has never known the subscription', async () => {
    const { world, ending } = purchase();
    const unknown: Ending = { ...ending, kind: 'checkout', subscriptionId: 'sub_unknown' };
    await expect(factsOf(world, unknown)).rejects.toMatchObject({
      name: 'Fault',
      details: {
        code: 'refused',
        system: 'stripe',
        operation: 'read subscription',
        reason: 'customer_not_in_account',
      },
    });
  });
});

describe('A purchase is settled', () => {
  it('if it ended unused and is refunded, and not before', async () => {
    const { world, ending, end, subscriptionId } = purchase();
    await end();
    const { evidence } = await evidenceOf(world, ending);
    expect(evidence).toEqual({ ownership: 'own', basis: missing(world, T0 - DAY) });
    await world.systems.billing.refundFirstPayment(subscriptionId, 'key');
    expect(await evidenceOf(world, ending)).toEqual(settled);
  });

  it('if it was used and has ended', async () => {
    const { world, ending, end } = purchase();
    world.advance(HOUR);
    await end();
    expect(await evidenceOf(world, ending)).toEqual(settled);
  });

  it('if it was used before the request to delete, which ends it with the account', async () => {
    const { world, ending } = purchase();
    world.advance(HOUR - 1);
    mark(world, 'ann');
    expect((await evidenceOf(world, ending)).evidence).toEqual({
      ownership: 'own',
      basis: { kind: 'requested' },
    });
    world.advance(1);
    mark(world, 'ann');
    expect(await evidenceOf(world, ending)).toEqual(settled);
  });

  it('not if it still runs after the time in which it can be refunded', async () => {
    const { world, ending } = purchase();
    world.advance(30 * DAY + 1);
    const { evidence } = await evidenceOf(world, ending);
    expect(evidence).toEqual({ ownership: 'own', basis: missing(world, T0 - DAY) });
  });

  it('not if a delayed payment came within the hour before the request', async () => {
    const { world, ending, subscriptionId } = purchase();
    const payment = world.stripe.payments.get(subscriptionId);
    world.advance(DAY);
    if (payment !== undefined) {
      world.stripe.payments.set(subscriptionId, { ...payment, paidMs: world.systems.clock.nowMs() });
    }
    mark(world, 'ann');
    expect((await evidenceOf(world, ending)).evidence).toEqual({
      ownership: 'own',
      basis: { kind: 'requested' },
    });
  });
});

describe('The owner of a purchase', () => {
  const setCustomer = (
    world: AccountWorld,
    id: string,
    stamp: { sub: string | null; poolId: string | null },
  ) => {
    const customer = world.stripe.customers.get(id);
    if (customer !== undefined) world.stripe.customers.set(id, { ...customer, ...stamp });
  };

  it('is another user if its customer was reassigned', async () => {
    const { world, ending, customerId } = purchase();
    setCustomer(world, customerId, { sub: 'ben', poolId: POOL_ID });
    const { evidence, calls } = await evidenceOf(world, ending);
    const basis = missing(world, T0 - DAY, { pool: 'not_asked', adopted: false });
    expect(evidence).toEqual({ ownership: 'other_user', basis });
    expect(calls).toEqual([...ofPurchase, 'retrieve customer']);
  });

  it('is another stage’s concern if its customer is', async () => {
    const { world, ending, customerId } = purchase();
    setCustomer(world, customerId, { sub: 'ann', poolId: OTHER_POOL_ID });
    expect(await evidenceOf(world, ending)).toEqual({
      evidence: undefined,
      calls: [...ofPurchase, 'retrieve customer'],
    });
  });

  it('is what the subscription names if its customer names no one', async () => {
    const { world, ending, customerId } = purchase();
    setCustomer(world, customerId, { sub: null, poolId: null });
    const { evidence } = await evidenceOf(world, ending);
    expect(evidence).toEqual({ ownership: 'own', basis: missing(world, T0 - DAY) });
  });

  it('is what the subscription names if its customer is deleted', async () => {
    const { world, ending, customerId } = purchase();
    await world.systems.billing.deleteCustomer(customerId);
    const { evidence } = await evidenceOf(world, ending);
    expect(evidence).toEqual({ ownership: 'own', basis: missing(world, null) });
  });

  describe('of version 0.1, which names no pool,', () => {
    // The purchase as that version's Checkout made it.
    function old() {
      const scene = purchase();
      const { systems } = scene.world;
      const stamp = { sub: 'ann', poolId: null };
      const readPurchased = async (id: string): Promise<PurchasedSubscription | 'missing'> => {
        const purchased = await systems.billing.readPurchased(id);
        return purchased === 'missing' ? purchased : { ...purchased, stamp };
      };
      const services = { ...systems, billing: { ...systems.billing, readPurchased } };
      const ownership = async () => (await collectFacts(services, scene.ending)).evidence?.ownership;
      return { ...scene, ownership };
    }

    it('is what its customer names', async () => {
      const { world, customerId, ownership } = old();
      expect(await ownership()).toBe('own');
      setCustomer(world, customerId, { sub: 'ann', poolId: null });
      expect(await ownership()).toBe('named');
      setCustomer(world, customerId, { sub: null, poolId: null });
      expect(await ownership()).toBe('unproven');
    });

    it('is proven by a profile or row that names its customer', async () => {
      const { world, customerId, ownership } = old();
      await world.systems.billing.deleteCustomer(customerId);
      expect(await ownership()).toBe('named');
      mark(world, 'ann');
      expect(await ownership()).toBe('named');
      world.addRow('ann', { customerIds: ['cus_other', customerId] });
      expect(await ownership()).toBe('own');
      world.addRow('ann', { customerIds: ['cus_other'] });
      expect(await ownership()).toBe('named');
      world.addProfile('ann', customerId);
      mark(world, 'ann');
      expect(await ownership()).toBe('own');
    });
  });
});
