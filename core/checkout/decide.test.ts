import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { subscription, T0 } from '../../tests/support/subscriptions.ts';
import { decide, reviewOpened } from './decide.ts';
import type { CheckoutSession } from './sessions.ts';

function session(overrides: Partial<CheckoutSession> = {}): CheckoutSession {
  return {
    id: 'cs_a',
    status: 'open',
    url: 'https://checkout.example.com/cs_a',
    paymentPending: false,
    createdAt: T0,
    expiresAt: T0 + 3_600,
    fingerprint: 'wish',
    givesTrial: false,
    ...overrides,
  };
}

const complete = session({ id: 'cs_done', status: 'complete', url: null });
const pending = { ...complete, paymentPending: true };

describe('a wish to subscribe', () => {
  it.each([
    ['active', 'refuse'],
    ['trialing', 'refuse'],
    ['past_due', 'refuse'],
    ['unpaid', 'refuse'],
    ['paused', 'refuse'],
    // Of tomorrow: it may bill.
    ['dormant', 'refuse'],
    ['canceled', 'open'],
    ['incomplete', 'open'],
    ['incomplete_expired', 'open'],
  ])('beside a subscription that is %s: %s', (status, kind) => {
    const subscriptions = [subscription({ status: 'canceled', id: 'sub_old' }), subscription({ status })];
    expect(decide({ subscriptions, sessions: [] }, 'wish', T0).kind).toBe(kind);
    expect(reviewOpened({ subscriptions, sessions: [session()] }, session()).kind).toBe(
      kind === 'open' ? 'confirm' : kind,
    );
  });

  it('a payment under way may yet begin what is incomplete', () => {
    const subscriptions = [subscription({ status: 'incomplete' })];
    expect(decide({ subscriptions, sessions: [pending] }, 'wish', T0)).toMatchObject({ kind: 'refuse' });
    expect(decide({ subscriptions, sessions: [complete] }, 'wish', T0)).toMatchObject({
      kind: 'open',
      cancel: ['sub_a'],
    });
    // A payment that failed leaves its session as it is, for good.
    expect(decide({ subscriptions: [], sessions: [pending] }, 'wish', T0)).toMatchObject({ kind: 'open' });
  });

  it('the same wish is offered the same session, as long as there is time to pay', () => {
    const sessions = [session(), session({ id: 'cs_b', fingerprint: 'other' })];
    const offered = { kind: 'offer', session: sessions[0], expire: ['cs_b'] };
    expect(decide({ subscriptions: [], sessions }, 'wish', T0 + 3_600 - 121)).toEqual(offered);
    expect(decide({ subscriptions: [], sessions }, 'wish', T0 + 3_600 - 120)).toEqual({
      kind: 'open',
      expire: ['cs_a', 'cs_b'],
      cancel: [],
    });
  });

  it('where one runs already, nothing that is open stays so', () => {
    const standing = { subscriptions: [subscription()], sessions: [session(), complete] };
    const refused = { kind: 'refuse', expire: ['cs_a'] };
    expect(decide(standing, 'wish', T0)).toEqual(refused);
    expect(reviewOpened(standing, session())).toEqual(refused);
  });

  it('a session of other code is never offered', () => {
    const sessions = [session({ fingerprint: null })];
    expect(decide({ subscriptions: [], sessions }, 'wish', T0)).toMatchObject({ kind: 'open' });
  });
});

describe('of sessions opened at the same moment', () => {
  const opened = fc
    .uniqueArray(
      fc.record({
        id: fc.stringMatching(/^cs_[a-z]{1,3}$/),
        createdAt: fc.integer({ min: T0, max: T0 + 2 }),
      }),
      {
        minLength: 1,
        maxLength: 6,
        selector: ({ id }) => id,
      },
    )
    .map((some) => some.map((one) => session(one)));

  it('exactly one stays, whoever asks, and in whatever order they are listed', () => {
    fc.assert(
      fc.property(opened, fc.func(fc.integer()), (sessions, order) => {
        const shuffled = [...sessions].sort((a, b) => order(a.id) - order(b.id));
        const verdicts = sessions.map((own) => reviewOpened({ subscriptions: [], sessions: shuffled }, own));
        const kept = verdicts.filter(({ kind }) => kind === 'confirm');
        expect(kept).toHaveLength(1);
        expect(verdicts.filter(({ kind }) => kind === 'superseded')).toHaveLength(sessions.length - 1);
        expect(kept[0]).toHaveProperty('expire.length', sessions.length - 1);
      }),
    );
  });

  it('one that is open no more begins anew', () => {
    expect(
      reviewOpened({ subscriptions: [], sessions: [{ ...session(), status: 'expired' }] }, session()),
    ).toEqual({
      kind: 'retry',
    });
    expect(reviewOpened({ subscriptions: [], sessions: [] }, session())).toEqual({ kind: 'retry' });
  });
});
