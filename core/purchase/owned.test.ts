import { describe, expect, it } from 'vitest';
import { featureTerms, lifetimeTerms, passTerms, purchase } from '../../tests/support/one-time.ts';
import { DAY, subscription, T0 } from '../../tests/support/subscriptions.ts';
import { defaultRules } from '../entitlement/policy.ts';
import { allowsOtherAccess, ownedOf, stateFor, whatBlocks } from './owned.ts';
import type { OneTimePurchase, Wanted } from './purchase.ts';

const policy = { renewalGraceSeconds: 0, rules: defaultRules, plans: {} };
const owned = (purchases: readonly OneTimePurchase[], nowSeconds = T0 + DAY) =>
  ownedOf(purchases, { known: [], nowSeconds, policy });
const again = { again: true } as const;
const lifetime = purchase();
const pass = purchase({ ...passTerms, sessionId: 'cs_pass' });
const credits = purchase({ ...featureTerms, sessionId: 'cs_credits' });
const blocking = (purchases: readonly OneTimePurchase[], wanted: Wanted) =>
  whatBlocks(owned(purchases), wanted).map(({ sessionId }) => sessionId);

describe('What a user owns', () => {
  it('is what is in effect now, and what is being paid', () => {
    expect(owned([lifetime, pass, credits, purchase({ sessionId: 'cs_p', state: 'pending' })])).toEqual([
      { sessionId: 'cs_1', plan: 'price_lifetime', features: [], endsAt: null, isPending: false },
      { sessionId: 'cs_pass', plan: 'price_pass', features: [], endsAt: T0 + 30 * DAY, isPending: false },
      { sessionId: 'cs_credits', plan: null, features: ['credits_10'], endsAt: null, isPending: false },
      { sessionId: 'cs_p', plan: 'price_lifetime', features: [], endsAt: null, isPending: true },
    ]);
  });

  it('is not a pass that is over, nor what went back', () => {
    expect(owned([pass], T0 + 30 * DAY)).toEqual([]);
    const returned = [lifetime, credits].map((one) => ({ ...one, reversal: 'refunded' }) as const);
    expect(owned(returned)).toEqual([]);
    expect(owned([{ ...lifetime, reversal: 'dispute_open' }])).toHaveLength(1);
  });

  it('follows a rule of the policy for the product of its price', () => {
    const kept = { ...policy, plans: { prod_pro: { refunded: 'granted' } } } as const;
    const context = { known: [], nowSeconds: T0, policy: kept };
    expect(ownedOf([{ ...lifetime, reversal: 'refunded' }], context)).toHaveLength(1);
  });
});

describe('An order', () => {
  it.each([
    ['a subscription next to a lifetime', [lifetime], {}, ['cs_1'], []],
    ['a subscription next to a pass', [pass], {}, ['cs_pass'], []],
    ['a subscription next to features', [credits], {}, [], []],
    ['the same lifetime', [lifetime], { once: lifetimeTerms }, ['cs_1'], ['cs_1']],
    ['another lifetime', [lifetime], { once: { ...lifetimeTerms, price: 'price_team' } }, ['cs_1'], []],
    ['a pass next to a lifetime', [lifetime], { once: passTerms }, ['cs_1'], []],
    ['the same pass', [pass], { once: passTerms }, ['cs_pass'], []],
    [
      'the same pass while it is being paid',
      [{ ...pass, state: 'pending' }],
      { once: passTerms },
      ['cs_pass'],
      ['cs_pass'],
    ],
    [
      'another one while one is being paid',
      [{ ...lifetime, state: 'pending' }],
      { once: passTerms },
      ['cs_1'],
      [],
    ],
    ['features next to a lifetime', [lifetime], { once: featureTerms }, [], []],
    ['the same features', [credits], { once: featureTerms }, ['cs_credits'], []],
    [
      'features of which some are missing',
      [credits],
      { once: { ...featureTerms, features: ['credits_10', 'x'] } },
      [],
      [],
    ],
  ] as const)(
    'of %s is asked about, unless it is on purpose and gives something',
    (_, has, wanted, asked, final) => {
      expect(blocking(has as readonly OneTimePurchase[], wanted)).toEqual(asked);
      expect(blocking(has as readonly OneTimePurchase[], { ...wanted, ...again })).toEqual(final);
    },
  );

  it.each([
    [{}, false],
    [again, false],
    [{ once: lifetimeTerms }, false],
    [{ once: lifetimeTerms, ...again }, true],
    [{ once: featureTerms }, true],
  ] as const)('of %j is sold next to access of another payer: %s', (wanted, isSold) => {
    expect(allowsOtherAccess(wanted)).toBe(isSold);
  });
});

describe('The state that counts for an order', () => {
  const active = subscription({ id: 'sub_active' });
  const ending = subscription({ id: 'sub_ending', cancelAtPeriodEnd: true });
  const incomplete = subscription({ id: 'sub_incomplete', status: 'incomplete' });
  const state = {
    subscriptions: [active, ending, incomplete],
    sessions: [],
    coming: [{ scheduleId: 'sub_sched_1', items: [{ role: null }] }],
    isPaidElsewhere: true,
  };
  const idsFor = (wanted: Wanted, returned: ReadonlySet<string> = new Set()) =>
    stateFor({ ...state, returned }, wanted).subscriptions.map(({ id }) => id);

  it('is all of it for a subscription, and for a pass', () => {
    expect(stateFor(state, again)).toBe(state);
    expect(stateFor(state, { once: passTerms })).toEqual(state);
  });

  it('is without what will not bill again for a lifetime', () => {
    expect(idsFor({ once: lifetimeTerms })).toEqual(['sub_active', 'sub_incomplete']);
    expect(stateFor(state, { once: lifetimeTerms })).toMatchObject({
      coming: state.coming,
      isPaidElsewhere: true,
    });
  });

  it('is nothing for features', () => {
    const nothing = { subscriptions: [], coming: [], isPaidElsewhere: false };
    expect(stateFor(state, { once: featureTerms })).toEqual({ ...state, ...nothing });
  });

  it('is what could be paid in another tab, and what must end, for a purchase on purpose', () => {
    const wanted = { once: lifetimeTerms, ...again };
    expect(idsFor(wanted)).toEqual(['sub_incomplete']);
    expect(idsFor(wanted, new Set(['sub_active']))).toEqual(['sub_active', 'sub_incomplete']);
    expect(stateFor(state, wanted)).toMatchObject({ coming: [], isPaidElsewhere: false });
  });
});
