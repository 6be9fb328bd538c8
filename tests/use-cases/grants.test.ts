import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { answerOf } from '../../core/entitlement/answer.ts';
import { paidElsewhere } from '../../core/entitlement/claims.ts';
import { defaultRules } from '../../core/entitlement/policy.ts';
import { type Claim, emptySubscriptionState } from '../../core/entitlement/row.ts';
import { createGrant, createRevoke, grantsOf, MAX_GRANTS } from '../../core/grants/grants.ts';
import type { GrantTerms } from '../../core/grants/terms.ts';
import { createAccountWorld, POOL_ID, syncRequest } from '../support/account-world.ts';
import { DAY, T0 } from '../support/subscriptions.ts';

const policy = { renewalGraceSeconds: 3 * DAY, rules: defaultRules, plans: {} };
const gift: GrantTerms = {
  plan: 'price_pro',
  features: ['export'],
  until: T0 + 7 * DAY,
  by: 'anna',
  reason: 'Won the contest',
};

function scene() {
  const world = createAccountWorld();
  const { sub, customerId } = world.addAccount('ann');
  const hash = (text: string) => createHash('sha256').update(text).digest('hex');
  const services = { ...world.systems, random: () => 0, hash };
  const row = () => world.dynamodb.entitlements.get(sub);
  return {
    world,
    sub,
    customerId,
    row,
    ids: () => grantsOf(row()).map(({ origin }) => origin?.id ?? ''),
    answer: () => answerOf(row(), world.nowSeconds(), policy),
    give: (terms: Partial<GrantTerms> = {}) => createGrant(services)(sub, { ...gift, ...terms }),
    revoke: (...ids: readonly string[]) =>
      createRevoke(services)(sub, { ids, by: 'ben', reason: 'A mistake' }),
    markForDeletion: () =>
      world.systems.profiles.markForDeletion({ userId: sub, username: sub, at: '0', requested: true }),
  };
}

describe('A grant', () => {
  it('gives access until its end to a user who has bought nothing, and then none, without any event', async () => {
    const { world, give, answer } = scene();
    expect(await give()).toMatchObject({ kind: 'given' });
    expect(answer()).toMatchObject({
      access_granted: true,
      access_reason: 'active_subscription',
      source: 'grant',
      plan: 'price_pro',
      features: ['export'],
      current_period_end: T0 + 7 * DAY,
      cancel_at: T0 + 7 * DAY,
      cancel_at_period_end: true,
      manage_url: null,
    });
    world.advance(7 * DAY - 1);
    expect(answer().access_granted).toBe(true);
    world.advance(1);
    expect(answer()).toMatchObject({ access_granted: false, access_reason: 'lapsed', features: null });
  });

  it('without an end gives access until it is revoked', async () => {
    const { world, give, answer, revoke, ids } = scene();
    await give({ until: null });
    world.advance(9_999 * DAY);
    expect(answer()).toMatchObject({ access_granted: true, cancel_at: null, cancel_at_period_end: false });
    await revoke(...ids());
    expect(answer()).toMatchObject({ access_granted: false, status: 'none', source: null });
  });

  it('appears in the history with its giver and its reason, in one short line', async () => {
    const { world, give, row } = scene();
    await give();
    expect(row()?.history).toMatchObject([
      { at: world.nowSeconds(), by: 'grant by anna: Won the contest', before: { status: 'none' } },
    ]);
    await give({ plan: 'price_other', reason: `Long ${'🎁'.repeat(97)}` });
    const label = row()?.history.at(-1)?.by ?? '';
    expect(label).toMatch(/^grant by anna: Long 🎁+…$/u);
    expect(label.length).toBeLessThanOrEqual(200);
  });

  it('is added to those before it, and has other terms than they', async () => {
    const { give, ids } = scene();
    await give();
    await give({ until: null });
    await give({ features: [] });
    expect(new Set(ids()).size).toBe(3);
  });

  it('is given once, however often the command is repeated', async () => {
    const { give, row, ids } = scene();
    await give();
    const before = row();
    expect(await give({ by: 'ben' })).toEqual({ kind: 'already_given', id: ids()[0] });
    expect(row()).toEqual(before);
  });

  it('is given once although the answer of its write is lost', async () => {
    const { world, give, ids } = scene();
    const { entitlements } = world.systems;
    const services = { ...world.systems, random: () => 0, hash: () => '0123456789abcdef' };
    let isLost = true;
    const replace: typeof entitlements.replace = async (row, state) => {
      const result = await entitlements.replace(row, state);
      if (!isLost) return result;
      isLost = false;
      // The client repeats the request, and the condition no longer holds.
      return 'conflict';
    };
    const create = createGrant({ ...services, entitlements: { ...entitlements, replace } });
    expect(await create('ann', gift)).toEqual({ kind: 'given', id: 'grant_0123456789ab' });
    expect(ids()).toHaveLength(1);
    expect(await give()).toMatchObject({ kind: 'given' });
  });

  it('keeps what Stripe says and survives the next sync, and neither takes access from the other', async () => {
    const { world, customerId, give, row, answer, revoke, ids } = scene();
    world.addSubscription({ id: 'sub_1', customerId });
    await world.sync(syncRequest(customerId));
    const paid = row()?.claims.length === 0 ? 'sub_1' : '';
    await give({ until: T0 + 400 * DAY });
    world.advance(60);
    await world.sync(syncRequest(customerId, { changedAt: null }));
    expect(row()?.claims.map(({ source }) => source)).toEqual(['grant', 'stripe']);
    await revoke(...ids());
    expect(row()).toMatchObject({ subscriptionId: paid, status: 'active' });
    expect(answer()).toMatchObject({ access_granted: true, source: 'stripe' });
  });

  it('survives what another writer puts into the row', async () => {
    const { world, sub, customerId, give, row, answer } = scene();
    await give({ until: null });
    const current = row();
    if (current === undefined) throw new Error('There is no row.');
    world.dynamodb.entitlements.set(sub, {
      ...current,
      status: 'canceled',
      plan: null,
      currentPeriodEnd: null,
    });
    expect(answer()).toMatchObject({ access_granted: true, source: 'grant' });
    await world.sync(syncRequest(customerId, { changedAt: null }));
    expect(answer()).toMatchObject({ access_granted: true, source: 'grant' });
  });

  it('keeps no one from buying', async () => {
    const { world, give, row } = scene();
    await give({ until: null });
    const current = row();
    if (current === undefined) throw new Error('There is no row.');
    expect(paidElsewhere(current, world.nowSeconds(), policy)).toBeUndefined();
  });

  it('creates the row of a user who has only a profile', async () => {
    const { world, sub, give, answer, row } = scene();
    world.dynamodb.entitlements.delete(sub);
    expect(await give()).toMatchObject({ kind: 'given' });
    expect(row()).toMatchObject({ provisional: false, claims: [{ source: 'grant' }] });
    expect(row()?.claims).toHaveLength(1);
    expect(answer().access_granted).toBe(true);
  });

  it('confirms the row that it creates although the answer is lost', async () => {
    const { world, sub, row } = scene();
    world.dynamodb.entitlements.delete(sub);
    const { entitlements } = world.systems;
    const createIfAbsent: typeof entitlements.createIfAbsent = async (...about) => {
      await entitlements.createIfAbsent(...about);
      // The client repeats the request, and finds the row that it has created.
      return 'exists';
    };
    const services = { ...world.systems, random: () => 0, hash: () => '0123456789abcdef' };
    const create = createGrant({ ...services, entitlements: { ...entitlements, createIfAbsent } });
    expect(await create(sub, gift)).toEqual({ kind: 'given', id: 'grant_0123456789ab' });
    expect(row()).toMatchObject({ provisional: false, plan: 'price_pro' });
  });

  it('is refused for a user who does not exist', async () => {
    const { world, sub, give, row } = scene();
    world.dynamodb.entitlements.delete(sub);
    world.dynamodb.profiles.delete(sub);
    expect(await give()).toEqual({ kind: 'no_such_user' });
    expect(row()).toBeUndefined();
  });

  it.each([true, false])('is refused while the account is being deleted; with a row: %s', async (hasRow) => {
    const { world, sub, give, row, markForDeletion } = scene();
    await markForDeletion();
    if (!hasRow) world.dynamodb.entitlements.delete(sub);
    const before = row();
    expect(await give()).toEqual({ kind: 'being_deleted' });
    expect(row()).toEqual(before);
  });

  it('restores no account that is deleted at the same time', async () => {
    const { world, sub, give, row } = scene();
    world.once('before', 'write entitlement', () =>
      world.deleteAccount({ poolId: POOL_ID, sub, username: sub, requested: true }),
    );
    expect(await give()).toEqual({ kind: 'no_such_user' });
    expect(row()).toBeUndefined();
  });

  it('makes room for itself only among those that have ended', async () => {
    const { world, give, row } = scene();
    await give({ until: T0 + DAY });
    for (let n = 1; n < MAX_GRANTS; n += 1) await give({ plan: `price_${n}`, until: T0 + 9 * DAY });
    expect(await give({ plan: 'price_more' })).toEqual({ kind: 'too_many' });
    expect(grantsOf(row())).toHaveLength(MAX_GRANTS);
    world.advance(DAY);
    expect(await give({ plan: 'price_more' })).toMatchObject({ kind: 'given' });
    const kept = grantsOf(row());
    expect(kept).toHaveLength(MAX_GRANTS);
    expect(kept.every(({ currentPeriodEnd }) => (currentPeriodEnd ?? 0) > T0 + DAY)).toBe(true);
  });
});

describe('A revocation', () => {
  it('removes exactly the grants that it names, and records who revoked them and why', async () => {
    const { world, give, revoke, row, ids } = scene();
    await give();
    await give({ plan: 'price_kept', until: T0 + 2 * DAY });
    const [pro] = grantsOf(row()).filter(({ plan }) => plan === 'price_pro');
    const id = pro?.origin?.id ?? '';
    world.advance(60);
    expect(await revoke(id)).toEqual({ kind: 'revoked', ids: [id] });
    expect(ids()).toHaveLength(1);
    expect(row()).toMatchObject({ plan: 'price_kept' });
    expect(row()?.history.at(-1)).toMatchObject({
      at: T0 + 60,
      by: 'grant revoked by ben: A mistake',
      before: { status: 'active', plan: 'price_pro' },
    });
  });

  it('never removes what another source gave, not even under the same id', async () => {
    const { world, sub, revoke, row } = scene();
    const origin = { id: 'x', store: null, manageUrl: null, features: [], continues: true, grant: null };
    const claim: Claim = {
      ...emptySubscriptionState,
      source: 'revenuecat',
      status: 'active',
      plan: 'monthly',
      currentPeriodEnd: T0 + DAY,
      reversal: null,
      origin,
    };
    world.addRow(sub, { status: 'active', plan: 'monthly', currentPeriodEnd: T0 + DAY, claims: [claim] });
    const before = row();
    expect(await revoke('x')).toEqual({ kind: 'none' });
    expect(row()).toEqual(before);
  });

  it('is made once although the answer of its write is lost', async () => {
    const { world, give, ids } = scene();
    await give();
    const [id = ''] = ids();
    const { entitlements } = world.systems;
    const services = { ...world.systems, random: () => 0, hash: (text: string) => text };
    let writes = 0;
    const replace: typeof entitlements.replace = async (row, state) => {
      writes += 1;
      await entitlements.replace(row, state);
      return 'conflict';
    };
    const revoke = createRevoke({ ...services, entitlements: { ...entitlements, replace } });
    const revocation = { ids: [id], by: 'ben', reason: 'A mistake' };
    expect(await revoke('ann', revocation)).toEqual({ kind: 'revoked', ids: [id] });
    expect([writes, ids()]).toEqual([1, []]);
  });

  it('keeps a grant whose id other code has removed', async () => {
    const { world, sub, give, revoke, row } = scene();
    await give();
    await give({ plan: 'price_other' });
    const [first, ...others] = row()?.claims ?? [];
    if (first === undefined) throw new Error('There is no grant.');
    const { origin, ...nameless } = first;
    world.addRow(sub, { ...row(), claims: [nameless, ...others] });
    expect(await revoke(origin?.id ?? '')).toEqual({ kind: 'none' });
    expect(await give({ plan: 'price_third' })).toMatchObject({ kind: 'given' });
    expect(await revoke(others[0]?.origin?.id ?? '')).toMatchObject({ kind: 'revoked' });
    expect(grantsOf(row())).toHaveLength(2);
  });

  it('writes nothing for a user without the grant, without a row, or being deleted', async () => {
    const { world, sub, give, revoke, row, ids, markForDeletion } = scene();
    expect(await revoke('grant_x')).toEqual({ kind: 'none' });
    await give();
    const before = row();
    await markForDeletion();
    expect(await revoke(...ids())).toEqual({ kind: 'being_deleted' });
    expect(row()).toEqual(before);
    world.dynamodb.entitlements.delete(sub);
    world.dynamodb.profiles.delete(sub);
    expect(await revoke('grant_x')).toEqual({ kind: 'no_such_user' });
  });
});
