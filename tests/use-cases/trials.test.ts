import { describe, expect, it } from 'vitest';
import { emptyState, emptySubscriptionState } from '../../core/entitlement/row.ts';
import { accessStateOf } from '../../core/entitlement/state-fields.ts';
import { DAY, T0 } from '../support/subscriptions.ts';
import { checkoutScene, otherRequest, TRIAL_DAYS } from './checkout-scene.ts';

const EMAIL_HASH = 'hash of email:ann@example.com';

function scene() {
  const one = checkoutScene();
  const claim = (fields: Record<string, unknown> = {}) => ({
    emailHash: EMAIL_HASH,
    accountHash: 'hash of account:ann',
    used: false,
    customerId: one.customerId,
    sessionId: null,
    claimedAt: T0,
    ...fields,
  });
  return { ...one, claim, stored: () => one.world.dynamodb.trials.get(EMAIL_HASH) };
}

const trial = (id: string) => ({ kind: 'session', session: { id, trialDays: 14 } });

describe('The first checkout of a person', () => {
  it('begins with a trial, whose session is bound to the claim before it is offered', async () => {
    const { world, buyWithTrial, orders, claim, stored } = scene();
    expect(await buyWithTrial()).toMatchObject(trial('cs_001'));
    expect(orders).toMatchObject([{ order: { trialDays: TRIAL_DAYS } }]);
    expect(stored()).toEqual(claim({ sessionId: 'cs_001' }));
    expect(world.calls.filter((name) => name.includes('trial claim'))).toEqual([
      'read trial claim',
      'write trial claim',
      'write trial claim',
    ]);
  });

  it('has no trial where none is granted, and claims none', async () => {
    const { buy, orders, stored, callsOf } = scene();
    await buy();
    expect(orders).toMatchObject([{ order: { trialDays: null } }]);
    expect(stored()).toBeUndefined();
    expect(callsOf('read trial claim')).toBe(0);
  });

  it('has no trial without an address, and says so', async () => {
    const { world, sub, buyWithTrial, orders, callsOf } = scene();
    world.cognito.emails.delete(sub);
    expect(await buyWithTrial()).toMatchObject({
      session: { trialDays: null },
      noTrial: 'unverified_address',
    });
    expect(orders).toMatchObject([{ order: { trialDays: null } }]);
    expect(callsOf('read trial claim')).toBe(0);
  });

  it('is offered again with its trial', async () => {
    const { world, buyWithTrial, orders, claim, stored } = scene();
    const first = await buyWithTrial();
    world.advance(5);
    expect(await buyWithTrial()).toEqual(first);
    expect(orders).toHaveLength(1);
    expect(stored()).toEqual(claim({ sessionId: 'cs_001' }));
  });

  it('moves the trial to another order of the same user', async () => {
    const { world, buyWithTrial, claim, stored, statuses } = scene();
    await buyWithTrial();
    world.advance(5);
    expect(await buyWithTrial(otherRequest)).toMatchObject(trial('cs_002'));
    expect(statuses()).toEqual({ cs_001: 'expired', cs_002: 'open' });
    expect(stored()).toEqual(claim({ sessionId: 'cs_002', claimedAt: T0 + 5 }));
  });
});

describe('A person who had a trial', () => {
  it('gets no second one, learns why, and the trial that Stripe shows is recorded', async () => {
    const { world, customerId, buyWithTrial, orders, claim, stored } = scene();
    world.addSubscription({ id: 'sub_1', customerId, status: 'canceled', trialEnd: T0 - DAY });
    world.addSubscription({ id: 'sub_2', customerId, status: 'canceled' });
    expect(await buyWithTrial()).toMatchObject({ session: { trialDays: null }, noTrial: 'used' });
    expect(orders).toMatchObject([{ order: { trialDays: null } }]);
    expect(stored()).toEqual(claim({ used: true }));
  });

  it('gets no second one if only the history of the row shows a trial, such as in a store that was paid for since', async () => {
    const { world, sub, customerId, buyWithTrial, stored, claim } = scene();
    const trialed = accessStateOf({
      ...emptyState,
      status: 'trialing',
      plan: 'monthly_pro',
      trialExpiresAt: T0 - DAY,
    });
    const before = { status: 'none', plan: null };
    const history = [
      { at: T0 - 9 * DAY, by: 'rc_1', before, after: trialed },
      { at: T0 - DAY, by: 'rc_2', before: trialed, after: accessStateOf(emptyState) },
    ];
    world.addRow(sub, { customerIds: [customerId], history });
    expect(await buyWithTrial()).toMatchObject({ kind: 'session', session: { trialDays: null } });
    expect(stored()).toEqual(claim({ used: true }));
  });

  it.each([
    { status: 'active', trialExpiresAt: T0 - DAY, currentPeriodEnd: T0 - 9 * DAY },
    { status: 'trialing' },
    { status: 'none', trialStartedAt: '2025-11-01T00:00:00Z' },
    { status: 'trial_expired' },
  ] as const)('gets no second one if the row shows %j', async (fields) => {
    const { world, sub, customerId, buyWithTrial, orders, claim, stored } = scene();
    world.addRow(sub, { customerIds: [customerId], ...fields });
    expect(await buyWithTrial()).toMatchObject({ kind: 'session', session: { trialDays: null } });
    expect(orders).toMatchObject([{ order: { trialDays: null } }]);
    expect(stored()).toEqual(claim({ used: true }));
  });

  it('gets no second one if the row shows it next to a subscription that had none', async () => {
    const { world, sub, customerId, buyWithTrial, claim, stored } = scene();
    const ended = { ...emptySubscriptionState, status: 'canceled', reversal: null } as const;
    const bought = { ...ended, subscriptionId: 'sub_1', stripeStatus: 'canceled' };
    const given = { ...ended, trialExpiresAt: T0 - DAY };
    world.addRow(sub, {
      ...bought,
      customerIds: [customerId],
      claims: [
        { source: 'stripe', ...bought },
        { source: 'other_writer', ...given },
      ],
    });
    expect(await buyWithTrial()).toMatchObject({ kind: 'session', session: { trialDays: null } });
    expect(stored()).toEqual(claim({ used: true }));
  });

  it('gets one if subscription and row show none', async () => {
    const { world, sub, customerId, buyWithTrial } = scene();
    world.addRow(sub, { customerIds: [customerId], status: 'canceled' });
    world.addSubscription({ id: 'sub_1', customerId, status: 'canceled' });
    expect(await buyWithTrial()).toMatchObject(trial('cs_001'));
  });

  it('gets one if the row is lost, since only a row can show a trial of the app', async () => {
    const { world, sub, buyWithTrial } = scene();
    world.once('before', 'read entitlement', () => world.dynamodb.entitlements.delete(sub));
    expect(await buyWithTrial()).toMatchObject(trial('cs_001'));
  });

  it('has it recorded once', async () => {
    const { world, sub, buyWithTrial, claim, stored, callsOf } = scene();
    world.addRow(sub, { status: 'trialing' });
    world.dynamodb.trials.set(EMAIL_HASH, claim({ used: true, claimedAt: 7 }));
    await buyWithTrial();
    expect(stored()).toEqual(claim({ used: true, claimedAt: 7 }));
    expect(callsOf('read trial claim')).toBe(1);
    expect(callsOf('write trial claim')).toBe(0);
  });

  it('gets none for a second account with the same address', async () => {
    const { world, buyWithTrial, claim, stored, setStatus } = scene();
    await buyWithTrial();
    setStatus('cs_001', 'complete');
    world.addAccount('ann2');
    world.cognito.emails.set('ann2', 'Ann+again@example.com');
    expect(await buyWithTrial(undefined, 'ann2')).toMatchObject({
      kind: 'session',
      session: { id: 'cs_002', trialDays: null },
    });
    expect(stored()).toEqual(claim({ sessionId: 'cs_001', used: true }));
  });
});

describe('A session with a trial', () => {
  it('is not offered again once the checkout grants no trials', async () => {
    const { buy, buyWithTrial, statuses, claim, stored } = scene();
    await buyWithTrial();
    expect(await buy()).toEqual({ kind: 'in_progress' });
    expect(statuses()).toEqual({ cs_001: 'expired' });
    expect(stored()).toEqual(claim({ sessionId: 'cs_001' }));
  });

  it('is not offered again to a user whose address is gone', async () => {
    const { world, sub, buyWithTrial, statuses } = scene();
    await buyWithTrial();
    world.cognito.emails.delete(sub);
    expect(await buyWithTrial()).toEqual({ kind: 'in_progress' });
    expect(statuses()).toEqual({ cs_001: 'expired' });
  });

  it('expires if another account of the person takes the claim first', async () => {
    const { world, buyWithTrial, statuses, claim, stored } = scene();
    const taken = claim({ accountHash: 'hash of account:ann2' });
    world.once('after', 'open checkout', () => {
      world.dynamodb.trials.set(EMAIL_HASH, { ...claim(), accountHash: 'hash of account:ann2' });
    });
    expect(await buyWithTrial()).toEqual({ kind: 'in_progress' });
    expect(statuses()).toEqual({ cs_001: 'expired' });
    expect(stored()).toEqual(taken);
  });

  it('expires if another tab of the account has bound one that can still be paid', async () => {
    const { world, buyWithTrial, putSession, statuses, claim, stored } = scene();
    world.once('after', 'open checkout', () => {
      // The list of the user's sessions does not show one of another customer.
      const order = { customerId: 'cus_other', expiresAt: T0 + 3_600 };
      putSession('cs_other');
      const other = world.stripe.sessions.get('cs_other');
      if (other !== undefined)
        world.stripe.sessions.set('cs_other', { ...other, order: { ...other.order, ...order } });
      world.dynamodb.trials.set(EMAIL_HASH, claim({ sessionId: 'cs_other' }));
    });
    expect(await buyWithTrial()).toEqual({ kind: 'in_progress' });
    expect(statuses()).toEqual({ cs_001: 'expired', cs_other: 'open' });
    expect(stored()).toEqual(claim({ sessionId: 'cs_other' }));
  });
});
