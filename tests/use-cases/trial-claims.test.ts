import { describe, expect, it } from 'vitest';
import type { PoolUser } from '../../core/account/pool-user.ts';
import {
  bindSession,
  claimTrial,
  hasUnrecordedTrial,
  recordTrial,
  type TrialClaim,
} from '../../core/checkout/trial-claim.ts';
import type { Session } from '../../simulation/worlds/stripe.ts';
import { createAccountWorld } from '../support/account-world.ts';
import { T0 } from '../support/subscriptions.ts';

const HOURS_25 = 25 * 3_600;
const EMAIL_HASH = 'hash of email:ann@example.com';
const user: PoolUser = {
  sub: 'ann',
  username: 'ann',
  email: 'ann@example.com',
  emailVerified: true,
  givenName: null,
  familyName: null,
  confirmed: true,
  enabled: true,
};
const unknown = { ...user, emailVerified: false };
/** Another account of the same person. */
const second = { ...user, sub: 'ann2' };

function scene() {
  const world = createAccountWorld();
  const customerId = world.addCustomer('ann');
  const hash = (text: string) => `hash of ${text}`;
  const services = { trials: world.systems.trials, sessions: world.systems.sessions, hash };
  const claim = (fields: Partial<TrialClaim> = {}): TrialClaim => ({
    emailHash: EMAIL_HASH,
    accountHash: 'hash of account:ann',
    used: false,
    customerId,
    sessionId: null,
    claimedAt: T0,
    ...fields,
  });
  const store = (fields: Partial<TrialClaim> = {}): TrialClaim => {
    const stored = claim(fields);
    world.dynamodb.trials.set(EMAIL_HASH, stored);
    return stored;
  };
  const addSession = (status: Session['status']): string => {
    const { sessionId } = world.addPurchase('ann', customerId);
    const session = world.stripe.sessions.get(sessionId);
    if (session !== undefined) world.stripe.sessions.set(sessionId, { ...session, status });
    return sessionId;
  };
  const statusOf = (id: string) => world.stripe.sessions.get(id)?.status;
  // Each of the next writes meets a write of another request.
  const contend = (times: number) => {
    for (let index = 1; index <= times; index += 1) {
      world.once('before', 'write trial claim', () => store({ claimedAt: T0 + index }));
    }
  };
  const at = () => ({ customerId, nowSeconds: world.nowSeconds() });
  return {
    world,
    customerId,
    services,
    claim,
    store,
    addSession,
    statusOf,
    contend,
    at,
    stored: () => world.dynamodb.trials.get(EMAIL_HASH),
    writes: () => world.calls.filter((name) => name === 'write trial claim').length,
    claimFor: (who: PoolUser, customer = customerId) =>
      claimTrial(services, who, { customerId: customer, nowSeconds: world.nowSeconds() }),
  };
}

describe('A claim to a trial', () => {
  it('is stored under the hash of the address, for the account that asks', async () => {
    const { world, claimFor, claim, stored } = scene();
    expect(await claimFor(user)).toEqual(claim());
    expect(stored()).toEqual(claim());
    expect(world.calls).toEqual(['read trial claim', 'write trial claim']);
  });

  it('needs a verified address', async () => {
    const { world, claimFor } = scene();
    expect(await claimFor(unknown)).toBeUndefined();
    expect(world.calls).toEqual([]);
  });

  it('without a session is free for the account itself, and for others after 25 hours', async () => {
    const { world, claimFor, claim, stored, writes } = scene();
    await claimFor(user);
    world.advance(1);
    expect(await claimFor(user)).toEqual(claim({ claimedAt: T0 + 1 }));
    world.advance(HOURS_25 - 1);
    expect(await claimFor(second)).toBeUndefined();
    expect(stored()).toEqual(claim({ claimedAt: T0 + 1 }));
    expect(writes()).toBe(2);
    world.advance(1);
    const taken = claim({ accountHash: 'hash of account:ann2', claimedAt: T0 + 1 + HOURS_25 });
    expect(await claimFor(second)).toEqual(taken);
    expect(stored()).toEqual(taken);
  });

  it('of another account without a session is used if one of its customer’s sessions was paid', async () => {
    const { world, claimFor, claim, store, addSession, stored } = scene();
    store();
    addSession('expired');
    addSession('complete');
    world.advance(HOURS_25);
    expect(await claimFor(second)).toBeUndefined();
    expect(stored()).toEqual(claim({ used: true }));
  });

  it('of another account without a session is free if none of its customer’s sessions was paid', async () => {
    const { world, claimFor, store, addSession, stored } = scene();
    store();
    addSession('expired');
    world.advance(HOURS_25);
    expect(await claimFor(second)).toMatchObject({ accountHash: 'hash of account:ann2' });
    expect(stored()).toMatchObject({ accountHash: 'hash of account:ann2', used: false });
  });

  it('of another account is used if Stripe no longer has its customer', async () => {
    const { world, claimFor, claim, store, stored } = scene();
    store({ customerId: 'cus_unknown' });
    world.advance(HOURS_25);
    expect(await claimFor(second)).toBeUndefined();
    expect(stored()).toEqual(claim({ customerId: 'cus_unknown', used: true }));
  });

  it('that is used stays used, without another write', async () => {
    const { world, claimFor, store, stored } = scene();
    const used = store({ used: true });
    expect(await claimFor(user)).toBeUndefined();
    expect(stored()).toEqual(used);
    expect(world.calls).toEqual(['read trial claim']);
  });

  it.each(['complete', 'missing'] as const)('becomes used if its session is %s', async (status) => {
    const { world, claimFor, claim, store, addSession, stored } = scene();
    const sessionId = status === 'missing' ? 'cs_unknown' : addSession(status);
    store({ sessionId });
    expect(await claimFor(user)).toBeUndefined();
    expect(stored()).toEqual(claim({ sessionId, used: true }));
    expect(world.calls).toEqual(['read trial claim', 'retrieve checkout', 'write trial claim']);
  });

  it('is free for every account of the person once its session has expired', async () => {
    const { claimFor, claim, store, addSession, stored } = scene();
    store({ sessionId: addSession('expired') });
    expect(await claimFor(second)).toEqual(claim({ accountHash: 'hash of account:ann2' }));
    expect(stored()).toEqual(claim({ accountHash: 'hash of account:ann2' }));
  });

  it('with an open session is kept for its account, and is the claim of its other tab', async () => {
    const { world, claimFor, store, addSession, stored, statusOf } = scene();
    const sessionId = addSession('open');
    const kept = store({ sessionId });
    expect(await claimFor(user)).toEqual(kept);
    expect(await claimFor(second)).toBeUndefined();
    expect(stored()).toEqual(kept);
    expect(statusOf(sessionId)).toBe('open');
    expect(world.calls).toEqual([
      'read trial claim',
      'retrieve checkout',
      'read trial claim',
      'retrieve checkout',
    ]);
  });

  it('moves to a new customer of the account after the old customer’s session has expired', async () => {
    const { claimFor, claim, store, addSession, stored, statusOf } = scene();
    const sessionId = addSession('open');
    store({ sessionId });
    expect(await claimFor(user, 'cus_new')).toEqual(claim({ customerId: 'cus_new' }));
    expect(stored()).toEqual(claim({ customerId: 'cus_new' }));
    expect(statusOf(sessionId)).toBe('expired');
  });

  it('is used if the old customer’s session is paid at that moment', async () => {
    const { world, claimFor, claim, store, addSession, stored } = scene();
    const sessionId = addSession('open');
    store({ sessionId });
    world.once('before', 'expire checkout', () => {
      const session = world.stripe.sessions.get(sessionId);
      if (session !== undefined) world.stripe.sessions.set(sessionId, { ...session, status: 'complete' });
    });
    expect(await claimFor(user, 'cus_new')).toBeUndefined();
    expect(stored()).toEqual(claim({ sessionId, used: true }));
  });

  it('survives eleven concurrent writes of the same account, and gives up after twelve', async () => {
    const eleven = scene();
    eleven.contend(11);
    expect(await eleven.claimFor(user)).toEqual(eleven.claim());
    expect(eleven.writes()).toBe(12);
    const twelve = scene();
    twelve.contend(12);
    expect(await twelve.claimFor(user)).toBeUndefined();
    expect(twelve.writes()).toBe(12);
    expect(twelve.stored()).toEqual(twelve.claim({ claimedAt: T0 + 12 }));
  });
});

describe('A trial that was granted without a claim', () => {
  it('is unrecorded until a used claim of the address is stored', async () => {
    const { services, store } = scene();
    expect(await hasUnrecordedTrial(services, user)).toBe(true);
    store();
    expect(await hasUnrecordedTrial(services, user)).toBe(true);
    store({ used: true });
    expect(await hasUnrecordedTrial(services, user)).toBe(false);
  });

  it('of a user without a verified address is not recorded', async () => {
    const { world, services, at } = scene();
    expect(await hasUnrecordedTrial(services, unknown)).toBe(false);
    await recordTrial(services, unknown, at());
    expect(world.calls).toEqual([]);
  });

  it('is recorded as a used claim', async () => {
    const { world, services, at, claim, stored } = scene();
    world.advance(5);
    await recordTrial(services, user, at());
    expect(stored()).toEqual(claim({ used: true, claimedAt: T0 + 5 }));
  });

  it('makes an existing claim of any account used, and changes nothing else of it', async () => {
    const { services, at, store, stored } = scene();
    const held = store({ accountHash: 'other', customerId: 'cus_other', sessionId: 'cs_a', claimedAt: 7 });
    await recordTrial(services, user, at());
    expect(stored()).toEqual({ ...held, used: true });
  });

  it('is recorded once', async () => {
    const { services, at, store, writes } = scene();
    store({ used: true });
    await recordTrial(services, user, at());
    expect(writes()).toBe(0);
  });

  it('is recorded after eleven concurrent writes, and fails after twelve', async () => {
    const eleven = scene();
    eleven.contend(11);
    await recordTrial(eleven.services, user, eleven.at());
    expect(eleven.stored()).toEqual(eleven.claim({ used: true, claimedAt: T0 + 11 }));
    expect(eleven.writes()).toBe(12);
    const twelve = scene();
    twelve.contend(12);
    await expect(recordTrial(twelve.services, user, twelve.at())).rejects.toMatchObject({
      details: { code: 'unavailable', system: 'dynamodb', operation: 'record trial' },
    });
    expect(twelve.writes()).toBe(12);
  });
});

describe('A session is bound to a claim', () => {
  const ann = { emailHash: EMAIL_HASH, accountHash: 'hash of account:ann' };
  const bind = (services: ReturnType<typeof scene>['services'], seen?: TrialClaim) =>
    bindSession(services, ann, { sessionId: 'cs_new', seen });

  it('without reading again the claim that the request wrote', async () => {
    const { world, services, store, claim, stored } = scene();
    const seen = store();
    expect(await bind(services, seen)).toBe('bound');
    expect(stored()).toEqual(claim({ sessionId: 'cs_new' }));
    expect(world.calls).toEqual(['write trial claim']);
  });

  it('after reading the claim if the request wrote none, and once', async () => {
    const { world, services, store, claim, stored } = scene();
    store();
    expect(await bind(services)).toBe('bound');
    expect(await bind(services)).toBe('bound');
    expect(stored()).toEqual(claim({ sessionId: 'cs_new' }));
    expect(world.calls).toEqual(['read trial claim', 'write trial claim', 'read trial claim']);
  });

  it.each([
    ['is used', { used: true }],
    ['is another account’s', { accountHash: 'hash of account:ann2' }],
  ])('and is lost if the claim %s', async (_, fields) => {
    const { services, store, stored, writes } = scene();
    const held = store(fields);
    expect(await bind(services)).toBe('lost');
    expect(stored()).toEqual(held);
    expect(writes()).toBe(0);
  });

  it('and is lost if there is no claim', async () => {
    const { services, stored } = scene();
    expect(await bind(services)).toBe('lost');
    expect(stored()).toBeUndefined();
  });

  it.each([
    ['open', 'lost'],
    ['complete', 'lost'],
    ['missing', 'lost'],
    ['expired', 'bound'],
  ] as const)('whose earlier session is %s: it is %s', async (status, result) => {
    const { services, store, claim, addSession, stored } = scene();
    const earlier = status === 'missing' ? 'cs_unknown' : addSession(status);
    store({ sessionId: earlier });
    expect(await bind(services)).toBe(result);
    expect(stored()).toEqual(claim({ sessionId: result === 'bound' ? 'cs_new' : earlier }));
  });

  it('after a concurrent write, if the claim as it is then allows it', async () => {
    const changed = scene();
    const seen = changed.store();
    changed.world.once('before', 'write trial claim', () => changed.store({ used: true }));
    expect(await bind(changed.services, seen)).toBe('lost');
    expect(changed.stored()).toEqual(changed.claim({ used: true }));
    const same = scene();
    const first = same.store();
    same.contend(1);
    expect(await bind(same.services, first)).toBe('bound');
    expect(same.stored()).toEqual(same.claim({ sessionId: 'cs_new', claimedAt: T0 + 1 }));
  });

  it('after eleven concurrent writes, and not after twelve', async () => {
    const eleven = scene();
    eleven.contend(11);
    expect(await bind(eleven.services, eleven.store())).toBe('bound');
    expect(eleven.writes()).toBe(12);
    const twelve = scene();
    twelve.contend(12);
    expect(await bind(twelve.services, twelve.store())).toBe('lost');
    expect(twelve.writes()).toBe(12);
    expect(twelve.stored()).toEqual(twelve.claim({ claimedAt: T0 + 12 }));
  });
});
