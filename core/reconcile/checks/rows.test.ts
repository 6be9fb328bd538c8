import { describe, expect, it } from 'vitest';
import { defaultRules } from '../../../core/entitlement/policy.ts';
import type { EntitlementRow } from '../../../core/entitlement/row.ts';
import { createCheckWorld } from '../../../tests/support/check-world.ts';
import { DAY, T0 } from '../../../tests/support/subscriptions.ts';

/** A user whose row has these fields, with a customer that row and profile name. */
function scene(fields: Partial<EntitlementRow> = {}) {
  const world = createCheckWorld();
  const { customerId } = world.addAccount('ann');
  const row = world.addRow('ann', { syncedAt: T0, customerIds: [customerId], ...fields });
  return { world, customerId, row };
}

const reasonOf = async ({ find }: ReturnType<typeof createCheckWorld>) =>
  (await find('rows')).found.map(([reason]) => reason);

describe('The check of rows', () => {
  it('finds nothing about a synced row, and continues on the next page', async () => {
    const { world } = scene();
    world.addAccount('ben');
    world.addRow('cem');
    world.facts.pageSize = 2;
    expect(await world.find('rows')).toEqual({ checked: 2, found: [], next: '2' });
    expect(await world.find('rows', '2')).toEqual({
      checked: 1,
      found: [['profile_missing', 'cem', 'cem']],
      next: null,
    });
    expect(world.facts.reads).toEqual([
      ['rows', null],
      ['profilesOf', ['ann', 'ben']],
      ['rows', '2'],
      ['profilesOf', ['cem']],
    ]);
  });

  it('finds a row whose features could not be read, and reads them', async () => {
    const { world, customerId } = scene({ featuresUnread: true });
    world.addSubscription({ customerId });
    expect(await reasonOf(world)).toEqual(['features_not_read']);
    expect(await world.repair('rows')).toEqual({ planned: 'synced', outcome: 'synced' });
    expect(world.dynamodb.entitlements.get('ann')?.features).toEqual(['feature_of_price_base']);
    expect(await reasonOf(world)).toEqual([]);
  });

  it('finds a row that a sync left unconfirmed', async () => {
    const { world } = scene({ provisional: true });
    expect(await world.find('rows')).toEqual({
      checked: 1,
      found: [['row_provisional', 'ann', 'ann']],
      next: null,
    });
  });

  it('finds what another writer put into a row, until a sync keeps it', async () => {
    const { world, customerId } = scene({ syncedAt: null, status: 'active' });
    expect(await reasonOf(world)).toEqual(['foreign_row']);
    const before = world.dynamodb.entitlements.get('ann');
    expect(await world.repair('rows')).toEqual({ planned: 'needs_review', outcome: 'needs_review' });
    expect(world.dynamodb.entitlements.get('ann')).toEqual(before);
    await world.syncUser('ann', customerId);
    expect(await reasonOf(world)).toEqual([]);
    // A known writer goes on writing.
    world.addRow('ann', { ...world.dynamodb.entitlements.get('ann'), plan: 'monthly_pro' });
    expect(await reasonOf(world)).toEqual([]);
    world.addRow('ann', { ...world.dynamodb.entitlements.get('ann'), unreadable: true });
    expect(await reasonOf(world)).toEqual(['foreign_row']);
    world.addRow('ann', { status: 'none', customerIds: [customerId] });
    expect(await reasonOf(world)).toEqual([]);
  });

  it('finds a live status whose paid period is over, from the second after its end', async () => {
    const live = { status: 'active', stripeStatus: 'active' } as const;
    expect(await reasonOf(scene({ ...live, currentPeriodEnd: T0 - 1 }).world)).toEqual(['period_expired']);
    expect(await reasonOf(scene({ ...live, currentPeriodEnd: T0 }).world)).toEqual([]);
    expect(await reasonOf(scene({ ...live, currentPeriodEnd: null }).world)).toEqual([]);
  });

  it('lets a period be over in which nothing renews', async () => {
    const currentPeriodEnd = T0 - DAY;
    const canceled = { status: 'canceled', stripeStatus: 'canceled', currentPeriodEnd } as const;
    expect(await reasonOf(scene(canceled).world)).toEqual([]);
    expect(await reasonOf(scene({ ...canceled, stripeStatus: 'paused' }).world)).toEqual([]);
    expect(await reasonOf(scene({ ...canceled, status: 'active', stripeStatus: null }).world)).toEqual([]);
    const trial = { status: 'trialing', stripeStatus: 'trialing', currentPeriodEnd } as const;
    expect(await reasonOf(scene({ ...trial, trialExpiresAt: T0 + 1 }).world)).toEqual([]);
    expect(await reasonOf(scene({ ...trial, trialExpiresAt: T0 }).world)).toEqual(['period_expired']);
  });
});

describe('A row without a profile', () => {
  it('is proposed to be ended if Cognito does not know its user', async () => {
    const { world } = scene();
    world.dynamodb.profiles.delete('ann');
    world.cognito.users.delete('ann');
    expect(await world.repair('rows')).toEqual({ kind: 'end', ending: { kind: 'row', sub: 'ann' } });
    expect(world.dynamodb.entitlements.size).toBe(1);
  });

  it('gets the profile of a user who is in Cognito', async () => {
    const { world, customerId } = scene();
    world.dynamodb.profiles.delete('ann');
    const provisioned = { planned: 'user_provisioned', outcome: 'user_provisioned' };
    expect(await world.repair('rows')).toEqual(provisioned);
    expect(world.dynamodb.profiles.get('ann')).toMatchObject({ customerId, deletion: null });
  });
});

describe('An inconsistent row', () => {
  it('is synced with a customer that it lists, and with that of the profile if it lists none', async () => {
    const { world, customerId } = scene();
    const second = world.addCustomer('ann');
    world.addSubscription({ customerId: second });
    const expired = { status: 'active', stripeStatus: 'active', currentPeriodEnd: T0 - 1 };
    world.addRow('ann', { ...expired, customerIds: [second] });
    expect(await world.repair('rows')).toEqual({ planned: 'synced', outcome: 'synced' });
    const synced = { status: 'active', customerIds: [second] };
    expect(world.dynamodb.entitlements.get('ann')).toMatchObject(synced);
    world.addRow('ann', expired);
    expect(await world.repair('rows')).toEqual({ planned: 'synced', outcome: 'synced' });
    const ofProfile = { status: 'none', customerIds: [customerId] };
    expect(world.dynamodb.entitlements.get('ann')).toMatchObject(ofProfile);
  });

  it('counts as synced if only the sync that broke off is confirmed', async () => {
    const { world } = scene({ provisional: true });
    expect(await world.repair('rows')).toEqual({ planned: 'synced', outcome: 'synced' });
    expect(world.dynamodb.entitlements.get('ann')?.provisional).toBe(false);
  });

  it('counts as synced if only the features could not be read before', async () => {
    const { world, customerId } = scene();
    world.addSubscription({ customerId });
    await world.syncUser('ann', customerId);
    world.addRow('ann', { ...world.dynamodb.entitlements.get('ann'), featuresUnread: true });
    expect(await world.repair('rows')).toEqual({ planned: 'synced', outcome: 'synced' });
    expect(await reasonOf(world)).toEqual([]);
  });

  it('counts as unchanged if Stripe has the same', async () => {
    const { world, customerId } = scene();
    world.addSubscription({ customerId });
    await world.syncUser('ann', customerId);
    world.advance(31 * DAY);
    expect(await reasonOf(world)).toEqual(['period_expired']);
    expect(await world.repair('rows')).toEqual({ planned: 'synced', outcome: 'unchanged' });
    expect(world.dynamodb.entitlements.get('ann')?.syncedAt).toBe(world.nowSeconds());
  });

  it('is removed if the deletion of its user starts during the repair', async () => {
    const { world } = scene({ provisional: true });
    const repaired = await world.repair('rows', () => world.markForDeletion('ann', { requested: true }));
    expect(repaired).toEqual({ planned: 'synced', outcome: 'row_removed' });
    expect(world.dynamodb.entitlements.size).toBe(0);
  });

  it('is left alone while its user is being deleted, or without a customer', async () => {
    const { world } = scene({ provisional: true });
    await world.markForDeletion('ann', { requested: true });
    expect(await world.repair('rows')).toEqual({ kind: 'unchanged' });
    world.addProfile('ann', null);
    world.addRow('ann', { provisional: true });
    expect(await world.repair('rows')).toEqual({ kind: 'unchanged' });
    expect(world.dynamodb.entitlements.get('ann')?.provisional).toBe(true);
  });
});

describe('A refunded subscription', () => {
  const refunded = {
    status: 'active',
    stripeStatus: 'active',
    subscriptionId: 'sub_1',
    plan: 'price_a',
    currentPeriodEnd: T0 + 30 * DAY,
    reversal: 'refunded',
  } as const;

  it.each([
    ['that continues is found, for a person', {}, ['refunded_continues']],
    ['whose dispute was lost is found too', { reversal: 'dispute_lost' }, ['refunded_continues']],
    ['that ends with its period is not found', { cancelAt: T0 + 30 * DAY }, []],
    ['that is disputed is not found', { reversal: 'dispute_open' }, []],
    ['that is late is not found', { status: 'past_due', stripeStatus: 'past_due' }, []],
  ] as const)('%s', async (_, fields, expected) => {
    const { world } = scene({ ...refunded, ...fields });
    expect(await reasonOf(world)).toEqual(expected);
  });

  it('that ends only after it has billed again is found', async () => {
    const { world } = scene({ ...refunded, cancelAt: T0 + 90 * DAY });
    expect(await reasonOf(world)).toEqual(['refunded_continues']);
  });

  const refundGranted = { ...defaultRules, refunded: 'granted' } as const;
  it.each([
    ['for all plans', { rules: refundGranted, plans: {} }, []],
    ['for its plan', { rules: defaultRules, plans: { price_a: { refunded: 'granted' } } }, []],
    ['for the lookup key of its plan', { rules: defaultRules, plans: { pro: { refunded: 'granted' } } }, []],
    [
      'for another plan',
      { rules: defaultRules, plans: { price_b: { refunded: 'granted' } } },
      ['refunded_continues'],
    ],
    [
      'except for its plan',
      { rules: refundGranted, plans: { pro: { refunded: 'denied' } } },
      ['refunded_continues'],
    ],
  ] as const)('gives access where the policy says so, %s', async (_, policy, expected) => {
    const { world } = scene({ ...refunded, planKeys: { price_a: ['pro'] } });
    expect((await world.find('rows', null, policy)).found.map(([reason]) => reason)).toEqual(expected);
  });

  it('is left to a person', async () => {
    const { world } = scene(refunded);
    expect(await world.repair('rows')).toEqual({ planned: 'needs_review', outcome: 'needs_review' });
  });
});
