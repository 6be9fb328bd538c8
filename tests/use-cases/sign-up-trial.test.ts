import { describe, expect, it } from 'vitest';
import { createSignUp, type NewUser, signUpLimitsMs } from '../../core/account/sign-up.ts';
import type { SignUpTrial } from '../../core/account/sign-up-trial.ts';
import { answerOf } from '../../core/entitlement/answer.ts';
import { defaultRules } from '../../core/entitlement/policy.ts';
import { createGrant } from '../../core/grants/grants.ts';
import { Fault } from '../../core/system/fault.ts';
import { POOL_ID, syncRequest } from '../support/account-world.ts';
import { DAY, T0 } from '../support/subscriptions.ts';
import { checkoutScene, otherRequest } from './checkout-scene.ts';

const policy = { renewalGraceSeconds: 3 * DAY, rules: defaultRules, plans: {} };
const EMAIL_HASH = 'hash of email:eve@example.com';
const outage = new Fault({ code: 'unavailable', system: 'dynamodb', operation: 'any' });

const eve: NewUser = {
  poolId: POOL_ID,
  sub: 'eve',
  email: 'eve@example.com',
  emailVerified: true,
  givenName: null,
  familyName: null,
  name: null,
};

function scene(overrides: Partial<SignUpTrial> = {}) {
  const shop = checkoutScene();
  const { world } = shop;
  const limits: number[] = [];
  const signUp = createSignUp({
    ...world.systems,
    trial: {
      days: 7,
      trials: world.systems.trials,
      hash: async () => (text) => `hash of ${text}`,
      isoOf: (seconds) => `at ${seconds}`,
      ...overrides,
    },
    clock: {
      ...world.systems.clock,
      within: (ms, work) => {
        limits.push(ms);
        return world.systems.clock.within(ms, work);
      },
    },
  });
  const row = (sub = 'eve') => world.dynamodb.entitlements.get(sub);
  return {
    ...shop,
    limits,
    signUp: (user: Partial<NewUser> = {}) => signUp({ ...eve, ...user }),
    row,
    claim: () => world.dynamodb.trials.get(EMAIL_HASH),
    answer: (sub = 'eve') => answerOf(row(sub), world.nowSeconds(), policy),
    fail: (name: string, when: 'before' | 'after' = 'before') =>
      world.once(when, name, () => {
        throw outage;
      }),
  };
}

describe('The trial at sign-up', () => {
  it('gives access for its days, and then none, without any event', async () => {
    const { world, signUp, answer, row } = scene();
    expect(await signUp()).toEqual({ kind: 'complete' });
    const trial = { trial_expires_at: T0 + 7 * DAY, trial_started_at: `at ${T0}`, source: 'trial' };
    expect(answer()).toMatchObject({
      ...trial,
      status: 'trialing',
      access_granted: true,
      trial_active: true,
      trial_days_remaining: 7,
      plan: null,
    });
    expect(row()?.history).toMatchObject([{ at: T0, by: 'sign-up', before: { status: 'none' } }]);
    expect(world.metrics()).toEqual(['sign_up_trial']);
    world.advance(7 * DAY);
    expect(answer()).toMatchObject({ ...trial, access_granted: false, access_reason: 'trial_expired' });
  });

  it('is recorded, under hashes alone, before the row gives it', async () => {
    const { world, signUp, claim } = scene();
    await signUp();
    expect(claim()).toEqual({
      emailHash: EMAIL_HASH,
      accountHash: 'hash of account:eve',
      used: true,
      customerId: '',
      sessionId: null,
      claimedAt: T0,
    });
    const [recorded, given] = [
      world.calls.indexOf('write trial claim'),
      world.calls.indexOf('create entitlement'),
    ];
    expect(recorded).toBeGreaterThan(-1);
    expect(recorded).toBeLessThan(given);
    expect(world.calls.filter((call) => call === 'read trial claim')).toHaveLength(1);
  });

  it('is given once to a person, whatever account and spelling of the address comes next', async () => {
    const { world, signUp, answer } = scene();
    await signUp();
    await signUp({ sub: 'eve-2', email: 'Eve+two@example.com' });
    expect(answer('eve-2')).toMatchObject({ status: 'none', access_granted: false, trial_started_at: null });
    expect(world.metrics()).toContain('sign_up_trial_repeated');
  });

  it('is not given to a person with a trial of the checkout, used or about to be', async () => {
    for (const used of [true, false]) {
      const { world, signUp, answer } = scene();
      const claim = { emailHash: EMAIL_HASH, accountHash: 'other', customerId: 'cus_x', sessionId: 'cs_x' };
      world.dynamodb.trials.set(EMAIL_HASH, { ...claim, used, claimedAt: T0 });
      await signUp();
      expect(answer()).toMatchObject({ status: 'none' });
    }
  });

  it.each<[string, object]>([
    ['is not used yet', { used: false }],
    ['belongs to a customer', { customerId: 'cus_x' }],
    ['belongs to a session', { sessionId: 'cs_x' }],
  ])('is not given to a user whose claim %s, so it is one of the checkout', async (_, fields) => {
    const { world, signUp, answer } = scene();
    const own = { emailHash: EMAIL_HASH, accountHash: 'hash of account:eve', used: true, claimedAt: T0 };
    world.dynamodb.trials.set(EMAIL_HASH, { ...own, customerId: '', sessionId: null, ...fields });
    await signUp();
    expect(answer()).toMatchObject({ status: 'none' });
  });

  it('has the start that another process of the same sign-up records at this moment', async () => {
    const { world, signUp, row } = scene();
    const own = { emailHash: EMAIL_HASH, accountHash: 'hash of account:eve', used: true };
    world.once('before', 'write trial claim', () =>
      world.dynamodb.trials.set(EMAIL_HASH, { ...own, customerId: '', sessionId: null, claimedAt: T0 - 5 }),
    );
    await signUp();
    expect(row()).toMatchObject({ status: 'trialing', trialStartedAt: `at ${T0 - 5}` });
  });

  it('is not given if other processes keep changing the claim', async () => {
    let writes = 0;
    const put = async () => {
      writes += 1;
      return 'conflict' as const;
    };
    const { world, signUp, row } = scene({ trials: { read: async () => undefined, put } });
    expect(await signUp()).toEqual({ kind: 'complete' });
    expect([row()?.status, writes, world.metrics()]).toEqual(['none', 2, ['sign_up_trial_repeated']]);
  });

  it.each([
    ['an address that is not verified', { emailVerified: false }],
    ['no address', { email: null }],
  ])('is not given to a user with %s, whose sign-up is complete', async (_, user) => {
    const { world, signUp, row } = scene();
    expect(await signUp(user)).toEqual({ kind: 'complete' });
    expect(row()).toMatchObject({ status: 'none', trialStartedAt: null, claims: [] });
    expect(world.metrics()).toEqual(['sign_up_trial_unverified']);
    expect(world.calls).not.toContain('read trial claim');
  });

  it('is not prolonged by a repeated trigger', async () => {
    const { world, signUp, row } = scene();
    await signUp();
    const before = row();
    world.advance(3_600);
    expect(await signUp()).toEqual({ kind: 'complete' });
    expect(row()).toEqual(before);
  });

  it('is not claimed for a user whose row exists', async () => {
    const { world, signUp, row, claim } = scene();
    const before = world.addRow('eve', { status: 'active', plan: 'monthly' });
    await signUp();
    expect(row()).toEqual(before);
    expect(claim()).toBeUndefined();
  });

  it('is given with its original start by the repetition of a trigger that broke off before the row', async () => {
    const { world, signUp, row, fail } = scene();
    fail('create entitlement');
    expect(await signUp()).toMatchObject({ kind: 'incomplete', failed: ['entitlement'] });
    world.advance(60);
    await signUp();
    expect(row()).toMatchObject({ trialExpiresAt: T0 + 7 * DAY, trialStartedAt: `at ${T0}` });
  });

  it.each(['read trial claim', 'write trial claim', 'read entitlement'])(
    'is left out, and logged, if it cannot be recorded (%s), and the sign-up is complete',
    async (name) => {
      const { world, signUp, row, fail } = scene();
      fail(name);
      expect(await signUp()).toEqual({ kind: 'complete' });
      expect(row()).toMatchObject({ status: 'none', claims: [] });
      expect(world.logs).toMatchObject([
        { level: 'error', fields: { metric: 'sign_up_step_failed', step: 'trial' }, cause: outage },
      ]);
    },
  );

  it('is left out if the key of the hash cannot be read', async () => {
    const { world, signUp, row } = scene({ hash: () => Promise.reject(outage) });
    expect(await signUp()).toEqual({ kind: 'complete' });
    expect(row()).toMatchObject({ status: 'none' });
    expect(world.dynamodb.trials.size).toBe(0);
  });

  it('has a part of the time of its step, which leaves time to write the row', async () => {
    const { signUp, limits } = scene();
    await signUp();
    expect(limits).toContain(signUpLimitsMs.trial);
    expect(signUpLimitsMs.trial + 1_000).toBeLessThanOrEqual(signUpLimitsMs.first);
  });

  it('ends when the user begins to pay, and stays visible to clients', async () => {
    const { world, signUp, row, answer } = scene();
    await signUp();
    const [customerId = ''] = [...world.stripe.customers.values()]
      .filter(({ sub }) => sub === 'eve')
      .map(({ id }) => id);
    world.addSubscription({ id: 'sub_eve', customerId });
    await world.sync(syncRequest(customerId));
    expect(row()).toMatchObject({ status: 'active', claims: [], trialStartedAt: `at ${T0}` });
    expect(answer()).toMatchObject({ source: 'stripe', trial_started_at: `at ${T0}` });
  });

  it('goes on next to a grant', async () => {
    const { world, signUp, row } = scene();
    await signUp();
    const grant = createGrant({ ...world.systems, random: () => 0, hash: () => '0'.repeat(12) });
    await grant('eve', { plan: 'pro', features: [], until: T0 + DAY, by: 'anna', reason: 'Test' });
    expect(row()?.claims.map(({ source }) => source)).toEqual(['grant', 'trial']);
  });

  it('is the only one: a checkout of the person begins without a trial', async () => {
    const { world, sub, buyWithTrial, orders, signUp } = scene();
    world.dynamodb.entitlements.delete(sub);
    await signUp({ sub, email: `${sub}@example.com` });
    expect(world.dynamodb.entitlements.get(sub)).toMatchObject({ status: 'trialing' });
    expect(await buyWithTrial()).toMatchObject({ kind: 'session', session: { trialDays: null } });
    expect(orders).toMatchObject([{ order: { trialDays: null } }]);
    // Also after the account, and with it the row, is deleted.
    world.addRow(sub, {});
    world.advance(DAY);
    expect(await buyWithTrial(otherRequest)).toMatchObject({ session: { trialDays: null } });
    expect(orders).toMatchObject([{}, { order: { trialDays: null } }]);
  });
});
