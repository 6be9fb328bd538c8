import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { featureTerms, passTerms, purchase } from '../../tests/support/one-time.ts';
import { DAY, T0 } from '../../tests/support/subscriptions.ts';
import { access } from '../entitlement/access.ts';
import { defaultRules } from '../entitlement/policy.ts';
import { claimsOfPurchases } from './claims-of-purchases.ts';
import type { OneTimePurchase } from './purchase.ts';

const policy = { renewalGraceSeconds: 3 * DAY, rules: defaultRules, plans: {} };
const unknown = { known: [], asOf: T0 };
const claimsOf = (purchases: readonly OneTimePurchase[]) => claimsOfPurchases(purchases, unknown).claims;
const pass = (fields: Partial<OneTimePurchase> = {}) => purchase({ ...passTerms, ...fields });
const endsOf = (purchases: readonly OneTimePurchase[]) =>
  claimsOf(purchases).map(({ currentPeriodEnd }) => currentPeriodEnd);

describe('A claim of a purchase', () => {
  it('of a lifetime has no end, and names what was bought', () => {
    expect(claimsOfPurchases([purchase()], unknown)).toEqual({
      claims: [
        {
          source: 'purchase',
          status: 'active',
          plan: 'price_lifetime',
          quantity: 1,
          addOns: [],
          currentPeriodEnd: null,
          trialExpiresAt: null,
          cancelAtPeriodEnd: false,
          cancelAt: null,
          pastDueSince: null,
          paymentPending: false,
          subscriptionId: null,
          stripeStatus: null,
          collectionPaused: false,
          reversal: null,
          origin: {
            id: 'cs_1',
            store: null,
            manageUrl: null,
            features: [],
            continues: false,
            grant: null,
            paidAt: T0,
          },
        },
      ],
      planKeys: { price_lifetime: ['lifetime', 'prod_pro'] },
    });
  });

  it('of a pass ends after its days, without a grace', () => {
    const claims = claimsOf([pass()]);
    const end = T0 + 30 * DAY;
    expect(claims).toMatchObject([{ currentPeriodEnd: end, cancelAt: end, cancelAtPeriodEnd: true }]);
    expect(access(claims, end - 1, policy).granted).toBe(true);
    expect(access(claims, end, policy)).toMatchObject({ granted: false, reason: 'lapsed' });
  });

  it('of features alone lets no one in, and has no plan', () => {
    const { claims, planKeys } = claimsOfPurchases([purchase(featureTerms)], unknown);
    expect(claims).toMatchObject([
      {
        status: 'none',
        plan: null,
        quantity: null,
        cancelAtPeriodEnd: null,
        origin: { features: ['credits_10'] },
      },
    ]);
    expect(access(claims, T0, policy)).toMatchObject({ granted: false, reason: 'no_entitlement' });
    expect(planKeys).toEqual({});
  });

  it('does not exist while the payment is pending', () => {
    expect(claimsOf([purchase({ state: 'pending' })])).toEqual([]);
  });
});

describe('A pass that is bought before the end of another one', () => {
  const second = pass({ sessionId: 'cs_2', chargedAt: T0 + 10 * DAY });

  it('extends it, if it is of the same product, and replaces its claim', () => {
    expect(endsOf([second, pass()])).toEqual([T0 + 60 * DAY]);
    expect(endsOf([pass({ keys: ['prod_other'] }), second])).toEqual([T0 + 40 * DAY]);
    const ofProduct = pass({ price: 'price_week', access: { kind: 'days', days: 7 } });
    expect(endsOf([ofProduct, second])).toEqual([T0 + 7 * DAY, T0 + 40 * DAY]);
    expect(endsOf([pass({ price: 'price_week' }), second])).toEqual([T0 + 30 * DAY, T0 + 60 * DAY]);
  });

  it('begins with its own payment once the other one is over, or if that one went back', () => {
    expect(endsOf([pass(), { ...second, chargedAt: T0 + 50 * DAY }])).toEqual([T0 + 80 * DAY]);
    expect(endsOf([pass({ reversal: 'refunded' }), second])).toEqual([T0 + 40 * DAY]);
    expect(endsOf([pass({ reversal: 'dispute_open' }), second])).toEqual([T0 + 60 * DAY]);
  });

  it('keeps what it adds if it goes back itself', () => {
    const claims = claimsOf([pass(), { ...second, reversal: 'refunded' }]);
    expect(claims).toMatchObject([
      { reversal: null, currentPeriodEnd: T0 + 30 * DAY },
      { reversal: 'refunded', currentPeriodEnd: T0 + 60 * DAY },
    ]);
    expect(access(claims, T0 + 29 * DAY, policy).granted).toBe(true);
    expect(access(claims, T0 + 31 * DAY, policy).granted).toBe(false);
  });

  it('gives access for as many days as were paid, however often and when they were bought', () => {
    const times = fc.array(fc.integer({ min: 0, max: 200 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(times, (days) => {
        const bought = days.map((day, index) =>
          pass({ sessionId: `cs_${index}`, chargedAt: T0 + day * DAY }),
        );
        let until = 0;
        for (const day of [...days].sort((a, b) => a - b)) until = Math.max(until, day) + 30;
        expect(Math.max(...endsOf(bought).map(Number))).toBe(T0 + until * DAY);
      }),
      { numRuns: 60 },
    );
  });
});

describe('A payment whose time Stripe does not show', () => {
  const debit = pass({ isExact: false });

  it('counts from when it was first seen paid, and from then on always', () => {
    const first = claimsOfPurchases([debit], { known: [], asOf: T0 + 4 * DAY });
    expect(first.claims).toMatchObject([
      { currentPeriodEnd: T0 + 34 * DAY, origin: { paidAt: T0 + 4 * DAY } },
    ]);
    const later = claimsOfPurchases([debit], { known: first.claims, asOf: T0 + 9 * DAY });
    expect(later).toEqual(first);
  });

  it('counts from its charge if nothing else is known, and never from before', () => {
    expect(claimsOfPurchases([debit], { known: [], asOf: null }).claims).toMatchObject([
      { origin: { paidAt: T0 } },
    ]);
    expect(claimsOfPurchases([debit], { known: [], asOf: T0 - DAY }).claims).toMatchObject([
      { origin: { paidAt: T0 } },
    ]);
  });

  it('stays in the row, which alone can date it', () => {
    const second = pass({ sessionId: 'cs_2', chargedAt: T0 + 10 * DAY });
    expect(claimsOf([debit, second])).toHaveLength(2);
  });
});

describe('What was bought twice', () => {
  it('shows if it is a lifetime, also next to a pass', () => {
    const again = purchase({ sessionId: 'cs_2' });
    expect(claimsOf([purchase(), again, pass({ sessionId: 'cs_3' })])).toHaveLength(3);
  });

  it('is one claim if it is features, and features that are missing make another', () => {
    const credits = purchase(featureTerms);
    const again = { ...credits, sessionId: 'cs_2' };
    const more = { ...credits, sessionId: 'cs_3', features: ['credits_10', 'export'] };
    expect(claimsOf([credits, again])).toMatchObject([{ origin: { id: 'cs_2' } }]);
    expect(claimsOf([credits, more])).toMatchObject([{ origin: { id: 'cs_3' } }]);
    expect(claimsOf([{ ...credits, reversal: 'refunded' }, again])).toMatchObject([
      { origin: { id: 'cs_2' } },
    ]);
    expect(claimsOf([credits, { ...again, reversal: 'refunded' }])).toMatchObject([
      { origin: { id: 'cs_1' } },
    ]);
    expect(claimsOf([credits, { ...again, features: ['export'] }])).toHaveLength(2);
  });

  it('never makes a row endless', () => {
    const many = Array.from({ length: 50 }, (_, index) => purchase({ sessionId: `cs_${index + 10}` }));
    expect(claimsOf(many)).toHaveLength(30);
    expect(claimsOf(many)[29]).toMatchObject({ origin: { id: 'cs_59' } });
  });
});
