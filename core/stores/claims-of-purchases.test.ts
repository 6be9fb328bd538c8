import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { purchase, purchasesOf } from '../../tests/support/purchases.ts';
import { DAY, T0 } from '../../tests/support/subscriptions.ts';
import { access } from '../entitlement/access.ts';
import { type AccessPolicy, defaultRules } from '../entitlement/policy.ts';
import { claimsOfPurchases, PAST_END_SECONDS } from './claims-of-purchases.ts';
import { type StorePurchase, stores } from './purchase.ts';

const policy: AccessPolicy = { renewalGraceSeconds: 3 * DAY, rules: defaultRules, plans: {} };
const END = T0 + 20 * DAY;

const claimsFrom = (...purchases: readonly StorePurchase[]) =>
  claimsOfPurchases(purchasesOf(...purchases), T0);

/** Whether the user is let in at a moment. */
const lets = (at: number, ...purchases: readonly StorePurchase[]) =>
  access(claimsFrom(...purchases), at, policy);

describe('A purchase in an app store', () => {
  it('is a claim until its end, and for the grace of a renewal', () => {
    const bought = purchase({ until: END });
    expect(claimsFrom(bought)).toMatchObject([
      {
        source: 'revenuecat',
        status: 'active',
        plan: 'monthly_pro',
        currentPeriodEnd: END,
        cancelAt: null,
        cancelAtPeriodEnd: false,
        origin: { id: 'sub1', store: 'app_store', features: ['pro'], continues: true, grant: null },
      },
    ]);
    expect(lets(END - 1, bought)).toMatchObject({ granted: true, reason: 'active_subscription' });
    expect(lets(END + 3 * DAY - 1, bought).granted).toBe(true);
    expect(lets(END + 3 * DAY, bought)).toMatchObject({ granted: false, reason: 'lapsed' });
  });

  it('ends exactly at its end once the user has canceled it', () => {
    const canceled = purchase({ until: END, ends: true, billsAgain: false });
    expect(claimsFrom(canceled)).toMatchObject([{ cancelAt: END, cancelAtPeriodEnd: true }]);
    expect([lets(END - 1, canceled).granted, lets(END, canceled).granted]).toEqual([true, false]);
  });

  it('is a trial until its end while the store calls it one', () => {
    const trial = purchase({ phase: 'trial', until: END });
    expect(claimsFrom(trial)).toMatchObject([{ status: 'trialing', trialExpiresAt: END }]);
    expect(lets(T0, trial)).toMatchObject({ granted: true, reason: 'trial' });
  });

  it('that the store grants past its end counts for a day after each read', () => {
    const inGrace = purchase({ until: T0 - DAY });
    expect(claimsFrom(inGrace)).toMatchObject([{ currentPeriodEnd: T0 + PAST_END_SECONDS }]);
    expect(lets(T0 + PAST_END_SECONDS + 3 * DAY, inGrace).granted).toBe(false);
  });

  it('counts for two days at most past its end, whatever time RevenueCat answers with', () => {
    const read = { ...purchasesOf(purchase({ until: T0 - DAY })), asOf: T0 + 10_000 * DAY };
    expect(claimsOfPurchases(read, T0)).toMatchObject([{ currentPeriodEnd: T0 + 2 * DAY }]);
  });

  it('without an end counts for a day, unless it is owned forever', () => {
    expect(claimsFrom(purchase({ until: null }))).toMatchObject([
      { currentPeriodEnd: T0 + PAST_END_SECONDS },
    ]);
    const owned = purchase({ phase: 'owned', until: null, billsAgain: false });
    expect(claimsFrom(owned)).toMatchObject([{ status: 'active', currentPeriodEnd: null }]);
    expect(lets(T0 + 10_000 * DAY, owned).granted).toBe(true);
  });

  it('whose payment the store retries gives access only by the policy, and can bill again', () => {
    const retried = purchase({ givesAccess: false, phase: 'payment_retried', until: T0 - 1 });
    expect(claimsFrom(retried)).toMatchObject([
      { status: 'past_due', plan: 'monthly_pro', pastDueSince: T0 - 1, origin: { continues: true } },
    ]);
    expect(lets(T0, retried)).toMatchObject({ granted: false, reason: 'past_due' });
    const generous = { ...policy, rules: { ...defaultRules, past_due: { graceSeconds: DAY } } };
    expect(access(claimsFrom(retried), T0, generous).granted).toBe(true);
  });

  it.each<[string, Partial<StorePurchase>, number | null]>([
    ['since the end of the paid time if the store retries the payment', { phase: 'payment_retried' }, END],
    ['not while it gives access', { phase: 'payment_retried', givesAccess: true }, null],
    ['not while it is paused', { phase: 'paused' }, null],
    ['not when it is over', { phase: 'over', billsAgain: false }, null],
  ])('is past due %s', (_, fields, since) => {
    const claims = claimsFrom(purchase({ until: END, givesAccess: false, ...fields }));
    expect(claims.map(({ pastDueSince }) => pastDueSince)).toEqual([since]);
  });

  it.each([
    ['is paused', { phase: 'paused' }, 'monthly_pro'],
    ['is over', { phase: 'over', billsAgain: false }, null],
  ] as const)('that %s gives no access', (_, fields, plan) => {
    const over = purchase({ givesAccess: false, until: T0 - 1, ...fields });
    expect(claimsFrom(over)).toMatchObject([{ status: 'canceled', plan }]);
    expect(lets(T0, over)).toMatchObject({ granted: false, reason: 'canceled' });
  });
});

describe('Several purchases', () => {
  const over = (id: string, until: number | null) =>
    purchase({ id, until, givesAccess: false, phase: 'over', billsAgain: false });

  it('are all claims while they give access or may again', () => {
    const paused = purchase({ id: 'sub2', givesAccess: false, phase: 'paused', until: T0 - DAY });
    const ids = claimsFrom(paused, purchase({ id: 'sub3' }), over('sub4', T0)).map(
      ({ origin }) => origin?.id,
    );
    expect(ids).toEqual(['sub3', 'sub2']);
  });

  it('that are over leave the one that ended last', () => {
    const ids = claimsFrom(over('sub1', T0 - DAY), over('sub2', T0), over('sub3', null)).map(
      ({ origin }) => origin?.id,
    );
    expect(ids).toEqual(['sub2']);
  });

  it('begin with one that is owned forever', () => {
    const owned = purchase({ id: 'sub3', phase: 'owned', until: null, billsAgain: false });
    const ids = claimsFrom(purchase(), owned).map(({ origin }) => origin?.id);
    expect(ids).toEqual(['sub3', 'sub1']);
  });

  it('are in the same order in every read, and never more than ten', () => {
    const all = Array.from({ length: 14 }, (_, n) => purchase({ id: `sub${n + 10}` }));
    const ids = claimsFrom(...all).map(({ origin }) => origin?.id);
    expect(ids).toEqual(all.slice(0, 10).map(({ id }) => id));
    expect(claimsFrom(...[...all].reverse()).map(({ origin }) => origin?.id)).toEqual(ids);
  });
});

it('No purchase gives access without end, except one that is owned forever', () => {
  const purchases = fc.record({
    id: fc.constantFrom('sub1', 'sub2', 'sub3'),
    productId: fc.constantFrom('monthly_pro', null),
    store: fc.constantFrom(...stores, null),
    givesAccess: fc.boolean(),
    phase: fc.constantFrom('trial', 'paid', 'payment_retried', 'paused', 'over'),
    until: fc.option(fc.integer({ min: T0 - 400 * DAY, max: T0 + 400 * DAY })),
    ends: fc.boolean(),
    billsAgain: fc.boolean(),
    manageUrl: fc.constant(null),
    features: fc.constant([]),
  });
  fc.assert(
    fc.property(fc.array(purchases, { maxLength: 5 }), (bought) => {
      const until = Math.max(T0 + PAST_END_SECONDS, ...bought.map((one) => one.until ?? 0));
      expect(lets(until + 3 * DAY, ...bought).granted).toBe(false);
      expect(lets(T0, ...bought).granted).toBe(bought.some(({ givesAccess }) => givesAccess));
    }),
  );
});
