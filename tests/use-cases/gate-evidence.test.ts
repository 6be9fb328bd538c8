import { describe, expect, it } from 'vitest';
import type { Profile } from '../../core/account/profile.ts';
import type { PurchasedSubscription } from '../../core/billing/billing.ts';
import type { Ending } from '../../core/gate/ending.ts';
import { collectFacts } from '../../core/gate/evidence.ts';
import type { Subscription } from '../../core/subscription/subscription.ts';
import { createAccountWorld, OTHER_POOL_ID, POOL_ID } from '../support/account-world.ts';
import { T0 } from '../support/subscriptions.ts';

const HOUR = 3_600;
const DAY = 24 * HOUR;
type World = ReturnType<typeof createAccountWorld>;

const factsOf = (world: World, ending: Ending) => collectFacts(world.systems, ending);

/** Reads the evidence at `T0` plus `seconds`, and returns the calls after the two reads of the tables. */
async function evidenceOf(world: World, ending: Ending) {
  world.calls.length = 0;
  const { evidence } = await factsOf(world, ending);
  expect(world.calls.slice(0, 2)).toEqual(['read profile', 'read entitlement']);
  return { evidence, calls: world.calls.slice(2) };
}

/** A customer's own metadata, and those of its subscriptions. */
const ofOwner = ['retrieve customer', 'read subscription stamps'];

const missing = (world: World, signUpAt: number | null, answer: object = {}) => ({
  kind: 'user_missing',
  signUpAt,
  nowSeconds: world.nowSeconds(),
  pool: 'unknown_user',
  adopted: true,
  ...answer,
});

/** Marks the profile at this moment. `requestedAt` is a text as another writer may have stored it. */
function mark(
  world: World,
  sub: string,
  { requested = true, requestedAt = String(world.systems.clock.nowMs()) } = {},
) {
  const profile: Profile = { userId: sub, customerId: null, deletion: null, createdAt: null };
  const deletion = { requestedAt, username: null, requested };
  const marked = { ...(world.dynamodb.profiles.get(sub) ?? profile), deletion };
  world.dynamodb.profiles.set(sub, marked);
  return marked;
}

describe('The evidence about a customer', () => {
  function scene(sub: string | null = 'ann', pool?: string | null) {
    const world = createAccountWorld();
    const customerId = world.addCustomer(sub, pool);
    const ending: Ending = { kind: 'customer', sub: 'ann', customerId };
    world.advance(DAY);
    return { world, customerId, ending };
  }

  it('says whose it is, when it was created, and that the pool does not know the user', async () => {
    const { world, ending } = scene();
    expect(await factsOf(world, ending)).toEqual({
      profile: undefined,
      row: undefined,
      evidence: { ownership: 'own', basis: missing(world, T0) },
      requestedAt: null,
    });
    world.installation.adopted = false;
    const { evidence, calls } = await evidenceOf(world, ending);
    expect(evidence).toEqual({ ownership: 'own', basis: missing(world, T0, { adopted: false }) });
    expect(calls).toEqual([...ofOwner, 'find user', 'read adoption']);
  });

  it.each(['ann', 'google_1'])('says that the pool knows the user, by the username %s', async (username) => {
    const { world, ending } = scene();
    world.addUser('ann', username);
    world.advance(60);
    const { evidence, calls } = await evidenceOf(world, ending);
    const basis = missing(world, T0, { pool: 'knows_user', adopted: false });
    expect(evidence).toEqual({ ownership: 'own', basis });
    expect(calls).toEqual([...ofOwner, 'find user']);
  });

  it.each([
    ['names the user and no pool', 'ann', null, 'named', ofOwner],
    ['names no user', null, null, 'unproven', ofOwner],
    ['names another user', 'ben', undefined, 'other_user', ['retrieve customer']],
  ] as const)('does not ask the pool about one that %s', async (_, sub, pool, ownership, expected) => {
    const { world, ending } = scene(sub, pool);
    const { evidence, calls } = await evidenceOf(world, ending);
    const basis = missing(world, T0, { pool: 'not_asked', adopted: false });
    expect(evidence).toEqual({ ownership, basis });
    expect(calls).toEqual(expected);
  });

  it('is absent if it is another stage’s, deleted, or unknown to Stripe', async () => {
    const foreign = scene('ann', OTHER_POOL_ID);
    expect((await factsOf(foreign.world, foreign.ending)).evidence).toBeUndefined();
    const { world, customerId, ending } = scene();
    await world.systems.billing.deleteCustomer(customerId);
    expect(await evidenceOf(world, ending)).toEqual({ evidence: undefined, calls: ['retrieve customer'] });
    const unknown: Ending = { ...ending, kind: 'customer', customerId: 'cus_unknown' };
    expect(await evidenceOf(world, unknown)).toEqual({ evidence: undefined, calls: ['retrieve customer'] });
  });

  it('is absent if the user has a profile or a row by now', async () => {
    const { world, ending } = scene();
    world.addRow('ann');
    expect(await evidenceOf(world, ending)).toEqual({ evidence: undefined, calls: [] });
    world.dynamodb.entitlements.clear();
    world.addProfile('ann');
    expect(await evidenceOf(world, ending)).toEqual({ evidence: undefined, calls: [] });
  });
});

describe('The evidence about a row', () => {
  const ending: Ending = { kind: 'row', sub: 'ann' };

  it('says when the row was written, in whole seconds', async () => {
    const world = createAccountWorld();
    const row = world.addRow('ann', { updatedAt: String(T0 * 1000 + 999) });
    world.advance(HOUR);
    expect(await factsOf(world, ending)).toEqual({
      profile: undefined,
      row,
      evidence: { ownership: 'own', basis: missing(world, T0) },
      requestedAt: null,
    });
  });

  it.each([
    ['the first change', T0 + 60, T0 + HOUR, T0 + 60],
    ['the last write, if Stripe’s clock is ahead', T0 + HOUR, T0 + 60, T0 + 60],
    ['the last write, if the time of the change is unknown', null, T0 + HOUR, T0 + HOUR],
  ])('takes a row for as old as %s: each sync writes it again', async (_, changedAt, writtenAt, expected) => {
    const world = createAccountWorld();
    const state = world.addRow('ann');
    const change = { at: changedAt, by: 'evt_1', before: { status: 'none', plan: null }, after: state };
    const later = { ...change, at: T0 + 2 * HOUR };
    world.addRow('ann', { updatedAt: String(writtenAt * 1000), history: [change, later] });
    const { evidence } = await evidenceOf(world, ending);
    expect(evidence).toEqual({ ownership: 'own', basis: missing(world, expected) });
  });

  it.each([null, 'yesterday'])(
    'has no time if the row has none, or an unreadable one: %s',
    async (updatedAt) => {
      const world = createAccountWorld();
      const customerIds = [world.addCustomer('ann')];
      world.advance(DAY);
      world.addRow('ann', { updatedAt, customerIds });
      const { evidence, calls } = await evidenceOf(world, ending);
      expect(evidence).toEqual({ ownership: 'own', basis: missing(world, null) });
      expect(calls).toEqual([...ofOwner, 'find user', 'read adoption']);
    },
  );

  it.each([
    ['another user', ['ann', 'ben'], POOL_ID, 'other_user'],
    ['another pool', ['ann'], OTHER_POOL_ID, 'other_pool'],
    ['no user', [null], null, 'unproven'],
  ] as const)('is that of its customers, if one of them names %s', async (_, subs, pool, ownership) => {
    const world = createAccountWorld();
    const customerIds = subs.map((sub) => world.addCustomer(sub, pool));
    world.addRow('ann', { customerIds: [world.addCustomer('ann'), ...customerIds] });
    const { evidence } = await evidenceOf(world, ending);
    expect(evidence?.ownership).toBe(ownership);
  });

  it('is absent without a row, or with a profile', async () => {
    const world = createAccountWorld();
    expect(await evidenceOf(world, ending)).toEqual({ evidence: undefined, calls: [] });
    world.addRow('ann');
    world.addProfile('ann');
    expect(await evidenceOf(world, ending)).toEqual({ evidence: undefined, calls: [] });
  });
});

describe('The evidence about an account', () => {
  const ending: Ending = { kind: 'account', sub: 'ann' };

  it('says when the profile was created, whenever the row was written', async () => {
    const world = createAccountWorld();
    world.addProfile('ann');
    world.advance(DAY);
    world.addRow('ann');
    const { evidence, calls } = await evidenceOf(world, ending);
    expect(evidence).toEqual({ ownership: 'own', basis: missing(world, T0) });
    expect(calls).toEqual(['find user', 'read adoption']);
  });

  it('needs new proof after an attempt that no user requested', async () => {
    const world = createAccountWorld();
    const profile = mark(world, 'ann', { requested: false });
    expect(await factsOf(world, ending)).toEqual({
      profile,
      row: undefined,
      evidence: { ownership: 'own', basis: missing(world, null) },
      requestedAt: T0,
    });
  });

  it('is absent without a profile, or if the user requested the deletion', async () => {
    const world = createAccountWorld();
    expect(await evidenceOf(world, ending)).toEqual({ evidence: undefined, calls: [] });
    mark(world, 'ann');
    expect(await evidenceOf(world, ending)).toEqual({ evidence: undefined, calls: [] });
  });
});

/** A purchase of a user without records, which began at `T0`. */
function purchase(fields: Partial<Subscription> = {}) {
  const world = createAccountWorld();
  const customerId = world.addCustomer('ann');
  const { sessionId, subscription } = world.addPurchase('ann', customerId, fields);
  const subscriptionId = subscription.id;
  const ending: Ending = { kind: 'checkout', sub: 'ann', customerId, sessionId, subscriptionId };
  const end = () => world.systems.billing.cancelSubscription(subscriptionId);
  return { world, customerId, subscriptionId, ending, end };
}

const ofPurchase = ['read subscription', 'read payment'];
const settled = { evidence: undefined, calls: ofPurchase };

describe('The evidence about a purchase', () => {
  it('says whose it is, and needs no time of a sign-up', async () => {
    const { world, ending } = purchase();
    const { evidence, calls } = await evidenceOf(world, ending);
    expect(evidence).toEqual({ ownership: 'own', basis: missing(world, null) });
    expect(calls).toEqual([...ofPurchase, 'retrieve customer', 'find user', 'read adoption']);
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
    expect(evidence).toEqual({ ownership: 'own', basis: missing(world, null) });
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
    expect(evidence).toEqual({ ownership: 'own', basis: missing(world, null) });
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
    expect(evidence).toEqual({ ownership: 'own', basis: missing(world, null) });
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
  const setCustomer = (world: World, id: string, stamp: { sub: string | null; poolId: string | null }) => {
    const customer = world.stripe.customers.get(id);
    if (customer !== undefined) world.stripe.customers.set(id, { ...customer, ...stamp });
  };

  it('is another user if its customer was reassigned', async () => {
    const { world, ending, customerId } = purchase();
    setCustomer(world, customerId, { sub: 'ben', poolId: POOL_ID });
    const { evidence, calls } = await evidenceOf(world, ending);
    const basis = missing(world, null, { pool: 'not_asked', adopted: false });
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
    expect(evidence).toEqual({ ownership: 'own', basis: missing(world, null) });
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
