/** Rows that other code or a person writes: users who pay in an app store, gifts, and trials of the app. */
import { describe, expect, it } from 'vitest';
import { claimsOf } from '../../core/entitlement/claims.ts';
import { createCheckWorld } from '../support/check-world.ts';
import { DAY, T0 } from '../support/subscriptions.ts';
import { checkoutScene } from './checkout-scene.ts';

const onPhone = { status: 'active', plan: 'monthly_pro', currentPeriodEnd: T0 + 20 * DAY } as const;
const byHand = { status: 'active' } as const;

/** Ann's row is another writer's. She has a customer of Stripe's. */
function scene(fields: object) {
  const world = createCheckWorld();
  const { customerId } = world.addAccount('ann');
  world.addRow('ann', { ...fields, fence: { version: undefined } });
  return { world, customerId, rowNow: () => world.dynamodb.entitlements.get('ann') };
}

describe.each([
  ['of a user who pays on the phone', onPhone],
  ['that a person set to active', byHand],
])('The row %s', (_, written) => {
  it('keeps its access through a sync that finds nothing in Stripe', async () => {
    const { world, customerId, rowNow } = scene(written);
    await world.syncUser('ann', customerId);
    expect(rowNow()).toMatchObject({ ...written, syncedAt: T0 });
    await world.syncUser('ann', customerId);
    expect(rowNow()).toMatchObject(written);
  });

  it('keeps its access when a subscription of the user ends', async () => {
    const { world, customerId, rowNow } = scene(written);
    const bought = world.addSubscription({ id: 'sub_1', customerId });
    await world.syncUser('ann', customerId);
    world.addSubscription({ ...bought, status: 'canceled' });
    await world.syncUser('ann', customerId);
    expect(rowNow()).toMatchObject(written);
  });

  it('is reported by the schedule and changed by nothing', async () => {
    const { world, rowNow } = scene(written);
    const before = rowNow();
    expect((await world.find('rows')).found).toEqual([['foreign_row', 'ann', 'ann']]);
    expect(await world.repair('rows')).toEqual({ planned: 'needs_review', outcome: 'needs_review' });
    expect(rowNow()).toEqual(before);
  });

  it('is kept as a claim by a backfill, once', async () => {
    const { world, rowNow } = scene(written);
    expect(await world.repair('foreign_rows')).toEqual({ planned: 'synced', outcome: 'synced' });
    expect(claimsOf(rowNow() ?? world.addRow('ann'))).toMatchObject([{ source: 'other_writer', ...written }]);
    expect((await world.find('foreign_rows')).found).toEqual([]);
    expect((await world.find('rows')).found).toEqual([]);
  });
});

describe('A row with an end that no one can read', () => {
  it('is logged at each sync, and gives nothing', async () => {
    const { world, customerId, rowNow } = scene({ ...onPhone, currentPeriodEnd: null, unreadable: true });
    await world.syncUser('ann', customerId);
    expect(rowNow()).toMatchObject({ status: 'active', claims: [{ unreadable: true }] });
    expect(world.logs.map(({ fields }) => fields)).toEqual([{ metric: 'row_unreadable', user_id: 'ann' }]);
  });
});

describe('A row that another writer changes', () => {
  it('while a sync runs is read again, so that nothing of it is lost', async () => {
    const { world, customerId, rowNow } = scene({});
    world.addSubscription({ id: 'sub_1', customerId, status: 'canceled' });
    world.once('before', 'write entitlement', () => {
      world.addRow('ann', { ...rowNow(), ...onPhone });
    });
    await world.syncUser('ann', customerId);
    expect(rowNow()).toMatchObject(onPhone);
    expect(rowNow()?.claims).toMatchObject([{ source: 'other_writer' }, { source: 'stripe' }]);
  });

  it('gains what Stripe gives in addition, in whatever order both come', async () => {
    const { world, customerId, rowNow } = scene({});
    world.addSubscription({ id: 'sub_1', customerId });
    await world.syncUser('ann', customerId);
    world.addRow('ann', { ...rowNow(), ...onPhone, currentPeriodEnd: T0 + 90 * DAY });
    await world.syncUser('ann', customerId);
    expect(rowNow()?.claims).toMatchObject([
      { source: 'other_writer', currentPeriodEnd: T0 + 90 * DAY },
      { source: 'stripe', subscriptionId: 'sub_1' },
    ]);
    expect(rowNow()?.history.at(-1)).toMatchObject({ others: [{ subscriptionId: 'sub_1' }] });
  });
});

describe('A checkout of a user whose row another writer set', () => {
  const buyWith = async (fields: object) => {
    const scene = checkoutScene();
    scene.putSession('cs_old');
    scene.world.addRow(scene.sub, { ...fields, fence: { version: undefined } });
    return { outcome: await scene.buy(), statuses: scene.statuses() };
  };
  const refused = {
    outcome: { kind: 'already_subscribed', payer: { source: null, manage_url: null } },
    statuses: { cs_old: 'expired' },
  };

  it.each([
    ['active on the phone', onPhone],
    ['active without an end', byHand],
    ['active on the phone and about to renew', { ...onPhone, currentPeriodEnd: T0 - DAY }],
    ['past due on the phone', { ...onPhone, status: 'past_due' }],
    ['on a trial of an app store', { ...onPhone, status: 'trialing', trialExpiresAt: T0 + DAY }],
  ])('is refused, and open pages expire, for one who is %s', async (_, fields) => {
    expect(await buyWith(fields)).toEqual(refused);
  });

  it.each([
    ['canceled', { ...onPhone, status: 'canceled' }],
    ['active until last week', { ...onPhone, currentPeriodEnd: T0 - 7 * DAY }],
    ['past due without an end', { ...byHand, status: 'past_due' }],
    ['on a trial without an end', { ...byHand, status: 'trialing', plan: 'monthly_pro' }],
    ['on a trial of the app', { status: 'trialing', trialExpiresAt: T0 + DAY }],
    ['inactive', { status: 'inactive' }],
  ])('opens a page for one who is %s', async (_, fields) => {
    expect((await buyWith(fields)).outcome).toMatchObject({ kind: 'session' });
  });
});
