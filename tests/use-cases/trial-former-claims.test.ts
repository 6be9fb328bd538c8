/** Trials that version 0.1 recorded under another form of the address. */
import { describe, expect, it } from 'vitest';
import type { PoolUser } from '../../core/account/pool-user.ts';
import { startTrial } from '../../core/account/sign-up-trial.ts';
import {
  claimTrial,
  hasUnrecordedTrial,
  recordTrial,
  type TrialClaim,
} from '../../core/checkout/trial-claim.ts';
import { createAccountWorld } from '../support/account-world.ts';
import { T0 } from '../support/subscriptions.ts';

const NOW = 'hash of email:ann@xn--bcher-kva.example';
const THEN = 'hash of email:ann@bücher.example';

const ann: PoolUser = {
  sub: 'ann2',
  username: 'ann2',
  email: 'ann@xn--bcher-kva.example',
  emailVerified: true,
  givenName: null,
  familyName: null,
  confirmed: true,
  enabled: true,
};

function scene() {
  const world = createAccountWorld();
  const customerId = world.addCustomer('ann');
  const hash = (text: string) => `hash of ${text}`;
  const { trials, sessions } = world.systems;
  const services = { trials, sessions, hash };
  const at = { customerId: 'cus_second', nowSeconds: T0 };
  const store = (emailHash: string, fields: Partial<TrialClaim> = {}) => {
    const account = { accountHash: 'hash of account:ann', customerId };
    const claim = { emailHash, used: true, sessionId: null, claimedAt: T0, ...account, ...fields };
    world.dynamodb.trials.set(emailHash, claim);
    return claim;
  };
  const addSession = (status: 'open' | 'complete' | 'expired') => {
    const { sessionId } = world.addPurchase('ann', customerId);
    const session = world.stripe.sessions.get(sessionId);
    if (session !== undefined) world.stripe.sessions.set(sessionId, { ...session, status });
    return sessionId;
  };
  const start = (user: PoolUser, formerHash?: (text: string) => string) =>
    startTrial(
      {
        days: 7,
        trials,
        hash: async () => hash,
        formerHash: async () => formerHash,
        isoOf: String,
        entitlements: world.systems.entitlements,
      },
      user,
      T0,
    );
  const calls = (name: string) => world.calls.filter((call) => call === name).length;
  return {
    world,
    services,
    at,
    store,
    addSession,
    start,
    calls,
    stored: (key: string) => world.dynamodb.trials.get(key),
  };
}

describe('A trial that version 0.1 recorded under another form of the address', () => {
  it('is the person’s trial at the checkout, and is recorded under the current form', async () => {
    const { services, at, store, stored, calls } = scene();
    const claim = store(THEN);
    expect(await claimTrial(services, ann, at)).toBeUndefined();
    expect(stored(NOW)).toEqual({ ...claim, emailHash: NOW });
    expect(calls('read trial claim')).toBe(2);
    expect(await claimTrial(services, ann, at)).toBeUndefined();
    expect(calls('read trial claim')).toBe(3);
  });

  it('is used if its session was completed, and waits for one that is open', async () => {
    const { services, at, store, stored, addSession } = scene();
    store(THEN, { used: false, sessionId: addSession('open') });
    expect(await claimTrial(services, ann, at)).toBeUndefined();
    expect(stored(NOW)).toBeUndefined();
    store(THEN, { used: false, sessionId: addSession('complete') });
    expect(await claimTrial(services, ann, at)).toBeUndefined();
    expect(stored(NOW)).toMatchObject({ used: true });
  });

  it('is free again if its session has expired', async () => {
    const { services, at, store, stored, addSession } = scene();
    store(THEN, { used: false, sessionId: addSession('expired') });
    expect(await claimTrial(services, ann, at)).toMatchObject({ emailHash: NOW });
    expect(Object.keys(stored(NOW) ?? {}).sort()).toEqual(
      ['accountHash', 'claimedAt', 'customerId', 'emailHash', 'sessionId', 'used'].sort(),
    );
  });

  it('stays the account’s own while its session can be paid', async () => {
    const { services, store, addSession, world } = scene();
    const claim = store(THEN, { used: false, sessionId: addSession('open') });
    const own = { ...ann, sub: 'ann' };
    const at = { customerId: claim.customerId, nowSeconds: world.nowSeconds() };
    expect(await claimTrial(services, own, at)).toEqual(claim);
  });

  it('of any of several forms counts', async () => {
    const { services, at, store, addSession } = scene();
    const lee = { ...ann, email: 'lee@proton.me' };
    store('hash of email:lee@protonmail.com', { used: false, sessionId: addSession('expired') });
    store('hash of email:lee@pm.me');
    expect(await hasUnrecordedTrial(services, lee)).toBe(false);
    expect(await claimTrial(services, lee, at)).toBeUndefined();
  });

  it('is not recorded again, and one that no form records is', async () => {
    const { services, at, store, stored } = scene();
    expect(await hasUnrecordedTrial(services, ann)).toBe(true);
    store(THEN);
    expect(await hasUnrecordedTrial(services, ann)).toBe(false);
    await recordTrial(services, { ...ann, email: 'bob@xn--bcher-kva.example' }, at);
    expect(stored('hash of email:bob@xn--bcher-kva.example')).toEqual({
      emailHash: 'hash of email:bob@xn--bcher-kva.example',
      accountHash: 'hash of account:ann2',
      used: true,
      customerId: 'cus_second',
      sessionId: null,
      claimedAt: T0,
    });
  });

  it('gives no second one at sign-up, and a repeated sign-up keeps its own', async () => {
    const { store, start, stored } = scene();
    const own = { accountHash: 'hash of account:ann2', customerId: '', claimedAt: T0 - 60 };
    store(THEN, own);
    expect(await start(ann)).toEqual({ kind: 'started', at: T0 - 60 });
    store(THEN);
    expect(await start(ann)).toEqual({ kind: 'had_trial' });
    expect(stored(NOW)).toBeUndefined();
  });

  it('is found under the hash key as version 0.1 read it', async () => {
    const { services, at, store, start } = scene();
    const formerHash = (text: string) => `former hash of ${text}`;
    const bob = { ...ann, email: 'bob@example.com' };
    store('former hash of email:bob@example.com');
    expect(await start(bob, formerHash)).toEqual({ kind: 'had_trial' });
    expect(await hasUnrecordedTrial({ ...services, formerHash }, bob)).toBe(false);
    expect(await claimTrial({ ...services, formerHash }, bob, at)).toBeUndefined();
    store('former hash of email:ann@bücher.example');
    expect(await start(ann, formerHash)).toEqual({ kind: 'had_trial' });
  });
});

describe('A person whose address has one form', () => {
  it('costs one read at the checkout and at sign-up', async () => {
    const { services, at, start, calls } = scene();
    const bob = { ...ann, email: 'bob@example.com' };
    expect(await start(bob)).toEqual({ kind: 'started', at: T0 });
    expect(calls('read trial claim')).toBe(1);
    expect(await claimTrial(services, bob, at)).toBeUndefined();
    expect(calls('read trial claim')).toBe(2);
  });
});
