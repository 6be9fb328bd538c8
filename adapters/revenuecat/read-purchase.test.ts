import { describe, expect, it } from 'vitest';
import {
  isCountedElsewhere,
  isSandbox,
  readActiveEntitlements,
  readOneTimePurchase,
  readSubscription,
} from './read-purchase.ts';

/** 2027-01-01, in Unix seconds. */
const END = 1_798_761_600;
const MS = 1_000;

const pro = { object: 'list', items: [{ id: 'entl1', lookup_key: 'pro' }] };

const subscription = {
  object: 'subscription',
  id: 'sub1',
  product_id: 'prod1',
  store: 'app_store',
  environment: 'production',
  status: 'active',
  gives_access: true,
  auto_renewal_status: 'will_renew',
  current_period_ends_at: END * MS,
  ends_at: END * MS,
  management_url: 'https://apps.apple.com/account/subscriptions',
  entitlements: pro,
};

describe('A subscription', () => {
  it.each([
    ['trialing', true, 'trial', true],
    ['trialing', false, 'trial', true],
    ['active', true, 'paid', true],
    ['active', false, 'paid', true],
    ['in_grace_period', true, 'paid', true],
    ['in_grace_period', false, 'paid', true],
    ['in_billing_retry', true, 'payment_retried', true],
    ['in_billing_retry', false, 'payment_retried', true],
    ['paused', true, 'paused', true],
    ['paused', false, 'paused', true],
    ['expired', true, 'paid', false],
    ['expired', false, 'over', false],
    ['incomplete', true, 'paid', false],
    ['incomplete', false, 'over', false],
    ['unknown', true, 'paid', false],
    ['unknown', false, 'over', false],
    ['a_later_status', true, 'paid', false],
    ['a_later_status', false, 'over', false],
  ])('with the status %s and gives_access %s is in the phase %s', (status, given, phase, billsAgain) => {
    const read = readSubscription({ ...subscription, status, gives_access: given });
    expect(read).toMatchObject({ givesAccess: given, phase, billsAgain, until: END });
  });

  it.each([
    ['will_renew', false, true],
    ['will_change_product', false, true],
    ['requires_price_increase_consent', false, true],
    ['has_already_renewed', false, true],
    ['will_pause', true, true],
    ['will_not_renew', true, false],
    [undefined, false, true],
  ])('that %s ends: %s, and bills again: %s', (auto_renewal_status, ends, billsAgain) => {
    expect(readSubscription({ ...subscription, auto_renewal_status })).toMatchObject({ ends, billsAgain });
  });

  it.each([
    ['app_store', 'app_store'],
    ['mac_app_store', 'app_store'],
    ['play_store', 'play_store'],
    ['amazon', 'amazon'],
    ['rc_billing', 'web'],
    ['paddle', 'web'],
    ['promotional', 'promotional'],
    ['roku', null],
    ['a_later_store', null],
    ['__proto__', null],
    ['constructor', null],
    [undefined, null],
  ])('of the store %s is of %s', (store, expected) => {
    expect(readSubscription({ ...subscription, store })?.store).toBe(expected);
  });

  it.each([
    ['true', 'true'],
    ['one', 1],
    ['nothing', undefined],
    ['null', null],
  ])('gives no access if gives_access is %s', (_, gives_access) => {
    expect(readSubscription({ ...subscription, gives_access })?.givesAccess).toBe(false);
  });

  it('lasts until the later of its ends', () => {
    const until = (ends_at: unknown) => readSubscription({ ...subscription, ends_at })?.until;
    expect([until((END + 60) * MS), until((END - 60) * MS), until(null)]).toEqual([END + 60, END, END]);
  });

  it.each([
    ['a text', String(END * MS)],
    ['an ISO text', '2027-01-01T00:00:00Z'],
    ['negative', -1],
    ['no integer', 1.5],
    ['after the year 9999', 9e15],
    ['an object', { ms: END }],
    ['nothing', undefined],
  ])('has no known end if both are %s', (_, end) => {
    const ends = { current_period_ends_at: end, ends_at: end };
    expect(readSubscription({ ...subscription, ...ends })).toMatchObject({ until: null, phase: 'paid' });
    // Only RevenueCat's null says that a promotion has no end.
    const promotion = { ...subscription, ...ends, store: 'promotional' };
    expect(readSubscription(promotion)).toMatchObject({ until: null, phase: 'paid' });
  });

  it('that someone gave away has no end if RevenueCat says so, and never bills', () => {
    const given = { ...subscription, store: 'promotional', current_period_ends_at: null, ends_at: null };
    expect(readSubscription(given)).toMatchObject({ phase: 'owned', until: null, billsAgain: false });
    // RevenueCat says of every gift that it does not renew.
    const asGiven = readSubscription({ ...given, auto_renewal_status: 'will_not_renew' });
    expect(asGiven).toMatchObject({ phase: 'owned', ends: false });
    expect(readSubscription({ ...given, gives_access: false })).toMatchObject({ phase: 'paid' });
    const sold = { ...given, store: 'app_store' };
    expect(readSubscription(sold)).toMatchObject({ phase: 'paid', until: null });
  });

  it.each([
    ['no web page', 'itms-apps://apps.apple.com'],
    ['a script', 'javascript:alert(1)'],
    ['no URL', 'https://'],
    ['too long', `https://example.com/${'x'.repeat(3_000)}`],
    ['no text', 1],
  ])('has no link if it is %s', (_, management_url) => {
    expect(readSubscription({ ...subscription, management_url })?.manageUrl).toBeNull();
  });

  it('names what it unlocks, each once and in order', () => {
    const keys = ['pro', 'plus', 'pro', '', null, 3];
    const entitlements = { items: [...keys.map((lookup_key) => ({ lookup_key })), null, 'pro'] };
    expect(readSubscription({ ...subscription, entitlements })?.features).toEqual(['plus', 'pro']);
    for (const odd of [null, [], 'pro', { items: null }, { items: 'pro' }]) {
      expect(readSubscription({ ...subscription, entitlements: odd })?.features).toEqual([]);
    }
  });

  it('without an id is none', () => {
    expect(readSubscription({ ...subscription, id: 1 })).toBeUndefined();
  });

  it('counts elsewhere if Stripe sold it, and in no sandbox', () => {
    expect([subscription, { ...subscription, store: 'stripe' }].map(isCountedElsewhere)).toEqual([
      false,
      true,
    ]);
    const environments = ['production', 'sandbox', 'Production', undefined, 1];
    expect(environments.map((environment) => isSandbox({ environment }))).toEqual([
      false,
      true,
      true,
      true,
      true,
    ]);
  });
});

describe('A one-time purchase', () => {
  const bought = {
    id: 'purch1',
    product_id: 'prod1',
    store: 'app_store',
    status: 'owned',
    entitlements: pro,
  };
  const active = (expires_at: unknown) => readActiveEntitlements([{ entitlement_id: 'entl1', expires_at }]);

  it.each([
    ['permanently', null, { givesAccess: true, phase: 'owned', until: null, ends: false }],
    ['until an end', END * MS, { givesAccess: true, phase: 'paid', until: END, ends: true }],
    ['until an unreadable end', '2027-01-01', { givesAccess: true, phase: 'paid', until: null, ends: true }],
    ['until an end that is missing', undefined, { givesAccess: true, phase: 'paid', until: null }],
    ['until an end after the year 9999', 9e15, { givesAccess: true, phase: 'paid', until: null }],
  ])('gives access to what is active %s', (_, expiresAt, expected) => {
    expect(readOneTimePurchase(bought, active(expiresAt))).toMatchObject({ ...expected, billsAgain: false });
  });

  it.each([['refunded'], ['a_later_status'], [undefined]])('with the status %s gives no access', (status) => {
    const read = readOneTimePurchase({ ...bought, status }, active(null));
    expect(read).toMatchObject({ givesAccess: false, phase: 'over', until: null });
  });

  it('gives no access while nothing of it is active', () => {
    const other = readActiveEntitlements([{ entitlement_id: 'entl2', expires_at: null }, {}]);
    expect(readOneTimePurchase(bought, other)).toMatchObject({ givesAccess: false, phase: 'over' });
  });

  it('does not count if it unlocks nothing, or has no id', () => {
    expect(readOneTimePurchase({ ...bought, entitlements: { items: [] } }, active(null))).toBeUndefined();
    expect(readOneTimePurchase({ ...bought, id: null }, active(null))).toBeUndefined();
  });
});
