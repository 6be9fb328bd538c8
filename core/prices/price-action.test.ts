import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { offered } from '../../tests/support/offered-prices.ts';
import { row } from '../../tests/support/rows.ts';
import { DAY, T0 } from '../../tests/support/subscriptions.ts';
import { type AccessPolicy, defaultRules } from '../entitlement/policy.ts';
import type { Claim, EntitlementRow } from '../entitlement/row.ts';
import { accessStateOf } from '../entitlement/state-fields.ts';
import { holdingsOf, nothing } from './holdings.ts';
import type { Offered } from './offer.ts';
import { choiceOf } from './price-action.ts';

const policy: AccessPolicy = { renewalGraceSeconds: 0, rules: defaultRules, plans: {} };
const END = T0 + 20 * DAY;
const pro = offered('price_pro', { unitAmount: '900' });

function claim(fields: Partial<Claim> = {}): Claim {
  return {
    ...accessStateOf(row()),
    source: 'stripe',
    status: 'active',
    stripeStatus: 'active',
    subscriptionId: 'sub_1',
    plan: 'price_pro',
    currentPeriodEnd: END,
    cancelAtPeriodEnd: false,
    quantity: 1,
    addOns: [],
    ...fields,
  };
}

/** The row after a sync that has written these claims. */
function rowWith(...claims: readonly Claim[]): EntitlementRow {
  const [first] = claims;
  if (first === undefined) return row();
  const after = accessStateOf(first);
  const history = [{ at: T0, by: 'evt', before: { status: 'none', plan: null }, after }];
  // What this service last wrote is what the row shows.
  return { ...row({ claims, history }), ...after, unreadable: false } as EntitlementRow;
}

function choose(to: Offered, claims: readonly Claim[], plan: Offered | undefined = pro) {
  const holdings = claims.length === 0 ? nothing : holdingsOf(rowWith(...claims), T0, policy);
  return choiceOf(to, {
    holdings,
    plan: plan?.entry,
    planCurrencies: plan?.price.currency_options.map(({ currency }) => currency) ?? [],
    planOrder: new Map(),
  });
}

const buy = { action: 'buy', again: false, when: null, takesEffectAt: null, reason: null };
const unavailable = (reason: string) => ({ ...buy, action: 'unavailable', reason });
const yearly = { interval: 'year', interval_count: 1 } as const;
const addOn = (id: string, fields: object = {}) => offered(id, { role: 'add_on', ...fields });
const inStore = claim({
  source: 'revenuecat',
  stripeStatus: null,
  subscriptionId: null,
  plan: 'monthly_pro',
  origin: {
    id: 'rc',
    store: 'app_store',
    manageUrl: 'https://x',
    features: [],
    continues: true,
    grant: null,
  },
});
const grant = claim({
  source: 'grant',
  stripeStatus: null,
  subscriptionId: null,
  plan: 'pro',
  origin: {
    id: 'g',
    store: null,
    manageUrl: null,
    features: [],
    continues: false,
    grant: { by: 'a', reason: 'b' },
  },
});
const lifetime = claim({
  source: 'purchase',
  stripeStatus: null,
  subscriptionId: null,
  plan: 'price_once',
  currentPeriodEnd: null,
  origin: { id: 'cs', store: null, manageUrl: null, features: [], continues: false, grant: null, paidAt: T0 },
});
const once = offered('price_once', { recurring: null, access: { kind: 'lifetime' } });
const week = { recurring: null, access: { kind: 'days', days: 7 } } as const;
const pass = (plan: string) => ({ ...lifetime, plan, currentPeriodEnd: END, cancelAt: END });
const credits = offered('price_credits', { recurring: null, features: ['export'] });
const features = (...unlocked: readonly string[]) => {
  const { origin } = lifetime;
  if (origin === undefined) throw new Error('A purchase has an origin.');
  return { ...lifetime, status: 'none', plan: null, origin: { ...origin, features: unlocked } };
};

describe('A price', () => {
  it.each<readonly [string, Offered, readonly Claim[]]>([
    ['a user who has nothing', pro, []],
    ['a user with a grant', pro, [grant]],
    ['a former subscriber', pro, [claim({ status: 'canceled', stripeStatus: 'canceled' })]],
    ['a user whose first payment never came', pro, [claim({ status: 'none', stripeStatus: 'incomplete' })]],
    ['a user whose payment went back', pro, [claim({ reversal: 'refunded' })]],
    ['a user who has nothing, with a plan', addOn('price_seats'), []],
    ['a subscriber, for its features alone', credits, [claim()]],
    ['a subscriber whose subscription ends, for ever', once, [claim({ cancelAtPeriodEnd: true })]],
    ['a user with other features, for its own', credits, [features('sso')]],
    ['a user with a grant, once', once, [grant]],
    ['a user who has nothing, once', once, []],
    ['a user whose single payment went back', once, [{ ...lifetime, reversal: 'refunded' }]],
  ])('is bought by %s', (_, to, claims) => {
    expect(choose(to, claims)).toEqual(buy);
  });

  it.each<readonly [string, Offered, readonly Claim[]]>([
    ['a plan next to what was bought permanently', pro, [lifetime]],
    ['a plan next to a pass', pro, [pass('price_week')]],
    ['an add-on with such a plan', addOn('price_seats'), [lifetime]],
    ['a pass before its end', offered('price_week', week), [pass('price_week')]],
    ['a pass next to a subscription', offered('price_week', week), [claim({ cancelAtPeriodEnd: true })]],
    ['a purchase for ever next to a subscription', once, [claim()]],
    ['a purchase for ever next to one in a store', once, [inStore]],
    [
      'a purchase for ever next to another one',
      offered('price_2', { recurring: null, access: { kind: 'lifetime' } }),
      [lifetime],
    ],
    ['features that the user has', credits, [features('export', 'sso')]],
  ])('is bought again, on purpose only, if it is %s', (_, to, claims) => {
    expect(choose(to, claims)).toEqual({ ...buy, again: true });
  });

  it.each<readonly [string, Offered, readonly Claim[]]>([
    ['the plan', pro, [claim()]],
    ['the plan of a late payment', pro, [claim({ status: 'past_due', stripeStatus: 'past_due' })]],
    ['one of several plans', pro, [claim(), claim({ plan: 'price_team', subscriptionId: 'sub_2' })]],
    ['an add-on', addOn('price_seats'), [claim({ addOns: [{ price: 'price_seats', quantity: 2 }] })]],
    ['what was bought permanently', once, [lifetime]],
  ])('is current if it is %s', (_, to, claims) => {
    expect(choose(to, claims)).toEqual({ ...buy, action: 'current' });
  });

  it.each<readonly [string, Offered, object]>([
    [
      'higher is an upgrade at once',
      offered('price_team', { unitAmount: '2000', productId: 'prod_2' }),
      { action: 'upgrade', when: 'now', takesEffectAt: null },
    ],
    [
      'lower is a downgrade with the next period',
      offered('price_basic', { unitAmount: '100', productId: 'prod_2' }),
      { action: 'downgrade', when: 'period_end', takesEffectAt: END },
    ],
    [
      'of a longer interval is an upgrade at once',
      offered('price_pro_year', { unitAmount: '9000', recurring: yearly }),
      { action: 'upgrade', when: 'now', takesEffectAt: null },
    ],
    [
      'that cannot be compared is a switch with the next period',
      offered('price_tiers', { unitAmount: null, productId: 'prod_2' }),
      { action: 'switch', when: 'period_end', takesEffectAt: END },
    ],
    [
      'of an add-on is more, at once',
      addOn('price_seats'),
      { action: 'upgrade', when: 'now', takesEffectAt: null },
    ],
  ])('of a subscriber that is %s', (_, to, choice) => {
    expect(choose(to, [claim()])).toEqual({ ...buy, ...choice });
  });

  it('is changed to at once during a trial, whatever its direction', () => {
    const trial = claim({ status: 'trialing', stripeStatus: 'trialing', trialExpiresAt: END });
    const basic = offered('price_basic', { unitAmount: '100', productId: 'prod_2' });
    expect(choose(basic, [trial])).toEqual({
      ...buy,
      action: 'downgrade',
      when: 'now',
    });
  });

  it('is a switch while Stripe does not have the price of before', () => {
    const team = offered('price_team', { unitAmount: '2000', productId: 'prod_2' });
    const holdings = holdingsOf(rowWith(claim()), T0, policy);
    const context = { holdings, plan: undefined, planCurrencies: [], planOrder: new Map() };
    expect(choiceOf(team, context)).toMatchObject({
      action: 'switch',
      when: 'period_end',
      takesEffectAt: END,
    });
    expect(choose(team, [claim({ status: 'trialing', stripeStatus: 'trialing' })], pro)).toMatchObject({
      when: 'now',
    });
  });

  const team = offered('price_team', { productId: 'prod_2', unitAmount: '2000' });
  it.each<readonly [string, Offered, readonly Claim[]]>([
    ['paid_elsewhere', team, [inStore]],
    ['several_subscriptions', team, [claim(), claim({ subscriptionId: 'sub_2', plan: 'price_other' })]],
    ['payment_due', team, [claim({ status: 'past_due', stripeStatus: 'past_due' })]],
    ['payment_due', team, [claim({ status: 'past_due', stripeStatus: 'unpaid' })]],
    ['change_not_available', team, [claim({ status: 'canceled', stripeStatus: 'paused' })]],
    ['change_not_available', team, [claim({ status: 'none', stripeStatus: 'new_one' })]],
    ['change_not_available', team, [claim({ collectionPaused: true })]],
    ['change_not_available', team, [claim({ quantity: null })]],
    ['change_not_available', team, [claim({ plan: null, quantity: null })]],
    ['change_not_available', offered('price_other', { role: 'other_product' }), [claim()]],
    ['subscription_ends', team, [claim({ cancelAt: END })]],
    ['subscription_ends', team, [claim({ cancelAtPeriodEnd: true })]],
    ['currency_mismatch', offered('price_eur', { currency: 'eur' }), [claim()]],
    ['add_on_not_allowed', addOn('price_seats', { recurring: yearly }), [claim()]],
  ])('is unavailable: %s', (reason, to, claims) => {
    expect(choose(to, claims)).toEqual(unavailable(reason));
  });

  it('in another currency is available if the plan or the price has the other one too', () => {
    const option = { unit_amount: 1, unit_amount_decimal: '1', tax_behavior: 'unspecified' } as const;
    const euro = { currency: 'eur', productId: 'prod_2' };
    const withDollars = offered('price_eur', euro, { currency_options: [{ currency: 'usd', ...option }] });
    expect(choose(withDollars, [claim()])).toMatchObject({ action: 'switch' });
    const plan = offered('price_pro', {}, { currency_options: [{ currency: 'eur', ...option }] });
    expect(choose(offered('price_eur', euro), [claim()], plan)).toMatchObject({ action: 'switch' });
  });

  it('is never bought next to a subscription that is billed, and always has a time if it is a change', () => {
    const claims = fc.record({
      stripeStatus: fc.constantFrom('active', 'trialing', 'past_due', 'unpaid', 'paused', 'unheard_of'),
      status: fc.constantFrom('active', 'trialing', 'past_due', 'canceled', 'none'),
      cancelAt: fc.constantFrom(null, END),
      collectionPaused: fc.boolean(),
      quantity: fc.constantFrom(null, 1, 7),
      plan: fc.constantFrom(null, 'price_pro', 'price_old'),
    });
    const prices = fc.record({
      currency: fc.constantFrom('usd', 'eur'),
      unitAmount: fc.constantFrom(null, '0', '900', '1'),
      recurring: fc.constantFrom(yearly, { interval: 'month', interval_count: 1 } as const),
      role: fc.constantFrom(null, 'plan', 'add_on', 'other_product' as const),
    });
    fc.assert(
      fc.property(claims, prices, fc.boolean(), (fields, terms, isKnown) => {
        const to = offered('price_new', terms);
        const { action, when, reason } = choose(to, [claim(fields)], isKnown ? pro : undefined);
        expect(['upgrade', 'downgrade', 'switch', 'unavailable']).toContain(action);
        expect(when === null).toBe(action === 'unavailable');
        expect(reason === null).toBe(action !== 'unavailable');
      }),
      { numRuns: 200 },
    );
  });
});
