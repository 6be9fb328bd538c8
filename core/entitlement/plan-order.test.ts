/** The order of plans: how it is written, which plan is higher, and which claim decides with it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { row } from '../../tests/support/rows.ts';
import { DAY, T0 } from '../../tests/support/subscriptions.ts';
import { answerOf } from './answer.ts';
import { inOrder, paidElsewhere } from './claims.ts';
import { explain } from './explain.ts';
import { mergeClaims, stateOfClaims } from './merge-claims.ts';
import { noPlanOrder, type PlanOrder, parsePlanOrder, placeOf } from './plan-order.ts';
import { type AccessPolicy, defaultRules, parsePolicyTable } from './policy.ts';
import {
  type Claim,
  type ClaimSource,
  claimSources,
  type EntitlementRow,
  emptySubscriptionState,
} from './row.ts';
import { accessStateOf } from './state-fields.ts';

function orderOf(...written: readonly (string | readonly string[])[]): PlanOrder {
  const parsed = parsePlanOrder(written);
  if ('wrong' in parsed) throw new Error(parsed.wrong);
  return parsed.order;
}

const policyWith = (planOrder?: PlanOrder, rules: Partial<AccessPolicy['rules']> = {}): AccessPolicy => ({
  renewalGraceSeconds: 0,
  rules: { ...defaultRules, ...rules },
  plans: {},
  ...(planOrder === undefined ? {} : { planOrder }),
});

describe('The order of plans as people write it', () => {
  it('lists the highest plan first, and plans that are equal in a list of their own', () => {
    const order = orderOf(['prod_pro', 'pro'], 'basic');
    expect([...order]).toEqual([
      ['prod_pro', 0],
      ['pro', 0],
      ['basic', 1],
    ]);
  });

  it('may be empty, which is no order', () => {
    expect(orderOf()).toEqual(noPlanOrder);
  });

  it('is part of the policy, next to its rules', () => {
    const written = { past_due: 'granted', plan_order: ['pro', 'basic'] };
    expect(parsePolicyTable(written)).toEqual({
      rules: { past_due: 'granted' },
      plans: {},
      planOrder: orderOf('pro', 'basic'),
    });
    expect(parsePolicyTable({})).not.toHaveProperty('planOrder');
  });

  it.each<[unknown, string]>([
    ['pro', 'plan_order is not a list of plans, the highest first'],
    [{ pro: 1 }, 'plan_order is not a list of plans, the highest first'],
    [null, 'plan_order is not a list of plans, the highest first'],
    [[[]], 'plan_order: [] is not the name of a plan or a list of names'],
    [[1], 'plan_order: 1 is not the name of a plan or a list of names'],
    [[null], 'plan_order: null is not the name of a plan or a list of names'],
    [['pro', { name: 'basic' }], 'plan_order: {"name":"basic"} is not the name of a plan'],
    [[['pro', ['basic']]], 'plan_order: ["basic"] is not the name of a plan'],
    [[''], 'plan_order: "" is not the name of a plan'],
    [['  '], 'plan_order: "  " is not the name of a plan'],
    [['pro', ' basic'], 'plan_order: " basic" is not the name of a plan'],
    [['pro', 'basic', 'pro'], 'plan_order names pro twice'],
    [[['pro', 'pro']], 'plan_order names pro twice'],
    [['pro', ['basic', 'pro']], 'plan_order names pro twice'],
  ])('is refused with the reason when it is %j', (written, reason) => {
    expect(parsePlanOrder(written)).toEqual({ wrong: expect.stringContaining(reason) });
    expect(parsePolicyTable({ plan_order: written })).toEqual({ wrong: expect.stringContaining(reason) });
  });

  it.each([{ plan_orders: ['pro'] }, { planOrder: ['pro'] }, { plans: { pro: { plan_order: ['pro'] } } }])(
    'is not taken from a key with another name or in another place: %j',
    (written) => {
      expect(parsePolicyTable(written)).toEqual({ wrong: expect.stringContaining('is not one of') });
    },
  );

  it('names plan_order among the keys that a policy may have', () => {
    expect(parsePolicyTable({ order: [] })).toEqual({ wrong: expect.stringMatching(/plans, plan_order$/) });
  });

  it('never makes the parser throw, and gives every accepted name a place', () => {
    const names = fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'pro'), fc.jsonValue());
    fc.assert(
      fc.property(fc.array(fc.oneof(names, fc.array(names))), (written) => {
        const parsed = parsePlanOrder(written);
        if ('wrong' in parsed) return;
        const places = written
          .flat()
          .map((name) => placeOf(parsed.order, typeof name === 'string' ? name : null));
        expect(places).toEqual([...places].sort((a, b) => a - b));
        expect(Math.max(...places)).toBeLessThan(placeOf(parsed.order, null));
      }),
    );
  });
});

describe('The place of a plan', () => {
  const order = () => orderOf('price_old', 'pro', ['prod_team', 'team_monthly'], 'basic');

  it.each<[string, string | null, readonly string[], number]>([
    ['its own name', 'price_old', [], 0],
    ['its lookup key', 'price_x', ['team_monthly', 'prod_x'], 2],
    ['its product', 'price_x', ['x_monthly', 'prod_team'], 2],
    ['its own name before its keys', 'basic', ['pro'], 3],
    ['its lookup key before its product', 'price_x', ['basic', 'prod_team'], 3],
    ['the highest of what a purchase unlocks, in whatever order', 'com.app.pro', ['basic', 'pro'], 1],
  ])('follows from %s', (_, plan, keys, place) => {
    expect(placeOf(order(), plan, keys)).toBe(place);
  });

  it.each<[string | null, readonly string[]]>([
    ['price_x', ['x_monthly', 'prod_x']],
    ['Pro', []],
    ['toString', ['__proto__']],
    [null, []],
  ])('is after all others for a plan without a listed name: %s', (plan, keys) => {
    expect(placeOf(order(), plan, keys)).toBe(placeOf(order(), null));
    expect(placeOf(order(), plan, keys)).toBeGreaterThan(3);
  });

  it('is the same for all plans if no order is configured', () => {
    expect(placeOf(noPlanOrder, 'pro', ['basic'])).toBe(placeOf(noPlanOrder, null));
  });
});

const claim = (source: ClaimSource, fields: Partial<Claim> = {}): Claim => ({
  ...emptySubscriptionState,
  source,
  status: 'active',
  reversal: null,
  ...(source === 'stripe' ? { stripeStatus: fields.status ?? 'active', subscriptionId: 'sub_1' } : {}),
  ...fields,
});

/** As this service writes it: the history records what the row shows, so no other writer has written it since. */
const rowOf = (claims: readonly Claim[], fields: Partial<EntitlementRow> = {}): EntitlementRow => {
  const state = stateOfClaims(inOrder(claims), null);
  const recorded = { at: T0 - 90 * DAY, by: 'evt_1', before: { status: 'none', plan: null } };
  return row({ ...state, history: [{ ...recorded, after: accessStateOf(state) }], ...fields });
};

const monthlyPro = claim('stripe', {
  plan: 'price_pro',
  quantity: 3,
  addOns: [{ price: 'price_seat', quantity: 2 }],
  currentPeriodEnd: T0 + 30 * DAY,
  cancelAt: T0 + 30 * DAY,
  cancelAtPeriodEnd: true,
});
const yearlyBasic = claim('revenuecat', {
  plan: 'com.app.basic',
  currentPeriodEnd: T0 + 365 * DAY,
  cancelAt: T0 + 365 * DAY,
  origin: {
    id: 'rc_1',
    store: 'app_store',
    manageUrl: 'https://store.example',
    features: ['basic'],
    continues: true,
    grant: null,
  },
});
const planKeys = { price_pro: ['pro_monthly', 'prod_pro'], 'com.app.basic': ['basic'] };
const both = rowOf([monthlyPro, yearlyBasic], { planKeys });

describe('The claim that decides', () => {
  it('is the one that lasts longest, as ever, while no order is configured', () => {
    expect(answerOf(both, T0, policyWith())).toMatchObject({ plan: 'com.app.basic', source: 'app_store' });
    expect(answerOf(both, T0, policyWith(noPlanOrder))).toEqual(answerOf(both, T0, policyWith()));
  });

  it.each(['price_pro', 'pro_monthly', 'prod_pro'])('is that of the highest plan, named by %s', (name) => {
    const answer = answerOf(both, T0, policyWith(orderOf(name, 'basic')));
    expect(answer).toMatchObject({
      plan: 'price_pro',
      source: 'stripe',
      quantity: 3,
      add_ons: [{ price: 'price_seat', quantity: 2 }],
      manage_url: null,
      current_period_end: T0 + 30 * DAY,
      cancel_at_period_end: true,
      access_granted: true,
      features: ['basic'],
    });
  });

  it('is the next one when the higher plan has ended, without any write, and access goes on to the last end', () => {
    const policy = policyWith(orderOf('prod_pro', 'basic'));
    const at = (seconds: number) => answerOf(both, seconds, policy);
    expect(at(T0 + 30 * DAY - 1)).toMatchObject({ plan: 'price_pro', access_granted: true });
    expect(at(T0 + 30 * DAY)).toMatchObject({
      plan: 'com.app.basic',
      source: 'app_store',
      manage_url: 'https://store.example',
      access_granted: true,
    });
    expect(at(T0 + 365 * DAY - 1).access_granted).toBe(true);
    expect(at(T0 + 365 * DAY).access_granted).toBe(false);
  });

  it.each([
    ['a listed plan before one that is not listed', orderOf('prod_pro')],
    ['a plan without a name last', orderOf('prod_pro', 'unknown')],
  ])('has %s', (_, order) => {
    const trial = claim('trial', { status: 'trialing', trialExpiresAt: T0 + 900 * DAY });
    const answer = answerOf(rowOf([monthlyPro, yearlyBasic, trial], { planKeys }), T0, policyWith(order));
    expect(answer).toMatchObject({ plan: 'price_pro' });
  });

  it('is the longest of equal plans, whichever payer it is of, and of those that are not listed', () => {
    const equal = policyWith(orderOf(['prod_pro', 'basic'], 'other'));
    expect(answerOf(both, T0, equal)).toMatchObject({ plan: 'com.app.basic' });
    expect(answerOf(both, T0, policyWith(orderOf('other')))).toMatchObject({ plan: 'com.app.basic' });
  });

  it.each<[string, Partial<Claim>, Partial<AccessPolicy['rules']>, string]>([
    ['on a trial', { status: 'trialing', stripeStatus: 'trialing', trialExpiresAt: T0 + DAY }, {}, 'trial'],
    [
      'within its grace',
      { status: 'past_due', stripeStatus: 'past_due', pastDueSince: T0 },
      { past_due: { graceSeconds: DAY } },
      'past_due_grace',
    ],
    [
      'refunded, where the policy grants it',
      { reversal: 'refunded' },
      { refunded: 'granted' },
      'active_subscription',
    ],
  ])('may be one of the highest plan that is %s', (_, fields, rules, access_reason) => {
    const pro = { ...monthlyPro, ...fields };
    const answer = answerOf(
      rowOf([pro, yearlyBasic], { planKeys }),
      T0,
      policyWith(orderOf('prod_pro'), rules),
    );
    expect(answer).toMatchObject({ plan: 'price_pro', access_granted: true, access_reason });
  });

  it.each<[string, Partial<Claim>]>([
    ['is refunded', { reversal: 'refunded' }],
    ['has a failed payment', { status: 'past_due', stripeStatus: 'past_due', pastDueSince: T0 }],
    ['is over', { currentPeriodEnd: T0, cancelAt: T0 }],
    ['is paused', { status: 'canceled', stripeStatus: 'paused' }],
    ['was canceled', { status: 'canceled', stripeStatus: 'canceled' }],
    ['was never paid for', { status: 'none', stripeStatus: 'incomplete' }],
    ['has an end that no one can read', { unreadable: true }],
  ])('is never that of a higher plan that %s, while a lower one gives access', (_, fields) => {
    const pro = { ...monthlyPro, ...fields };
    const answer = answerOf(
      rowOf([pro, yearlyBasic], { planKeys }),
      T0,
      policyWith(orderOf('prod_pro', 'basic')),
    );
    expect(answer).toMatchObject({ plan: 'com.app.basic', access_granted: true });
  });

  it('does not depend on the order while none gives access: what the user can do about it comes first', () => {
    const late = { ...yearlyBasic, status: 'past_due', pastDueSince: T0 };
    const paused = { ...monthlyPro, status: 'canceled', stripeStatus: 'paused' };
    const answer = answerOf(rowOf([paused, late], { planKeys }), T0, policyWith(orderOf('prod_pro')));
    expect(answer).toMatchObject({ plan: 'com.app.basic', status: 'past_due', access_granted: false });
  });

  it('explains access now and in the past, and names who is paid elsewhere', () => {
    const policy = policyWith(orderOf('prod_pro', 'basic'));
    const query = { moment: null, nowSeconds: T0, writtenAt: T0 };
    expect(explain(both, query, policy)).toMatchObject({ state: { plan: 'price_pro' } });
    const [first, ...others] = both.claims;
    const change = { at: T0 - DAY, by: 'evt_1', before: { status: 'none', plan: null } };
    const past = { ...both, history: [{ ...change, after: first ?? monthlyPro, others }] };
    const then = { moment: T0 - 1, nowSeconds: T0, writtenAt: T0 };
    expect(explain(past, then, policy)).toMatchObject({
      state: { plan: 'price_pro' },
      others: [{ plan: 'com.app.basic' }],
    });
    const pro = { ...yearlyBasic, plan: 'com.app.pro', currentPeriodEnd: T0 + DAY };
    const keys = { ...planKeys, 'com.app.pro': ['basic', 'pro'] };
    const elsewhere = rowOf([pro, yearlyBasic], { planKeys: keys });
    expect(paidElsewhere(elsewhere, T0, policyWith(orderOf('pro', 'basic')))?.plan).toBe('com.app.pro');
  });
});

const plans = ['gold', 'silver', 'bronze', 'tin'] as const;
const drawnClaims = fc.uniqueArray(
  fc.record({
    source: fc.constantFrom(...claimSources),
    plan: fc.constantFrom(...plans, null),
    status: fc.constantFrom('active', 'trialing', 'past_due', 'canceled', 'none'),
    days: fc.integer({ min: -3, max: 40 }),
    reversal: fc.constantFrom(null, null, 'refunded' as const),
  }),
  // Equals of one source keep the order in which that source says them.
  { selector: ({ source, days }) => `${source} ${days}`, maxLength: 6 },
);
const toClaim = ({ source, plan, status, days, reversal }: fcValue): Claim => {
  const end = T0 + days * DAY;
  const trialExpiresAt = status === 'trialing' ? end : null;
  return claim(source, { plan, status, currentPeriodEnd: end, trialExpiresAt, reversal });
};
type fcValue = {
  readonly source: ClaimSource;
  readonly plan: string | null;
  readonly status: string;
  readonly days: number;
  readonly reversal: 'refunded' | null;
};
const orders = fc.shuffledSubarray([...plans]).map((listed) => orderOf(...listed));
const merged = (claims: readonly Claim[], sources: readonly ClaimSource[]): readonly Claim[] =>
  sources.reduce<readonly Claim[]>((known, source) => {
    const said = claims.filter((one) => one.source === source);
    return mergeClaims(known, { source, claims: said, sold: null, begins: false });
  }, []);

describe('Whatever is read first', () => {
  it('the answer is the same: it depends on the claims, the policy and the time alone', () => {
    const sources = fc.tuple(
      fc.shuffledSubarray([...claimSources], { minLength: claimSources.length }),
      fc.shuffledSubarray([...claimSources], { minLength: claimSources.length }),
    );
    fc.assert(
      fc.property(
        drawnClaims,
        sources,
        orders,
        fc.integer({ min: -4, max: 41 }),
        (drawn, read, order, day) => {
          const claims = drawn.map(toClaim);
          const [one, other] = read.map((by) =>
            answerOf(rowOf(merged(claims, by)), T0 + day * DAY, policyWith(order)),
          );
          expect(one).toEqual(other);
        },
      ),
    );
  });

  it('the highest plan that gives access is the plan, and no order gives or takes away access', () => {
    fc.assert(
      fc.property(drawnClaims, orders, fc.integer({ min: -4, max: 41 }), (drawn, order, day) => {
        const [claims, at] = [drawn.map(toClaim), T0 + day * DAY];
        const answer = answerOf(rowOf(claims), at, policyWith(order));
        const without = answerOf(rowOf(claims), at, policyWith());
        expect(answer.access_granted).toBe(without.access_granted);
        expect(answer.features).toEqual(without.features);
        const giving = claims.filter((one) => answerOf(rowOf([one]), at, policyWith()).access_granted);
        const places = giving.map(({ plan }) => placeOf(order, plan));
        const isDenied = giving.length === 0;
        expect(placeOf(order, answer.plan)).toBe(
          isDenied ? placeOf(order, without.plan) : Math.min(...places),
        );
        // Without access the order changes nothing at all.
        expect(isDenied ? answer : without).toEqual(without);
      }),
    );
  });
});
