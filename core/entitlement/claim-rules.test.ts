/** The rules by which claims are compared, recognized and counted, each alone. */
import { describe, expect, it } from 'vitest';
import { withoutIds } from '../../tests/support/purchases.ts';
import { row } from '../../tests/support/rows.ts';
import { DAY, T0 } from '../../tests/support/subscriptions.ts';
import type { Store } from '../stores/purchase.ts';
import { access } from './access.ts';
import {
  claimsOf,
  hasBegun,
  inOrder,
  isCopy,
  isForeign,
  isKnownWriter,
  mayContinue,
  paidElsewhere,
  subscriptionsIn,
} from './claims.ts';
import { explain } from './explain.ts';
import { mergeClaims } from './merge-claims.ts';
import { type AccessPolicy, defaultRules } from './policy.ts';
import type { Claim } from './row.ts';
import { accessStateOf } from './state-fields.ts';

const policy: AccessPolicy = { renewalGraceSeconds: 3 * DAY, rules: defaultRules, plans: {} };
const END = T0 + 9 * DAY;

const claim = (fields: Partial<Claim> = {}): Claim => ({
  ...accessStateOf(row()),
  source: 'other_writer',
  status: 'active',
  plan: 'monthly_pro',
  currentPeriodEnd: END,
  cancelAtPeriodEnd: null,
  quantity: null,
  addOns: [],
  ...fields,
});
const ofStripe = (fields: Partial<Claim> = {}) =>
  claim({ source: 'stripe', stripeStatus: 'active', subscriptionId: 'sub_1', plan: 'price_a', ...fields });

const originOf = (store: Store | null, continues = true) => {
  return { id: 'rc_1', store, manageUrl: null, features: [], continues, grant: null };
};

describe('A claim comes before another one', () => {
  it.each<[string, Partial<Claim>, Partial<Claim>]>([
    [
      'with a better status',
      { status: 'active', currentPeriodEnd: T0 },
      { status: 'trialing', trialExpiresAt: END },
    ],
    ['that is late, before one that ended', { status: 'past_due' }, { status: 'canceled' }],
    [
      'with a status that no one knows, before one that ended',
      { status: 'inactive' },
      { status: 'canceled' },
    ],
    [
      'with a status that no one knows, before an expired trial',
      { status: 'odd' },
      { status: 'trial_expired' },
    ],
    ['whose payment was not refunded', { currentPeriodEnd: T0 }, { reversal: 'refunded' }],
    ['whose dispute is open, not lost', { reversal: 'dispute_open' }, { reversal: 'dispute_lost' }],
    ['with a plan', { currentPeriodEnd: T0 }, { plan: null }],
    ['that lasts longer', {}, { currentPeriodEnd: T0 }],
    ['without an end', { currentPeriodEnd: null }, {}],
    ['whose scheduled end is later', {}, { cancelAt: T0 }],
  ])('%s', (_, first, second) => {
    const [better, worse] = [claim(first), claim(second)];
    expect(inOrder([worse, better])).toEqual([better, worse]);
    expect(inOrder([better, worse])).toEqual([better, worse]);
  });

  it('by the end of the trial if it is one', () => {
    const trial = { status: 'trialing', currentPeriodEnd: null };
    const longer = claim({ ...trial, trialExpiresAt: END });
    expect(inOrder([claim({ ...trial, trialExpiresAt: T0 }), longer])[0]).toBe(longer);
  });

  it('if it was first among equals, also without an end', () => {
    const equals = [
      claim({ currentPeriodEnd: null }),
      claim({ currentPeriodEnd: null, cancelAtPeriodEnd: true }),
    ];
    expect(inOrder(equals)).toEqual(equals);
  });

  it('by Stripe’s own status if it is Stripe’s', () => {
    const late = ofStripe({ status: 'past_due', stripeStatus: 'past_due' });
    const unpaid = ofStripe({ status: 'past_due', stripeStatus: 'unpaid' });
    expect(inOrder([unpaid, late])).toEqual([late, unpaid]);
    const unknown = ofStripe({ stripeStatus: null });
    expect(inOrder([unknown, late])).toEqual([late, unknown]);
  });
});

describe('A claim of another writer', () => {
  const sold = { by: 'stripe', ids: new Set(['price_a', 'sub_1']), until: END } as const;

  it.each<[string, Partial<Claim>, boolean]>([
    ['a price of Stripe until the same end', { plan: 'price_a' }, true],
    ['a subscription of Stripe', { subscriptionId: 'sub_1' }, true],
    ['a price of Stripe without an end', { plan: 'price_a', currentPeriodEnd: null }, true],
    ['a price of Stripe that lasts longer', { plan: 'price_a', currentPeriodEnd: END + 1 }, false],
    ['another plan', {}, false],
    ['another plan without an end', { currentPeriodEnd: null }, false],
    ['a former price without an end', { plan: 'price_old', currentPeriodEnd: null }, true],
    ['an old plan of Stripe without an end', { plan: 'plan_old', currentPeriodEnd: null }, true],
    ['a former price with an end', { plan: 'price_old' }, false],
    ['a plan with a similar name', { plan: 'my_price_old', currentPeriodEnd: null }, false],
    ['no plan and no end', { plan: null, currentPeriodEnd: null }, false],
    ['a price, as a trial of the app', { source: 'trial', plan: 'price_a' }, false],
  ])('about %s is a copy: %s', (_, fields, is) => {
    expect(isCopy(claim(fields), sold)).toBe(is);
  });

  it('is no copy while Stripe has sold nothing', () => {
    const nothing = { by: 'stripe', ids: new Set<string>(), until: 0 } as const;
    expect(isCopy(claim({ plan: 'price_old', currentPeriodEnd: null }), nothing)).toBe(false);
  });

  it.each<[string, Partial<Claim>, boolean]>([
    ['a product of a store until the same end', {}, true],
    ['a product of a store that ends before', { currentPeriodEnd: END - 1 }, true],
    ['a product of a store that lasts longer', { currentPeriodEnd: END + 1 }, false],
    ['a product of a store without an end', { currentPeriodEnd: null }, false],
    ['a price of Stripe without an end', { plan: 'price_old', currentPeriodEnd: null }, false],
    ['another plan', { plan: 'press' }, false],
  ])('about %s is a copy of a purchase in a store: %s', (_, fields, is) => {
    const inStores = { by: 'revenuecat', ids: new Set(['monthly_pro', 'rc_1']), until: END } as const;
    expect(isCopy(claim(fields), inStores)).toBe(is);
  });

  it.each<[string, Partial<Claim>, Partial<Claim>, boolean]>([
    ['until the same end', {}, {}, true],
    ['longer', {}, { currentPeriodEnd: END + 1 }, false],
    ['of what is owned', { currentPeriodEnd: null }, { currentPeriodEnd: END + 999 * DAY }, true],
    ['of what ended at no known time', { currentPeriodEnd: null, status: 'canceled' }, {}, false],
    ['by the id of the purchase', { plan: null }, { plan: 'rc_1' }, true],
    ['of another product', {}, { plan: 'press' }, false],
  ])('next to a purchase in a store counts unless it is a copy: %s', (_, bought, written, isNothing) => {
    const purchased = claim({ ...bought, source: 'revenuecat', origin: originOf('app_store') });
    const after = accessStateOf(purchased);
    const change = { at: T0, by: 'evt', before: { status: 'none', plan: null }, after };
    const { source: __, ...shared } = claim(written);
    const given = row({ ...shared, quantity: 5, claims: [purchased], history: [change] });
    const sources = claimsOf(given).map(({ source }) => source);
    expect(sources.includes('other_writer')).toBe(!isNothing);
    expect(sources).toContain('revenuecat');
  });

  it.each<[string, Claim, number | null, boolean]>([
    ['that Stripe has sold, without an end', ofStripe(), null, true],
    ['that a grant gives', claim({ source: 'grant', origin: originOf(null) }), T0, false],
  ])('about a plan %s is a copy only of what was sold', (_, own, currentPeriodEnd, isCopied) => {
    const change = { at: T0, by: 'evt', before: { status: 'none', plan: null }, after: accessStateOf(own) };
    const shown = { ...accessStateOf(own), currentPeriodEnd, status: 'active' } as const;
    const given = row({ ...shown, claims: [own], history: [change] });
    expect(claimsOf(given).some(({ source }) => source === 'other_writer')).toBe(!isCopied);
  });

  it('stays next to a statement of a source that sells nothing', () => {
    const grant = claim({ source: 'grant', origin: originOf(null) });
    const statement = { source: 'grant', claims: [grant], sold: null, begins: false } as const;
    expect(mergeClaims([claim()], statement)).toEqual([grant, claim()]);
  });

  it('has a payer other than Stripe by a purchase whose id other code has removed', () => {
    const [bought = claim()] = withoutIds([claim({ source: 'revenuecat', origin: originOf('app_store') })]);
    const after = accessStateOf(bought);
    const change = { at: T0, by: 'evt', before: { status: 'none', plan: null }, after };
    const shown = { ...after, status: 'active', claims: [bought], history: [change] } as const;
    expect(paidElsewhere(row(shown), T0, policy)).toEqual(bought);
  });

  it.each<[string, Partial<Claim>, boolean]>([
    ['in a store', {}, true],
    ['in a store that no one knows', { origin: originOf(null) }, true],
    ['that was given away', { origin: originOf('promotional') }, false],
    ['that is over', { currentPeriodEnd: T0 - 9 * DAY, origin: originOf('app_store', false) }, false],
    ['that is over and may be billed again', { currentPeriodEnd: T0 - 9 * DAY }, true],
    ['that is canceled and not over', { origin: originOf('app_store', false), cancelAt: END }, true],
    ['as a grant', { source: 'grant' }, false],
  ])('has a payer other than Stripe by a purchase %s: %s', (_, fields, is) => {
    const bought = claim({ source: 'revenuecat', origin: originOf('app_store'), ...fields });
    const after = accessStateOf(bought);
    const change = { at: T0, by: 'evt', before: { status: 'none', plan: null }, after };
    const shown = { ...after, status: 'active', claims: [bought], history: [change] } as const;
    const payer = paidElsewhere(row(shown), T0, policy);
    expect(payer).toEqual(is ? bought : undefined);
  });

  it.each<[string, Partial<Claim>, boolean]>([
    ['active until later', {}, true],
    ['active without an end', { currentPeriodEnd: null }, true],
    ['active after a trial', { trialExpiresAt: T0 - DAY }, true],
    ['active until now', { currentPeriodEnd: T0 }, false],
    ['on a trial until later', { status: 'trialing', currentPeriodEnd: T0, trialExpiresAt: END }, true],
    ['on a trial that is over', { status: 'trialing', currentPeriodEnd: END, trialExpiresAt: T0 }, false],
    ['on a trial without an end', { status: 'trialing', currentPeriodEnd: null }, false],
    ['past due until later', { status: 'past_due' }, true],
    ['past due without an end', { status: 'past_due', currentPeriodEnd: null }, false],
    ['canceled', { status: 'canceled' }, false],
    ['active with an end that is no time', { unreadable: true }, false],
  ])('that is %s may continue: %s', (_, fields, may) => {
    expect(mayContinue(claim(fields), T0)).toBe(may);
  });

  it('counts as a payer while it may continue or gives access, and Stripe and a trial of the app do not', () => {
    const paid = (fields: Partial<Claim>, at = T0) => {
      const { source: _, ...shared } = claim(fields);
      return paidElsewhere(row(shared), at, policy) !== undefined;
    };
    expect([paid({}), paid({}, END + DAY), paid({}, END + 3 * DAY)]).toEqual([true, true, false]);
    expect(paid({ status: 'past_due' })).toBe(true);
    expect(paid({ stripeStatus: 'active', subscriptionId: 'sub_1' })).toBe(false);
    expect(paid({ status: 'trialing', plan: null, trialExpiresAt: END })).toBe(false);
  });
});

describe('What Stripe reports', () => {
  it.each([
    ['active', true],
    ['canceled', true],
    ['incomplete', false],
    ['incomplete_expired', false],
    ['dormant', false],
    [null, false],
  ])('as %s began: %s', (status, began) => {
    expect(hasBegun(status)).toBe(began);
  });
});

describe('A row', () => {
  const kept = claim();
  const { source: _, ...shared } = kept;

  it('has a known writer once a claim that is not Stripe’s is kept in it', () => {
    expect(isKnownWriter(row({ claims: [ofStripe(), kept] }))).toBe(true);
    expect(isKnownWriter(row({ claims: [ofStripe(), ofStripe()] }))).toBe(false);
    expect(isForeign(row({ ...shared, claims: [kept] }))).toBe(false);
    expect(isForeign(row({ ...shared, claims: [{ ...kept, source: 'stripe' }] }))).toBe(true);
  });

  it('lists no subscription where there is none', () => {
    expect(subscriptionsIn(row(shared))).toEqual([]);
  });

  it('keeps a trial of the app that version 0.1 wrote with its history', () => {
    const after = {
      ...accessStateOf(row()),
      status: 'trial_expired',
      trialExpiresAt: T0,
      stripeStatus: 'incomplete',
    };
    const history = [{ at: T0, by: 'evt_1', before: { status: 'none', plan: null }, after }];
    expect(claimsOf(row({ ...after, history }))).toMatchObject([{ source: 'trial', unreadable: false }]);
    const without = { ...after, status: 'none', stripeStatus: null };
    expect(claimsOf(row({ ...without, history: [{ ...history[0], after: without }] as never }))).toEqual([]);
    const plain = { ...without, status: 'active' };
    const own = row({ ...plain, history: [{ ...history[0], after: plain }] as never });
    expect(claimsOf(own)).toMatchObject([{ source: 'other_writer', status: 'active' }]);
  });

  it('is explained by the claim that decides, next to the others', () => {
    const given = row({
      ...accessStateOf(kept),
      claims: [kept, ofStripe({ status: 'canceled', stripeStatus: 'canceled' })],
    });
    const explained = explain(given, { moment: null, nowSeconds: T0, writtenAt: T0 }, policy);
    expect(explained).toMatchObject({ state: { plan: 'monthly_pro' }, others: [{ status: 'canceled' }] });
  });
});

describe('Access', () => {
  it('is denied as no entitlement by an end that is no time', () => {
    const decision = access([claim({ unreadable: true })], T0, policy);
    expect(decision).toMatchObject({ granted: false, reason: 'no_entitlement' });
  });

  it('is explained by the first claim that is not over, also if it has no end', () => {
    const late = ofStripe({ status: 'past_due', stripeStatus: 'past_due' });
    for (const currentPeriodEnd of [END, null]) {
      const refunded = ofStripe({ reversal: 'refunded', currentPeriodEnd });
      expect(access([refunded, late], T0, policy)).toMatchObject({ reason: 'lapsed' });
    }
  });

  it.each<[string, Partial<Claim>, boolean]>([
    ['a trial with a plan', { stripeStatus: null, plan: 'monthly_pro' }, true],
    ['a trial of add-ons in Stripe', { stripeStatus: 'trialing', plan: null }, true],
    ['a trial of the app', { stripeStatus: null, plan: null }, false],
  ])('continues within the grace after %s: %s', (_, fields, continues) => {
    const trial = claim({ status: 'trialing', trialExpiresAt: END, ...fields });
    expect(access([trial], END, policy).granted).toBe(continues);
  });

  it('stays as Stripe gives it if another writer changes only the status', () => {
    const given = row({ ...accessStateOf(ofStripe()), status: 'active' });
    const history = [
      { at: T0, by: 'evt_1', before: { status: 'none', plan: null }, after: accessStateOf(given) },
    ];
    const changed = { ...given, history, status: 'canceled' };
    expect(claimsOf(changed)[0]).toMatchObject({ source: 'stripe', status: 'active' });
  });
});
