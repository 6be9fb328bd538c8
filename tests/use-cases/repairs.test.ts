import { describe, expect, it } from 'vitest';
import type { PoolUser } from '../../core/account/pool-user.ts';
import type { Plan, RepairOutcome } from '../../core/reconcile/repair.ts';
import {
  endPlan,
  isReversalMissing,
  planCustomer,
  repairPlan,
  repairUser,
  syncRequest,
} from '../../core/reconcile/repair.ts';
import { findingOf, repairDrift } from '../../core/reconcile/repair-drift.ts';
import type { Drift } from '../../core/reconcile/scan.ts';
import { setReversal } from '../../simulation/worlds/stripe.ts';
import { createReconcileWorld, HOUR, type ReconcileWorld } from '../support/reconcile-world.ts';
import { T0 } from '../support/subscriptions.ts';

const subject = { reason: 'odd', subjectId: 'ann', sub: 'ann' };
const nothing = { findings: [], endings: [] };
const finding = (what: object) => ({ findings: [{ ...subject, ...what }], endings: [] });
const driftWith = (plan: () => Promise<Plan>, about = subject): Drift => ({ ...about, plan });
const planned = (plan: Plan) => driftWith(async () => plan);

const userOf = (sub: string): PoolUser => ({
  sub,
  username: sub,
  email: `${sub}@example.com`,
  emailVerified: true,
  givenName: null,
  familyName: null,
  confirmed: true,
  enabled: true,
});

const repairs = { reportsOnly: false };
const reports = { reportsOnly: true };

/** A user who requested the deletion, and paid in a checkout a moment before. */
async function paidAndDeleted(world: ReconcileWorld) {
  const { sub, customerId } = world.addAccount('ann');
  const { sessionId, subscription } = world.addPurchase(sub, customerId);
  await world.systems.profiles.markForDeletion({
    userId: sub,
    username: sub,
    at: String(T0 * 1000),
    requested: true,
  });
  return { kind: 'checkout', sub, customerId, sessionId, subscriptionId: subscription.id } as const;
}

describe('A drift', () => {
  it('that is none after all is no finding', async () => {
    const { services } = createReconcileWorld();
    const unchanged = planned({ kind: 'unchanged' });
    expect(await repairDrift(services, unchanged, repairs)).toEqual(nothing);
    expect(await repairDrift(services, unchanged, reports)).toEqual(nothing);
  });

  it('that only a person can decide is left to a person', async () => {
    const { services } = createReconcileWorld();
    const review = planned({ kind: 'review' });
    expect(await repairDrift(services, review, repairs)).toEqual(finding({ outcome: 'needs_review' }));
    expect(await repairDrift(services, review, reports)).toEqual(
      finding({ outcome: 'found', planned: 'needs_review' }),
    );
  });

  it('is repaired, or only reported with what the repair would do', async () => {
    const { services } = createReconcileWorld();
    const ran: string[] = [];
    const drift = (outcome: RepairOutcome) =>
      planned(
        repairPlan('row_created', async () => {
          ran.push(outcome);
          return outcome;
        }),
      );
    expect(await repairDrift(services, drift('synced'), reports)).toEqual(
      finding({ outcome: 'found', planned: 'row_created' }),
    );
    expect(ran).toEqual([]);
    expect(await repairDrift(services, drift('synced'), repairs)).toEqual(finding({ outcome: 'synced' }));
    expect(await repairDrift(services, drift('unchanged'), repairs)).toEqual(nothing);
    expect(ran).toEqual(['synced', 'unchanged']);
  });

  it.each([
    ['cus_1', 'customer_id'],
    ['evt_1', 'event_id'],
    ['ann', 'user_id'],
    ['ann_cus_', 'user_id'],
    ['ann_evt_', 'user_id'],
  ])('whose repair fails is reported, with the id %s as the %s', async (subjectId, field) => {
    const world = createReconcileWorld();
    const failure = new Error('no answer');
    const about = { ...subject, subjectId };
    const failed = { findings: [{ ...about, outcome: 'failed' }], endings: [] };
    const fails = async () => {
      throw failure;
    };
    expect(await repairDrift(world.services, driftWith(fails, about), reports)).toEqual(failed);
    const later = driftWith(async () => repairPlan('synced', fails), about);
    expect(await repairDrift(world.services, later, repairs)).toEqual(failed);
    const line = {
      level: 'error',
      fields: { metric: 'reconcile_failed', reason: 'odd', [field]: subjectId },
    };
    expect(world.logs).toMatchObject([line, line]);
    expect(world.logs.map(({ fields }) => Object.keys(fields).length)).toEqual([3, 3]);
    expect(world.logs.map(({ cause }) => cause)).toEqual([failure, failure]);
  });
});

describe('What belongs to a deleted user', () => {
  const orphan = (world: ReconcileWorld) =>
    ({ kind: 'customer', sub: 'ghost', customerId: world.addOrphan('ghost') }) as const;

  it('is only proposed, whether the plan or the repair finds it', async () => {
    const world = createReconcileWorld();
    const ending = orphan(world);
    const proposal = [{ reason: 'odd', subjectId: 'ann', ending }];
    const proposes = [planned(endPlan(ending)), planned(repairPlan('synced', async () => ending))];
    for (const drift of proposes) {
      expect(await repairDrift(world.services, drift, repairs)).toEqual({ findings: [], endings: proposal });
    }
    expect(await repairDrift(world.services, planned(endPlan(ending)), reports)).toEqual({
      findings: [{ ...subject, outcome: 'found', planned: 'customer_deleted' }],
      endings: proposal,
    });
    expect(world.calls).not.toContain('delete customer');
    expect(world.calls).not.toContain('reserve ending');
  });

  it('is no finding if nothing is left to end', async () => {
    const world = createReconcileWorld();
    const ending = orphan(world);
    await world.systems.billing.deleteCustomer(ending.customerId);
    expect(await repairDrift(world.services, planned(endPlan(ending)), repairs)).toEqual(nothing);
    expect(await repairDrift(world.services, planned(endPlan(ending)), reports)).toEqual(nothing);
  });

  it('is no finding if nothing was done', () => {
    expect(findingOf(subject, { kind: 'ended', actions: [] })).toBeUndefined();
    expect(findingOf(subject, { kind: 'unchanged' })).toBeUndefined();
  });

  it('is withheld without proof, and the log says why', async () => {
    const world = createReconcileWorld();
    const ending = orphan(world);
    world.addUser('ghost');
    world.advance(HOUR);
    const drift = planned(endPlan(ending));
    expect(await repairDrift(world.services, drift, reports)).toEqual(
      finding({ outcome: 'found', planned: 'withheld' }),
    );
    expect(world.metrics()).toEqual([]);
    expect(await repairDrift(world.services, drift, repairs)).toEqual(finding({ outcome: 'withheld' }));
    expect(world.logs.map(({ fields }) => fields)).toEqual([
      {
        metric: 'ending_refused',
        ending: 'customer',
        refusal: 'user_exists',
        user_id: 'ghost',
        customer_id: ending.customerId,
      },
    ]);
  });

  it('is ended at once if the user requested it', async () => {
    const world = createReconcileWorld();
    const ending = await paidAndDeleted(world);
    const drift = planned(endPlan(ending));
    expect(await repairDrift(world.services, drift, reports)).toEqual(
      finding({ outcome: 'found', planned: 'refunded' }),
    );
    expect(world.stripe.payments.get(ending.subscriptionId)?.refunded).toBe(false);
    expect(await repairDrift(world.services, drift, repairs)).toEqual(
      finding({ outcome: 'refunded', also: ['subscription_canceled'] }),
    );
    expect(world.stripe.payments.get(ending.subscriptionId)?.refunded).toBe(true);
    expect(world.calls).not.toContain('reserve ending');
  });
});

describe('The repair of a user', () => {
  const user = userOf('ann');

  it('creates what is missing and syncs the row, once if there is one customer', async () => {
    const world = createReconcileWorld();
    world.addUser('ann');
    expect(await repairUser(world.services, user)).toBe('user_provisioned');
    const syncs = () => world.calls.filter((call) => call === 'write entitlement').length;
    expect([world.dynamodb.profiles.get('ann')?.customerId, syncs()]).toEqual(['cus_1', 1]);
    expect(world.dynamodb.entitlements.get('ann')).toMatchObject({ customerIds: ['cus_1'], syncedAt: T0 });
    expect(await repairUser(world.services, user, 'cus_1')).toBe('user_provisioned');
    expect(syncs()).toBe(2);
    expect(world.stripe.customers.size).toBe(1);
  });

  it('links a customer that is known to be the user’s', async () => {
    const world = createReconcileWorld();
    world.addUser('ann');
    const customerId = world.addCustomer('ann');
    expect(await repairUser(world.services, user, customerId)).toBe('user_provisioned');
    expect(world.dynamodb.profiles.get('ann')?.customerId).toBe(customerId);
  });

  it('syncs a known customer too if the profile has another one', async () => {
    const world = createReconcileWorld();
    const { customerId } = world.addAccount('ann');
    const second = world.addCustomer('ann');
    expect(await repairUser(world.services, user, second)).toBe('user_provisioned');
    expect(world.dynamodb.profiles.get('ann')?.customerId).toBe(customerId);
    expect(world.dynamodb.entitlements.get('ann')?.customerIds).toEqual([customerId, second]);
  });

  it('changes nothing of a user who is being deleted', async () => {
    const world = createReconcileWorld();
    const { sub } = world.addAccount('ann');
    await world.systems.profiles.markForDeletion({ userId: sub, username: sub, at: '0', requested: true });
    expect(await repairUser(world.services, user)).toBe('unchanged');
    expect(world.calls).not.toContain('write entitlement');
  });

  it('leaves a profile that names another user’s customer to a person', async () => {
    const world = createReconcileWorld();
    world.addUser('ann');
    world.addProfile('ann', world.addCustomer('zoe'));
    expect(await repairUser(world.services, user)).toBe('needs_review');
    expect([world.dynamodb.entitlements.size, world.metrics()]).toEqual([0, ['owner_contradiction']]);
  });
});

describe('The repair of a customer', () => {
  const carry = (plan: Plan) => (plan.kind === 'repair' ? plan.run() : Promise.resolve(plan.kind));

  it.each(['profile', 'row'])('syncs a user with a %s, whenever the last sync was', async (record) => {
    const world = createReconcileWorld();
    const { sub, customerId } = world.addAccount('ann');
    world.addSubscription({ customerId });
    if (record === 'profile') world.dynamodb.entitlements.delete(sub);
    else {
      world.dynamodb.profiles.delete(sub);
      world.addRow(sub, { customerIds: [customerId], syncedAt: T0 + HOUR });
    }
    const plan = await planCustomer(world.services, { id: customerId, sub });
    expect(plan).toMatchObject({ kind: 'repair', action: 'synced' });
    expect(world.calls).not.toContain('find user');
    expect(await carry(plan)).toBe('synced');
    const row = world.dynamodb.entitlements.get(sub);
    expect(row).toMatchObject({ status: 'active', customerIds: [customerId], syncedAt: T0 });
    expect(row?.history.map(({ at, by }) => [at, by])).toEqual([[T0, 'reconcile']]);
    expect(world.calls).not.toContain('read reversal');
  });

  it('does nothing if the user was deleted in the meantime', async () => {
    const world = createReconcileWorld();
    const { sub, customerId } = world.addAccount('ann');
    const plan = await planCustomer(world.services, { id: customerId, sub });
    world.dynamodb.profiles.delete(sub);
    world.dynamodb.entitlements.delete(sub);
    expect(await carry(plan)).toBe('unchanged');
    expect(world.dynamodb.entitlements.size).toBe(0);
  });

  it('fails if Stripe has never known the customer, and leaves the row as it is', async () => {
    const world = createReconcileWorld();
    const { sub } = world.addAccount('ann');
    const before = world.addRow(sub, { customerIds: ['cus_unknown'] });
    const plan = await planCustomer(world.services, { id: 'cus_unknown', sub });
    await expect(carry(plan)).rejects.toMatchObject({ details: { reason: 'customer_not_in_account' } });
    expect(world.dynamodb.entitlements.get(sub)).toEqual(before);
  });

  it('provisions a user of the pool whose sign-up failed, with this customer', async () => {
    const world = createReconcileWorld();
    world.addUser('ann');
    const [first, second] = [world.addCustomer('ann'), world.addCustomer('ann')];
    world.advance(HOUR);
    const plan = await planCustomer(world.services, { id: second, sub: 'ann' });
    expect(plan).toMatchObject({ kind: 'repair', action: 'user_provisioned' });
    expect([world.dynamodb.profiles.size, first]).toEqual([0, 'cus_1']);
    expect(await carry(plan)).toBe('user_provisioned');
    expect(world.dynamodb.profiles.get('ann')?.customerId).toBe(second);
  });

  it('proposes to end the customer of a user that the pool does not know', async () => {
    const world = createReconcileWorld();
    const customerId = world.addOrphan('ghost');
    expect(await planCustomer(world.services, { id: customerId, sub: 'ghost' })).toEqual({
      kind: 'end',
      ending: { kind: 'customer', sub: 'ghost', customerId },
    });
  });
});

describe('A reversal', () => {
  async function refunded() {
    const world = createReconcileWorld();
    const { sub, customerId } = world.addAccount('ann');
    const subscription = world.addSubscription({ customerId });
    await repairUser(world.services, userOf(sub));
    setReversal(world.stripe, subscription, 'refunded');
    world.calls.length = 0;
    return { world, sub, customerId, subscription };
  }

  it('is missing if the row does not show it, and not once it does', async () => {
    const { world, sub, customerId, subscription } = await refunded();
    expect(await isReversalMissing(world.services, customerId)).toBe(true);
    const row = world.dynamodb.entitlements.get(sub);
    world.addRow(sub, { ...row, reversal: 'refunded' });
    expect(await isReversalMissing(world.services, customerId)).toBe(false);
    setReversal(world.stripe, subscription, null);
    expect(await isReversalMissing(world.services, customerId)).toBe(true);
  });

  it('is not looked for without a current period', async () => {
    const { world, sub, customerId, subscription } = await refunded();
    world.addSubscription({ ...subscription, status: 'canceled' });
    await world.sync(syncRequest(customerId, sub));
    world.calls.length = 0;
    expect(await isReversalMissing(world.services, customerId)).toBe(false);
    world.dynamodb.entitlements.delete(sub);
    expect(await isReversalMissing(world.services, customerId)).toBe(false);
    expect(world.calls).not.toContain('read reversal');
  });

  it('is not looked for of what another writer gave', async () => {
    const { world, sub, customerId } = await refunded();
    world.addRow(sub, { status: 'active', plan: 'monthly_pro', currentPeriodEnd: T0 + HOUR });
    expect(await isReversalMissing(world.services, customerId)).toBe(false);
    expect(world.calls).not.toContain('read reversal');
  });

  it('is not looked for of a deleted customer, or of one that names no user', async () => {
    const { world, customerId } = await refunded();
    expect(await isReversalMissing(world.services, world.addCustomer(null, null))).toBe(false);
    await world.systems.billing.deleteCustomer(customerId);
    expect(await isReversalMissing(world.services, customerId)).toBe(false);
    expect(await isReversalMissing(world.services, 'cus_unknown')).toBe(false);
    expect(world.calls).not.toContain('read entitlement');
  });
});
