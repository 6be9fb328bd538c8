import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { item, subscription, T0 } from '../../tests/support/subscriptions.ts';
import { decide as decideOn, reviewOpened as reviewOn, type StripeState } from './decide.ts';
import type { CheckoutSession } from './sessions.ts';

function session(overrides: Partial<CheckoutSession> = {}): CheckoutSession {
  return {
    id: 'cs_a',
    mode: 'subscription',
    status: 'open',
    url: 'https://checkout.example.com/cs_a',
    paymentPending: false,
    createdAt: T0,
    expiresAt: T0 + 3_600,
    fingerprint: 'order',
    trialDays: null,
    clientSecret: null,
    amounts: null,
    ...overrides,
  };
}

type Listed = Omit<StripeState, 'coming'> & Partial<StripeState>;
const decide = (state: Listed, fingerprint: string, at: number) =>
  decideOn({ coming: [], ...state, isPaidElsewhere: false }, fingerprint, at);
const reviewOpened = (state: Listed, opened: CheckoutSession) => reviewOn({ coming: [], ...state }, opened);

const complete = session({ id: 'cs_done', status: 'complete', url: null });
const pending = { ...complete, paymentPending: true };

describe('The decision on a checkout request', () => {
  it.each([
    ['active', 'refuse'],
    ['trialing', 'refuse'],
    ['past_due', 'refuse'],
    ['unpaid', 'refuse'],
    ['paused', 'refuse'],
    // An unknown status may be one that bills.
    ['dormant', 'refuse'],
    ['canceled', 'open'],
    ['incomplete', 'open'],
    ['incomplete_expired', 'open'],
  ])('for a user with a subscription that is %s is: %s', (status, kind) => {
    const subscriptions = [subscription({ status: 'canceled', id: 'sub_old' }), subscription({ status })];
    expect(decide({ subscriptions, sessions: [] }, 'order', T0).kind).toBe(kind);
    expect(reviewOpened({ subscriptions, sessions: [session()] }, session()).kind).toBe(
      kind === 'open' ? 'confirm' : kind,
    );
  });

  it('is to open next to a subscription whose payment went back, but not next to another one', () => {
    const [old, other] = [subscription({ id: 'sub_old' }), subscription({ id: 'sub_other' })];
    const returned = new Set(['sub_old']);
    const kinds = (subscriptions: StripeState['subscriptions']) => [
      decide({ subscriptions, sessions: [], returned }, 'order', T0).kind,
      reviewOpened({ subscriptions, sessions: [session()], returned }, session()).kind,
    ];
    expect(kinds([old])).toEqual(['open', 'confirm']);
    expect(kinds([old, other])).toEqual(['refuse', 'refuse']);
  });

  it.each([
    ['plan', 'refuse'],
    ['add_on', 'refuse'],
    [null, 'refuse'],
    ['other_product', 'open'],
  ] as const)(
    'for a user whose subscription with a price of the role %s starts later is: %s',
    (role, kind) => {
      const state = { subscriptions: [], coming: [{ scheduleId: 'sub_sched_a', items: [{ role }] }] };
      expect(decide({ ...state, sessions: [] }, 'order', T0).kind).toBe(kind);
      expect(decide({ ...state, sessions: [session()] }, 'order', T0)).toMatchObject(
        kind === 'refuse' ? { kind, expire: ['cs_a'], by: 'stripe' } : { kind: 'offer' },
      );
      expect(reviewOpened({ ...state, sessions: [session()] }, session()).kind).toBe(
        kind === 'open' ? 'confirm' : kind,
      );
    },
  );

  it('is to refuse while a subscription without a known item starts later, or one with an item of this product', () => {
    const mixed = [{ role: 'other_product' }, { role: null }] as const;
    for (const items of [[], mixed]) {
      const coming = [{ scheduleId: 'sub_sched_a', items }];
      expect(decide({ subscriptions: [], sessions: [], coming }, 'order', T0).kind).toBe('refuse');
    }
  });

  it('is to refuse while a pending payment can still complete an incomplete subscription', () => {
    const subscriptions = [subscription({ status: 'incomplete' })];
    expect(decide({ subscriptions, sessions: [pending] }, 'order', T0)).toMatchObject({ kind: 'refuse' });
    expect(decide({ subscriptions, sessions: [complete] }, 'order', T0)).toMatchObject({
      kind: 'open',
      cancel: ['sub_a'],
    });
    const ended = [subscription({ status: 'incomplete_expired' })];
    expect(decide({ subscriptions: ended, sessions: [pending] }, 'order', T0)).toMatchObject({
      kind: 'open',
    });
    // A failed payment leaves its session in this state permanently.
    expect(decide({ subscriptions: [], sessions: [pending] }, 'order', T0)).toMatchObject({ kind: 'open' });
  });

  it('offers the open session to an equal request while there is time left to pay', () => {
    const sessions = [session(), session({ id: 'cs_b', fingerprint: 'other' })];
    const offered = { kind: 'offer', session: sessions[0], expire: ['cs_b'] };
    expect(decide({ subscriptions: [], sessions }, 'order', T0 + 3_600 - 121)).toEqual(offered);
    expect(decide({ subscriptions: [], sessions }, 'order', T0 + 3_600 - 120)).toEqual({
      kind: 'open',
      expire: ['cs_a', 'cs_b'],
      cancel: [],
    });
  });

  it('expires every open session of a user who already has a subscription', () => {
    const state = { subscriptions: [subscription()], sessions: [session(), complete] };
    const refused = { kind: 'refuse', expire: ['cs_a'] };
    expect(decide(state, 'order', T0)).toEqual({ ...refused, by: 'stripe' });
    expect(reviewOpened(state, session())).toEqual(refused);
  });

  it('ignores a subscription to another product alone', () => {
    const items = [item({ role: 'other_product' })];
    const own = [subscription({ items }), subscription({ id: 'sub_b', status: 'incomplete', items })];
    expect(decide({ subscriptions: own, sessions: [] }, 'order', T0)).toEqual({
      kind: 'open',
      expire: [],
      cancel: [],
    });
  });

  it('does so too for a user who pays elsewhere, and says that it is not Stripe', () => {
    const state = { subscriptions: [], sessions: [session()], coming: [], isPaidElsewhere: true };
    expect(decideOn(state, 'order', T0)).toEqual({ kind: 'refuse', expire: ['cs_a'], by: 'other' });
    const both = { ...state, subscriptions: [subscription()] };
    expect(decideOn(both, 'order', T0)).toMatchObject({ kind: 'refuse', by: 'stripe' });
  });

  it('offers the newest of several equal sessions, and of those of one second that with the greater id', () => {
    const older = session({ id: 'cs_c', createdAt: T0 - 1 });
    const sessions = [older, session({ id: 'cs_a' }), session({ id: 'cs_b' })];
    for (const listed of [sessions, [...sessions].reverse()]) {
      const decision = decide({ subscriptions: [], sessions: listed }, 'order', T0);
      expect(decision).toMatchObject({ kind: 'offer', session: { id: 'cs_b' } });
    }
  });

  it('never offers a session that is closed, and expires none', () => {
    const sessions = [complete, session({ status: 'expired', url: null })];
    expect(decide({ subscriptions: [], sessions }, 'order', T0)).toEqual({
      kind: 'open',
      expire: [],
      cancel: [],
    });
  });

  it('replaces an equal session together with a subscription that was never paid', () => {
    const subscriptions = [
      subscription({ status: 'canceled', id: 'sub_old' }),
      subscription({ status: 'incomplete' }),
    ];
    expect(decide({ subscriptions, sessions: [session()] }, 'order', T0)).toEqual({
      kind: 'open',
      expire: ['cs_a'],
      cancel: ['sub_a'],
    });
  });

  it('never offers a session that other code opened', () => {
    const sessions = [session({ fingerprint: null })];
    expect(decide({ subscriptions: [], sessions }, 'order', T0)).toMatchObject({ kind: 'open' });
  });
});

describe('Sessions that were opened at the same moment', () => {
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

  it('leave exactly one open, whichever request reviews them and in whatever order they are listed', () => {
    fc.assert(
      fc.property(opened, fc.func(fc.integer()), (sessions, order) => {
        const shuffled = [...sessions].sort((a, b) => order(a.id) - order(b.id));
        const reviews = sessions.map((own) => reviewOpened({ subscriptions: [], sessions: shuffled }, own));
        const kept = reviews.filter(({ kind }) => kind === 'confirm');
        expect(kept).toHaveLength(1);
        const others = reviews.filter(({ kind }) => kind === 'superseded' || kind === 'retry');
        expect(others).toHaveLength(sessions.length - 1);
        expect(kept[0]).toHaveProperty('expire.length', sessions.length - 1);
      }),
    );
  });

  it('give way to a newer one: for the same order it is offered to both', () => {
    const sessions = [session(), session({ id: 'cs_new', createdAt: T0 + 1 })];
    const state = { subscriptions: [], sessions, coming: [] };
    expect(reviewOpened(state, session())).toEqual({ kind: 'retry' });
    const other = session({ fingerprint: 'another' });
    expect(reviewOpened(state, other)).toEqual({ kind: 'superseded' });
  });

  it('are not compared with sessions that are closed', () => {
    const closed = session({ id: 'cs_b', status: 'expired', createdAt: T0 + 1 });
    const older = session({ id: 'cs_c', createdAt: T0 - 1 });
    expect(reviewOpened({ subscriptions: [], sessions: [older, closed, session()] }, session())).toEqual({
      kind: 'confirm',
      expire: ['cs_c'],
    });
  });

  it('make a request retry when its own session is no longer open', () => {
    expect(
      reviewOpened({ subscriptions: [], sessions: [{ ...session(), status: 'expired' }] }, session()),
    ).toEqual({
      kind: 'retry',
    });
    expect(reviewOpened({ subscriptions: [], sessions: [] }, session())).toEqual({ kind: 'retry' });
    const other = session({ id: 'cs_b' });
    expect(reviewOpened({ subscriptions: [], sessions: [other] }, session())).toEqual({ kind: 'retry' });
  });
});
