import { describe, expect, it } from 'vitest';
import { emptyState } from '../../core/entitlement/row.ts';
import type { Ending } from '../../core/gate/ending.ts';
import { collectFacts } from '../../core/gate/evidence.ts';
import { createAccountWorld, OTHER_POOL_ID, POOL_ID } from '../support/account-world.ts';
import { T0 } from '../support/subscriptions.ts';
import {
  DAY,
  evidenceOf,
  factsOf,
  HOUR,
  mark,
  missing,
  ofOwner,
  ofRecords,
  undatedEvidenceOf,
} from './evidence-scene.ts';

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
    expect(calls).toEqual([...ofOwner, ofRecords, 'find user', 'read adoption']);
  });

  it('does not say when the user signed up if nothing says when the customer was created', async () => {
    const { world, ending } = scene();
    const evidence = { ownership: 'own', basis: missing(world, 'unknown') };
    expect(await undatedEvidenceOf(world, ending)).toEqual(evidence);
  });

  it.each(['ann', 'google_1'])('says that the pool knows the user, by the username %s', async (username) => {
    const { world, ending } = scene();
    world.addUser('ann', username);
    world.advance(60);
    const { evidence, calls } = await evidenceOf(world, ending);
    const basis = missing(world, T0, { pool: 'knows_user', adopted: false });
    expect(evidence).toEqual({ ownership: 'own', basis });
    expect(calls).toEqual([...ofOwner, ofRecords, 'find user']);
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
    'says when the newest customer was created if the row has no time, or an unreadable one: %s',
    async (updatedAt) => {
      const world = createAccountWorld();
      const older = world.addCustomer('ann');
      world.advance(DAY);
      const newer = world.addCustomer('ann');
      world.advance(DAY);
      world.addRow('ann', { updatedAt, customerIds: [newer, older] });
      const { evidence, calls } = await evidenceOf(world, ending);
      expect(evidence).toEqual({ ownership: 'own', basis: missing(world, T0 + DAY) });
      expect(calls.slice(-2)).toEqual(['find user', 'read adoption']);
    },
  );

  it('does not say how old the row is if nothing has a time', async () => {
    const world = createAccountWorld();
    world.addRow('ann', { updatedAt: null });
    const unknown = { ownership: 'own', basis: missing(world, 'unknown') };
    expect((await evidenceOf(world, ending)).evidence).toEqual(unknown);
    world.addRow('ann', { updatedAt: null, customerIds: [world.addCustomer('ann')] });
    expect(await undatedEvidenceOf(world, ending)).toEqual(unknown);
  });

  it('leaves out customers that are deleted already, also for the age of a row without a time', async () => {
    const world = createAccountWorld();
    const customerIds = [world.addCustomer('ann'), world.addCustomer('ben')];
    for (const id of customerIds) await world.systems.billing.deleteCustomer(id);
    world.addRow('ann', { updatedAt: null, customerIds });
    const unknown = { ownership: 'own', basis: missing(world, 'unknown') };
    expect((await evidenceOf(world, ending)).evidence).toEqual(unknown);
    world.advance(DAY);
    world.addRow('ann', { updatedAt: null, customerIds: [...customerIds, world.addCustomer('ann')] });
    const { evidence } = await evidenceOf(world, ending);
    expect(evidence).toEqual({ ownership: 'own', basis: missing(world, T0 + DAY) });
  });

  it('proves nothing without a configured pool', async () => {
    const world = createAccountWorld();
    world.addRow('ann', { customerIds: [world.addCustomer('ann')] });
    const { evidence } = await collectFacts({ ...world.systems, poolId: null }, ending);
    const basis = missing(world, T0, { pool: 'not_asked', adopted: false });
    expect(evidence).toEqual({ ownership: 'unproven', basis });
  });

  it('says when the first change was recorded, also if the row itself has no time', async () => {
    const world = createAccountWorld();
    const after = { ...emptyState, status: 'active' };
    const before = { status: 'none', plan: null };
    world.addRow('ann', { updatedAt: null, history: [{ at: T0 - DAY, by: 'evt_1', before, after }] });
    const { evidence } = await evidenceOf(world, ending);
    expect(evidence).toEqual({ ownership: 'own', basis: missing(world, T0 - DAY) });
  });

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
      // The mark of the attempt is as old as the account at least.
      evidence: { ownership: 'own', basis: missing(world, T0) },
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
