import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withoutIds } from '../../tests/support/purchases.ts';
import { row } from '../../tests/support/rows.ts';
import { item, subscription, T0 } from '../../tests/support/subscriptions.ts';
import { answerOf } from './answer.ts';
import { paidElsewhere } from './claims.ts';
import { explain } from './explain.ts';
import { keysOfStorePlans, keysToKeep, withPlanKeys } from './plan-keys.ts';
import { type AccessPolicy, defaultRules, ruleFor } from './policy.ts';
import { project } from './project.ts';
import { type Claim, type EntitlementRow, emptySubscriptionState } from './row.ts';
import { accessStateOf } from './state-fields.ts';

function policyWith(plans: AccessPolicy['plans']): AccessPolicy {
  return { renewalGraceSeconds: 0, rules: defaultRules, plans };
}

const keys = { price_a: ['pro_monthly', 'prod_pro'] };
const refunded = row({
  status: 'active',
  plan: 'price_a',
  subscriptionId: 'sub_a',
  stripeStatus: 'active',
  currentPeriodEnd: T0 + 100,
  reversal: 'refunded',
  planKeys: keys,
});

const stored: Claim = {
  ...emptySubscriptionState,
  source: 'revenuecat',
  status: 'past_due',
  plan: 'monthly',
  pastDueSince: T0,
  reversal: null,
  origin: {
    id: 'sub1',
    store: 'app_store',
    manageUrl: null,
    features: ['pro', 'team'],
    continues: true,
    grant: null,
  },
};

describe('A rule of a plan', () => {
  it.each(['price_a', 'pro_monthly', 'prod_pro'])('can name it by %s', (key) => {
    const policy = policyWith({ [key]: { refunded: 'granted' } });
    expect(answerOf(refunded, T0, policy).access_granted).toBe(true);
    expect(answerOf({ ...refunded, planKeys: {} }, T0, policy).access_granted).toBe(key === 'price_a');
  });

  it('counts by price before lookup key before product, for each situation', () => {
    const [granted, denied] = [{ refunded: 'granted' }, { refunded: 'denied' }] as const;
    const asked = (plans: AccessPolicy['plans']) =>
      ruleFor(withPlanKeys(policyWith(plans), keys), 'refunded', 'price_a');
    expect(asked({ price_a: granted, pro_monthly: denied, prod_pro: denied })).toBe('granted');
    expect(asked({ price_a: { paused: 'denied' }, pro_monthly: granted, prod_pro: denied })).toBe('granted');
    expect(asked({ pro_monthly: { paused: 'denied' }, prod_pro: granted })).toBe('granted');
    expect(asked({ price_b: granted })).toBe('denied');
  });

  it('holds for the past too, and for what the row shows next to the deciding claim', () => {
    const policy = policyWith({ prod_pro: { refunded: 'granted' } });
    const change = {
      at: T0 - 50,
      by: 'evt_1',
      before: { status: 'none', plan: null },
      after: accessStateOf(refunded),
    };
    const past: EntitlementRow = { ...refunded, status: 'canceled', plan: null, history: [change] };
    const query = { moment: T0 - 10, nowSeconds: T0, writtenAt: T0 };
    const canceled = { ...change, at: T0 - 5, after: accessStateOf({ ...past, reversal: null }) };
    expect(explain({ ...past, history: [change, canceled] }, query, policy)).toMatchObject({
      access: { granted: true },
    });
  });

  it('can name a purchase in a store by its product or by what it unlocks', () => {
    const given = row({ claims: [stored], planKeys: keysOfStorePlans([stored]), history: [] });
    const seen = { ...given, ...accessStateOf(stored) };
    for (const key of ['monthly', 'pro', 'team']) {
      const policy = policyWith({ [key]: { past_due: 'granted' } });
      expect(answerOf(seen, T0, policy)).toMatchObject({ access_granted: true, source: 'app_store' });
      expect(paidElsewhere(seen, T0, policy)).toMatchObject({ plan: 'monthly' });
    }
  });

  it('can have any name that other code may have put into a row', () => {
    const name = fc.constantFrom('__proto__', 'constructor', 'price_a', 'toString');
    fc.assert(
      fc.property(name, fc.array(name), (plan, others) => {
        const policy = withPlanKeys(policyWith({}), Object.fromEntries([[plan, others]]));
        expect(ruleFor(policy, 'refunded', plan)).toBe('denied');
      }),
    );
  });
});

describe('The keys of plans', () => {
  it('are read from every subscription that counts, lookup key first', () => {
    const one = subscription({ items: [item({ keys: ['pro_monthly', 'prod_pro'] })] });
    const other = subscription({ id: 'sub_b', items: [item({ priceId: 'price_b', keys: [] })] });
    expect(project([one, other]).planKeys).toEqual({ price_base: ['pro_monthly', 'prod_pro'], price_b: [] });
    expect(project([subscription({ status: 'canceled' })]).planKeys).toEqual({});
  });

  it('of purchases are what any of them unlocks, and those of grants are none', () => {
    const second = { ...stored, origin: { ...stored.origin, features: ['api'] } } as Claim;
    expect(keysOfStorePlans([stored, second])).toEqual({ monthly: ['api', 'pro', 'team'] });
    expect(keysOfStorePlans([stored])).toEqual({ monthly: ['pro', 'team'] });
    expect(keysOfStorePlans([{ ...stored, source: 'grant' }])).toEqual({});
    expect(keysOfStorePlans([{ ...stored, plan: null }])).toEqual({});
    expect(keysOfStorePlans(withoutIds([stored]))).toEqual({});
  });

  it('stay in the row while a claim or the history shows the plan, as they were read last', () => {
    const known = { price_a: ['old'], price_b: ['b'], price_c: ['c'], price_d: ['d'], price_e: ['e'] };
    const state = (plan: string) => accessStateOf({ ...refunded, plan });
    const change = { at: T0, by: 'evt_1', before: { status: 'none', plan: 'price_d' } };
    const shown = {
      claims: [{ ...stored, plan: 'price_a' }],
      history: [{ ...change, after: state('price_b'), others: [state('price_c')] }],
    };
    expect(keysToKeep(known, { price_a: ['new'], price_c: [] }, shown)).toEqual({
      price_a: ['new'],
      price_b: ['b'],
    });
  });
});
