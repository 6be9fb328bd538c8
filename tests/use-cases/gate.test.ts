import { describe, expect, it } from 'vitest';
import { SETTLED_SECONDS } from '../../core/gate/decide.ts';
import type { Ending } from '../../core/gate/ending.ts';
import { createGate } from '../../core/gate/gate.ts';
import { DELETION_LIMIT, DELETION_WINDOW_SECONDS } from '../../core/gate/limit.ts';
import { createAccountWorld, OTHER_POOL_ID } from '../support/account-world.ts';

const DAY = 86_400;
const ended = (...actions: readonly string[]) => ({ kind: 'ended', actions });
const refused = (reason: string) => ({ kind: 'refused', reason });
const unchanged = { kind: 'unchanged' };

type World = ReturnType<typeof createAccountWorld>;

/** A customer of a user without records that the pool does not know, proposed to be ended. */
function orphanOf(world: World, sub: string) {
  const customerId = world.addCustomer(sub);
  const ending: Ending = { kind: 'customer', sub, customerId };
  return { customerId, ending, isDeleted: () => world.stripe.customers.get(customerId)?.deletedMs !== null };
}

function scene() {
  const world = createAccountWorld();
  const orphan = orphanOf(world, 'ann');
  world.advance(SETTLED_SECONDS);
  return { world, ...orphan };
}

describe('The gate', () => {
  it('gathers the evidence, records the ending, and only then acts', async () => {
    const { world, ending, isDeleted } = scene();
    expect(await world.gate.end(ending)).toEqual(ended('customer_deleted'));
    expect(isDeleted()).toBe(true);
    expect(world.calls).toEqual([
      'read profile',
      'read entitlement',
      'retrieve customer',
      'read subscription stamps',
      'read customer index',
      'find user',
      'read adoption',
      'reserve ending',
      'retrieve customer',
      'list sold',
      'retrieve customer',
      'read subscription stamps',
      'read customer index',
      'expire checkouts',
      'delete customer',
    ]);
    expect(world.installation.endings).toEqual(new Map([['ann', world.nowSeconds()]]));
  });

  it('examines without changing anything, and without the limit', async () => {
    const { world, ending, isDeleted } = scene();
    const permit = { kind: 'permit', action: 'customer_deleted', requested: false };
    expect(await world.gate.examine(ending)).toEqual(permit);
    const owner = ['retrieve customer', 'read subscription stamps', 'read customer index'];
    const evidence = ['read profile', 'read entitlement', ...owner, 'find user', 'read adoption'];
    expect(world.calls).toEqual(evidence);
    expect(isDeleted()).toBe(false);
    expect(world.installation.endings.size).toBe(0);
    expect(world.logs).toEqual([]);
  });

  it('names the main action of each ending that it would permit', async () => {
    const { world, customerId } = scene();
    const { sessionId, subscription } = world.addPurchase('ann', customerId);
    const subscriptionId = subscription.id;
    const checkout: Ending = { kind: 'checkout', sub: 'ann', customerId, sessionId, subscriptionId };
    const permit = { kind: 'permit', requested: false };
    expect(await world.gate.examine(checkout)).toEqual({ ...permit, action: 'refunded' });
    world.addRow('ann');
    world.addProfile('ben');
    world.advance(SETTLED_SECONDS);
    const row: Ending = { kind: 'row', sub: 'ann' };
    expect(await world.gate.examine(row)).toEqual({ ...permit, action: 'row_removed' });
    const account: Ending = { kind: 'account', sub: 'ben' };
    expect(await world.gate.examine(account)).toEqual({ ...permit, action: 'account_deleted' });
  });

  it.each([
    ['a second less than an hour', SETTLED_SECONDS - 1, refused('too_recent')],
    ['an hour', SETTLED_SECONDS, ended('customer_deleted')],
    ['a second more than an hour', SETTLED_SECONDS + 1, ended('customer_deleted')],
  ])('decides about a customer that was created %s ago', async (_, age, result) => {
    const world = createAccountWorld();
    const { ending, isDeleted } = orphanOf(world, 'ann');
    world.advance(age);
    expect(await world.gate.end(ending)).toEqual(result);
    expect(isDeleted()).toBe(result.kind === 'ended');
  });

  it('changes nothing for a user who has records, and logs nothing', async () => {
    const { world, ending, isDeleted } = scene();
    world.addProfile('ann');
    expect(await world.gate.examine(ending)).toEqual(unchanged);
    expect(await world.gate.end(ending)).toEqual(unchanged);
    expect(isDeleted()).toBe(false);
    expect(world.logs).toEqual([]);
    expect(world.calls).not.toContain('reserve ending');
  });
});

describe('A refusal', () => {
  it('ends nothing, counts no ending, and is logged with the customer', async () => {
    const { world, ending, customerId, isDeleted } = scene();
    world.addUser('ann');
    expect(await world.gate.end(ending)).toEqual(refused('user_exists'));
    expect(isDeleted()).toBe(false);
    expect(world.installation.endings.size).toBe(0);
    const owner = ['retrieve customer', 'read subscription stamps', 'read customer index'];
    expect(world.calls).toEqual(['read profile', 'read entitlement', ...owner, 'find user']);
    expect(world.logs.map(({ level }) => level)).toEqual(['warn']);
    expect(world.logs[0]?.fields).toStrictEqual({
      metric: 'ending_refused',
      ending: 'customer',
      refusal: 'user_exists',
      user_id: 'ann',
      customer_id: customerId,
    });
  });

  it('is logged without a customer if the ending names none', async () => {
    const { world } = scene();
    world.addRow('ann', { updatedAt: null });
    world.installation.adopted = false;
    expect(await world.gate.end({ kind: 'row', sub: 'ann' })).toEqual(refused('adoption_incomplete'));
    expect(world.dynamodb.entitlements.has('ann')).toBe(true);
    expect(world.logs[0]?.fields).toStrictEqual({
      metric: 'ending_refused',
      ending: 'row',
      refusal: 'adoption_incomplete',
      user_id: 'ann',
    });
  });

  it('is only returned when the gate examines', async () => {
    const { world, ending } = scene();
    world.addUser('ann');
    expect(await world.gate.examine(ending)).toEqual(refused('user_exists'));
    expect(world.logs).toEqual([]);
  });

  it('is not overruled by a person: the evidence is gathered again', async () => {
    const { world, ending, isDeleted } = scene();
    world.addUser('ann');
    expect(await world.gate.end(ending, { approved: true })).toEqual(refused('user_exists'));
    expect(isDeleted()).toBe(false);
  });
});

describe('The deletion limit', () => {
  const users = Array.from({ length: DELETION_LIMIT }, (_, index) => `user-${index + 1}`);

  // As many customers were ended as the limit allows, and there is one more.
  async function exhausted() {
    const world = createAccountWorld();
    const orphans = users.map((sub) => orphanOf(world, sub));
    const next = orphanOf(world, 'ann');
    world.advance(SETTLED_SECONDS);
    const results = [];
    for (const { ending } of orphans) results.push(await world.gate.end(ending));
    world.calls.length = 0;
    world.logs.length = 0;
    return { world, results, next };
  }

  it('is ten users within seven days', async () => {
    expect([DELETION_LIMIT, DELETION_WINDOW_SECONDS]).toEqual([10, 7 * DAY]);
    const { world, results, next } = await exhausted();
    expect(results).toEqual(users.map(() => ended('customer_deleted')));
    expect(await world.gate.end(next.ending)).toEqual(refused('deletion_limit_reached'));
    expect(next.isDeleted()).toBe(false);
    expect(world.calls.at(-1)).toBe('reserve ending');
    expect([...world.installation.endings.keys()]).toEqual(users);
    expect(world.logs.map(({ level, fields }) => ({ level, fields }))).toEqual([
      {
        level: 'error',
        fields: { metric: 'deletion_limit_reached', count: 11, limit: 10, user_id: 'ann' },
      },
    ]);
  });

  it.each([
    ['a second before seven days', 7 * DAY - 1, refused('deletion_limit_reached')],
    ['exactly seven days', 7 * DAY, refused('deletion_limit_reached')],
    ['a second after seven days', 7 * DAY + 1, ended('customer_deleted')],
  ])('counts endings until %s have passed', async (_, seconds, result) => {
    const { world, next } = await exhausted();
    world.advance(seconds);
    expect(await world.gate.end(next.ending)).toEqual(result);
    expect(next.isDeleted()).toBe(result.kind === 'ended');
  });

  it('counts a user once, so that an interrupted ending can continue', async () => {
    const { world } = await exhausted();
    const second = orphanOf(world, 'user-1');
    world.advance(SETTLED_SECONDS);
    expect(await world.gate.end(second.ending)).toEqual(ended('customer_deleted'));
  });

  it('does not apply to what a person was shown and approved', async () => {
    const { world, next } = await exhausted();
    expect(await world.gate.end(next.ending, { approved: false })).toEqual(refused('deletion_limit_reached'));
    world.calls.length = 0;
    expect(await world.gate.end(next.ending, { approved: true })).toEqual(ended('customer_deleted'));
    expect(world.calls).not.toContain('reserve ending');
  });

  it('does not apply to the purchase of a user who requested the deletion', async () => {
    const { world } = await exhausted();
    const { customerId } = world.addAccount('ben');
    const { sessionId, subscription } = world.addPurchase('ben', customerId);
    const mark = { userId: 'ben', username: 'ben', at: world.systems.clock.nowIso(), requested: true };
    await world.systems.profiles.markForDeletion(mark);
    const subscriptionId = subscription.id;
    const checkout: Ending = { kind: 'checkout', sub: 'ben', customerId, sessionId, subscriptionId };
    const permit = { kind: 'permit', action: 'refunded', requested: true };
    expect(await world.gate.examine(checkout)).toEqual(permit);
    expect(await world.gate.end(checkout)).toEqual(ended('refunded', 'subscription_canceled'));
    expect(world.calls).not.toContain('reserve ending');
  });
});

it('A stage without a configured pool ends no customer, because nothing proves that it is its own', async () => {
  const { world, ending, isDeleted } = scene();
  const gate = createGate({ ...world.systems, deleteAccount: world.deleteAccount, poolId: null });
  expect(await gate.end(ending)).toEqual(refused('not_proven_ours'));
  expect(isDeleted()).toBe(false);
  expect(world.calls).not.toContain('find user');
});

it('A customer of another stage is left alone without a log line', async () => {
  const world = createAccountWorld();
  const customerId = world.addCustomer('ann', OTHER_POOL_ID);
  world.advance(SETTLED_SECONDS);
  expect(await world.gate.end({ kind: 'customer', sub: 'ann', customerId })).toEqual(unchanged);
  expect(world.calls).toEqual(['read profile', 'read entitlement', 'retrieve customer']);
  expect(world.logs).toEqual([]);
});
