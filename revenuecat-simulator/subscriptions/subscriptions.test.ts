/** Tests of what happens to a subscription: every transition, and the event of each. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { EventBody, SubscriptionView } from '../index.ts';
import { DAY_MS, DAY_SECONDS, type Rig, startRig, testStart } from '../testing/rig.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
beforeEach(() => {
  rig.simulator.reset();
  rig.clock.ms = testStart;
});
afterAll(() => rig.close());

const february = Date.UTC(2027, 1, 15, 12);
const march = Date.UTC(2027, 2, 15, 12);

function buy(extra: object = {}): SubscriptionView {
  return rig.simulator.purchase({ customerId: 'ann', product: 'monthly_pro', ...extra });
}

async function read(id: string): Promise<Readonly<Record<string, unknown>>> {
  const { body } = await rig.api('customers/ann/subscriptions');
  return (body['items'] as readonly Record<string, unknown>[]).find((row) => row['id'] === id) ?? {};
}

function eventsAfter(count: number): readonly EventBody[] {
  return rig.simulator.events().slice(count);
}

describe('A purchase', () => {
  it('gives access at once and has all fields of the API', async () => {
    const { id } = buy({ country: 'DE' });
    const product = (await rig.api('products')).body['items'] as readonly Record<string, unknown>[];
    expect(await read(id)).toMatchObject({
      object: 'subscription',
      id: expect.stringMatching(/^sub1[0-9a-f]{10}$/),
      customer_id: 'ann',
      original_customer_id: 'ann',
      product_id: product[0]?.['id'],
      starts_at: testStart,
      current_period_starts_at: testStart,
      current_period_ends_at: february,
      ends_at: february,
      gives_access: true,
      pending_payment: false,
      auto_renewal_status: 'will_renew',
      status: 'active',
      store: 'app_store',
      store_subscription_identifier: expect.stringMatching(/^2000\d{12}$/),
      ownership: 'purchased',
      environment: 'production',
      management_url: 'https://apps.apple.com/account/subscriptions',
      country: 'DE',
      entitlements: {
        object: 'list',
        next_page: null,
        items: [{ object: 'entitlement', id: expect.stringMatching(/^entl1/), lookup_key: 'pro' }],
      },
    });
  });

  it('sends INITIAL_PURCHASE with the id of the store, in capitals and milliseconds', () => {
    const { store_subscription_identifier: transaction } = buy({
      store: 'play_store',
      environment: 'sandbox',
    });
    expect(rig.simulator.events()).toMatchObject([
      {
        type: 'INITIAL_PURCHASE',
        id: expect.stringMatching(/^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/),
        app_id: expect.stringMatching(/^app1/),
        app_user_id: 'ann',
        original_app_user_id: 'ann',
        aliases: ['ann'],
        event_timestamp_ms: testStart,
        product_id: 'monthly_pro',
        period_type: 'NORMAL',
        purchased_at_ms: testStart,
        expiration_at_ms: february,
        environment: 'SANDBOX',
        store: 'PLAY_STORE',
        entitlement_ids: ['pro'],
        transaction_id: transaction,
        original_transaction_id: transaction,
        is_family_share: false,
      },
    ]);
  });

  it('can be of a family member, and carries the id that the store has for it', () => {
    const row = buy({ familyShared: true, store: 'stripe', storeSubscriptionIdentifier: 'sub_of_stripe' });
    expect(row).toMatchObject({
      ownership: 'family_shared',
      store: 'stripe',
      store_subscription_identifier: 'sub_of_stripe',
      management_url: null,
    });
    expect(rig.simulator.events()).toMatchObject([{ is_family_share: true, store: 'STRIPE' }]);
  });

  it('with a trial is trialing, and is charged when the trial ends', async () => {
    const { id } = buy({ trialDays: 7 });
    expect(await read(id)).toMatchObject({ status: 'trialing', gives_access: true });
    rig.simulator.advance(7 * DAY_SECONDS);
    expect(await read(id)).toMatchObject({
      status: 'active',
      current_period_ends_at: Date.UTC(2027, 1, 22, 12),
    });
    expect(rig.simulator.events()).toMatchObject([
      { type: 'INITIAL_PURCHASE', period_type: 'TRIAL', expiration_at_ms: testStart + 7 * DAY_MS },
      { type: 'RENEWAL', period_type: 'NORMAL', is_trial_conversion: true },
    ]);
  });

  it('of an unknown product, of a one-time product or by hand is rejected', () => {
    expect(() => buy({ product: 'weekly_pro' })).toThrow('The product weekly_pro does not exist.');
    expect(() => buy({ product: 'lifetime_pro' })).toThrow('is not a subscription');
    expect(rig.simulator.events()).toEqual([]);
  });
});

describe('A renewal', () => {
  it('follows at the end of each period, at its own time', async () => {
    const { id, store_subscription_identifier: original } = buy({ store: 'play_store' });
    rig.simulator.advance(62 * DAY_SECONDS);
    expect(await read(id)).toMatchObject({
      current_period_starts_at: march,
      current_period_ends_at: Date.UTC(2027, 3, 15, 12),
      store_subscription_identifier: original,
    });
    expect(eventsAfter(1)).toMatchObject([
      { type: 'RENEWAL', event_timestamp_ms: february, transaction_id: `${original}..0` },
      { type: 'RENEWAL', event_timestamp_ms: march, transaction_id: `${original}..1` },
    ]);
  });

  it('can be made early, and then counts from that day', () => {
    const { id } = buy();
    rig.simulator.advance(DAY_SECONDS);
    expect(rig.simulator.renew(id)).toMatchObject({
      current_period_starts_at: testStart + DAY_MS,
      current_period_ends_at: Date.UTC(2027, 1, 16, 12),
    });
  });

  it('starts an expired subscription again, but not one that is canceled', () => {
    const { id } = buy();
    rig.simulator.cancel(id);
    expect(() => rig.simulator.renew(id)).toThrow('Uncancel it first');
    rig.simulator.advance(31 * DAY_SECONDS);
    expect(rig.simulator.renew(id)).toMatchObject({
      status: 'active',
      gives_access: true,
      auto_renewal_status: 'will_renew',
    });
    expect(rig.simulator.events().map(({ type }) => type)).toEqual([
      'INITIAL_PURCHASE',
      'CANCELLATION',
      'EXPIRATION',
      'RENEWAL',
    ]);
  });
});

describe('A cancellation', () => {
  it('keeps the access until the period ends, and can be undone until then', async () => {
    const { id } = buy();
    expect(rig.simulator.cancel(id)).toMatchObject({
      status: 'active',
      gives_access: true,
      auto_renewal_status: 'will_not_renew',
    });
    expect(() => rig.simulator.cancel(id)).toThrow('canceled already');
    expect(rig.simulator.uncancel(id)).toMatchObject({ auto_renewal_status: 'will_renew' });
    expect(() => rig.simulator.uncancel(id)).toThrow('not canceled');
    rig.simulator.cancel(id);
    rig.clock.ms = february - 1;
    expect(await read(id)).toMatchObject({ gives_access: true });
    rig.clock.ms = february;
    expect(await read(id)).toMatchObject({ status: 'expired', gives_access: false, ends_at: february });
    expect(eventsAfter(1)).toMatchObject([
      { type: 'CANCELLATION', cancel_reason: 'UNSUBSCRIBE', expiration_at_ms: february },
      { type: 'UNCANCELLATION' },
      { type: 'CANCELLATION' },
      { type: 'EXPIRATION', expiration_reason: 'UNSUBSCRIBE', event_timestamp_ms: february },
    ]);
    expect(() => rig.simulator.uncancel(id)).toThrow('expired');
  });

  it('by a refund ends the access at once', async () => {
    const { id } = buy();
    rig.simulator.advance(DAY_SECONDS);
    expect(rig.simulator.refund(id)).toMatchObject({
      status: 'expired',
      gives_access: false,
      current_period_ends_at: testStart + DAY_MS,
    });
    expect(() => rig.simulator.refund(id)).toThrow('refunded already');
    rig.simulator.advance(365 * DAY_SECONDS);
    expect(await read(id)).toMatchObject({ status: 'expired' });
    expect(eventsAfter(1)).toMatchObject([
      { type: 'CANCELLATION', cancel_reason: 'CUSTOMER_SUPPORT', expiration_at_ms: testStart + DAY_MS },
      { type: 'EXPIRATION', expiration_reason: 'CUSTOMER_SUPPORT' },
    ]);
  });

  it('by a refund after the end has no second EXPIRATION', () => {
    const { id } = buy();
    rig.simulator.expire(id);
    rig.simulator.refund(id);
    expect(eventsAfter(1).map(({ type }) => type)).toEqual(['EXPIRATION', 'CANCELLATION']);
  });
});

describe('A billing issue', () => {
  it('keeps the access for the grace period, then retries without access, and expires after 60 days', async () => {
    const { id } = buy();
    expect(rig.simulator.billingIssue(id, { graceDays: 16 })).toMatchObject({
      status: 'in_grace_period',
      gives_access: true,
    });
    const { body } = await rig.api('customers/ann/active_entitlements');
    expect(body['items']).toMatchObject([{ expires_at: testStart + 16 * DAY_MS }]);
    rig.clock.ms += 16 * DAY_MS;
    expect(await read(id)).toMatchObject({ status: 'in_billing_retry', gives_access: false });
    rig.clock.ms = testStart + 60 * DAY_MS;
    expect(await read(id)).toMatchObject({ status: 'expired', auto_renewal_status: 'will_not_renew' });
    expect(eventsAfter(1)).toMatchObject([
      { type: 'BILLING_ISSUE', grace_period_expiration_at_ms: testStart + 16 * DAY_MS },
      { type: 'CANCELLATION', cancel_reason: 'BILLING_ERROR' },
      {
        type: 'EXPIRATION',
        expiration_reason: 'BILLING_ERROR',
        event_timestamp_ms: testStart + 16 * DAY_MS,
        expiration_at_ms: testStart + 16 * DAY_MS,
      },
    ]);
  });

  it('without a grace period ends the access at once', () => {
    const { id } = buy();
    expect(rig.simulator.billingIssue(id, { graceDays: 0 })).toMatchObject({
      status: 'in_billing_retry',
      gives_access: false,
    });
    expect(eventsAfter(1).map(({ type }) => type)).toEqual(['BILLING_ISSUE', 'CANCELLATION', 'EXPIRATION']);
  });

  it('can be scheduled for the end of the period', async () => {
    const { id } = buy();
    rig.simulator.billingIssue(id, { graceDays: 3, atRenewal: true });
    expect(eventsAfter(1)).toEqual([]);
    rig.clock.ms = february;
    expect(await read(id)).toMatchObject({ status: 'in_grace_period', current_period_ends_at: february });
    // The charge succeeds within the grace period, so the billing date stays.
    rig.clock.ms += DAY_MS;
    expect(rig.simulator.recover(id)).toMatchObject({
      status: 'active',
      current_period_starts_at: february,
      current_period_ends_at: march,
    });
  });

  it('is over when the charge succeeds later, which starts a period on that day', () => {
    const { id } = buy();
    rig.simulator.billingIssue(id, { graceDays: 0 });
    rig.simulator.advance(DAY_SECONDS);
    expect(rig.simulator.recover(id)).toMatchObject({
      status: 'active',
      gives_access: true,
      current_period_starts_at: testStart + DAY_MS,
    });
    expect(eventsAfter(4)).toMatchObject([{ type: 'RENEWAL', is_trial_conversion: false }]);
    expect(() => rig.simulator.recover(id)).toThrow('cannot recover');
  });

  it('ends at the end of the grace period if the user cancels in the meantime', async () => {
    const { id } = buy();
    expect(() => {
      rig.simulator.cancel(id);
      rig.simulator.billingIssue(id);
    }).toThrow('does not renew');
    rig.simulator.uncancel(id);
    rig.simulator.billingIssue(id, { graceDays: 2 });
    rig.simulator.cancel(id);
    expect(() => rig.simulator.recover(id)).toThrow('charges it no more');
    rig.clock.ms += 2 * DAY_MS;
    expect(await read(id)).toMatchObject({ status: 'expired' });
  });
});

describe('A pause of the Play Store', () => {
  it('begins at the end of the period, takes the access and ends by itself', async () => {
    const { id } = buy({ store: 'play_store' });
    expect(rig.simulator.pause(id, 10)).toMatchObject({
      status: 'active',
      gives_access: true,
      auto_renewal_status: 'will_pause',
    });
    rig.clock.ms = february;
    const resumes = february + 10 * DAY_MS;
    expect(await read(id)).toMatchObject({
      status: 'paused',
      gives_access: false,
      current_period_ends_at: resumes,
    });
    rig.clock.ms = resumes;
    expect(await read(id)).toMatchObject({
      status: 'active',
      current_period_starts_at: resumes,
      auto_renewal_status: 'will_renew',
    });
    expect(eventsAfter(1)).toMatchObject([
      { type: 'SUBSCRIPTION_PAUSED', auto_resume_at_ms: resumes },
      { type: 'EXPIRATION', expiration_reason: 'SUBSCRIPTION_PAUSED', expiration_at_ms: february },
      { type: 'RENEWAL' },
    ]);
  });

  it('without an end lasts until the user resumes, and the period has no end', () => {
    const { id } = buy({ store: 'play_store' });
    rig.simulator.pause(id);
    rig.simulator.advance(400 * DAY_SECONDS);
    expect(rig.simulator.events()).toHaveLength(3);
    expect(rig.simulator.resume(id)).toMatchObject({ status: 'active', gives_access: true });
  });

  it('is dropped before it begins, and does not exist in other stores', () => {
    const { id } = buy({ store: 'play_store' });
    rig.simulator.pause(id, 10);
    expect(rig.simulator.resume(id)).toMatchObject({ auto_renewal_status: 'will_renew' });
    expect(() => rig.simulator.resume(id)).toThrow('neither is paused nor will pause');
    expect(() => rig.simulator.pause(buy().id)).toThrow('Only subscriptions of the Play Store can pause.');
  });
});

describe('A product change', () => {
  it('applies at once, with a new period', () => {
    const { id, product_id: before } = buy();
    rig.simulator.advance(DAY_SECONDS);
    const changed = rig.simulator.changeProduct(id, { product: 'yearly_pro' });
    expect(changed).toMatchObject({ current_period_ends_at: Date.UTC(2028, 0, 16, 12) });
    expect(changed.product_id).not.toBe(before);
    expect(eventsAfter(1)).toMatchObject([
      { type: 'PRODUCT_CHANGE', product_id: 'monthly_pro', new_product_id: 'yearly_pro' },
      { type: 'RENEWAL', product_id: 'yearly_pro' },
    ]);
  });

  it('can wait for the end of the period', async () => {
    const { id } = buy();
    expect(rig.simulator.changeProduct(id, { product: 'yearly_pro', atRenewal: true })).toMatchObject({
      auto_renewal_status: 'will_change_product',
      current_period_ends_at: february,
    });
    rig.clock.ms = february;
    expect(await read(id)).toMatchObject({
      auto_renewal_status: 'will_renew',
      current_period_ends_at: Date.UTC(2028, 1, 15, 12),
    });
    expect(() => rig.simulator.changeProduct(id, { product: 'yearly_pro' })).toThrow('already');
  });
});

describe('The end of a period', () => {
  it('moves with an extension, and the next periods with it', async () => {
    const { id } = buy();
    expect(rig.simulator.extend(id, 10)).toMatchObject({ current_period_ends_at: february + 10 * DAY_MS });
    rig.clock.ms = february + 10 * DAY_MS;
    expect(await read(id)).toMatchObject({ current_period_ends_at: Date.UTC(2027, 2, 25, 12) });
    expect(eventsAfter(1)).toMatchObject([
      { type: 'SUBSCRIPTION_EXTENDED', expiration_at_ms: february + 10 * DAY_MS },
      { type: 'RENEWAL' },
    ]);
  });

  it('can be now', () => {
    const { id } = buy();
    expect(rig.simulator.expire(id, 'DEVELOPER_INITIATED')).toMatchObject({
      status: 'expired',
      ends_at: testStart,
    });
    expect(() => rig.simulator.expire(id)).toThrow('has expired already');
    expect(eventsAfter(1)).toMatchObject([{ type: 'EXPIRATION', expiration_reason: 'DEVELOPER_INITIATED' }]);
  });
});

describe('An entitlement that is granted by hand', () => {
  it('is a promotional subscription without a product, and expires', async () => {
    rig.simulator.openApp('ann');
    const { id } = rig.simulator.grantEntitlement({ customerId: 'ann', entitlement: 'pro', days: 30 });
    expect(await read(id)).toMatchObject({
      store: 'promotional',
      product_id: null,
      status: 'active',
      gives_access: true,
      auto_renewal_status: 'will_not_renew',
      entitlements: { items: [{ lookup_key: 'pro' }] },
    });
    for (const store of ['renew', 'refund', 'cancel'] as const) {
      expect(() => rig.simulator[store](id)).toThrow('granted by hand');
    }
    rig.clock.ms += 30 * DAY_MS;
    expect(await read(id)).toMatchObject({ status: 'expired', gives_access: false });
    expect(rig.simulator.events()).toMatchObject([
      { type: 'NON_RENEWING_PURCHASE', period_type: 'PROMOTIONAL', store: 'PROMOTIONAL' },
      { type: 'EXPIRATION', period_type: 'PROMOTIONAL' },
    ]);
  });

  it('has no end without a number of days, and needs a known customer and entitlement', () => {
    rig.simulator.openApp('ann');
    const row = rig.simulator.grantEntitlement({ customerId: 'ann', entitlement: 'pro' });
    expect(row).toMatchObject({ current_period_ends_at: null, ends_at: null, gives_access: true });
    const grant = (customerId: string, entitlement: string) => () =>
      rig.simulator.grantEntitlement({ customerId, entitlement });
    expect(grant('bob', 'pro')).toThrow('The customer bob does not exist.');
    expect(grant('ann', 'gold')).toThrow('The entitlement gold does not exist.');
  });
});
