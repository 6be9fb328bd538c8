/** Tests of customers: aliases, log-ins, transfers, one-time purchases and deletions. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DAY_MS, itemsOf, type Rig, startRig, testStart } from '../testing/rig.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
beforeEach(() => {
  rig.simulator.reset();
  rig.clock.ms = testStart;
});
afterAll(() => rig.close());

describe('A customer', () => {
  it('is never created by a read', async () => {
    const parts = ['', '/subscriptions', '/purchases', '/active_entitlements', '/aliases'];
    for (const part of parts) {
      const { status, body } = await rig.api(`customers/ann${part}`);
      expect([status, body['type'], body['retryable']]).toEqual([404, 'resource_missing', false]);
    }
    expect((await rig.api('customers/ann', { method: 'DELETE' })).status).toBe(404);
    expect(itemsOf(await rig.api('customers'))).toEqual([]);
  });

  it('is created when the app starts, and seen again later', async () => {
    rig.simulator.openApp('ann');
    rig.clock.ms += DAY_MS;
    rig.simulator.openApp('ann');
    expect((await rig.api('customers/ann')).body).toMatchObject({
      object: 'customer',
      id: 'ann',
      project_id: 'projlocal',
      first_seen_at: testStart,
      last_seen_at: testStart + DAY_MS,
      last_seen_app_version: null,
      active_entitlements: {
        object: 'list',
        items: [],
        next_page: null,
        url: '/v2/projects/projlocal/customers/ann/active_entitlements',
      },
    });
  });

  it('can have any characters in its id', async () => {
    const id = '$RCAnonymousID:a/b?c=d&é%';
    rig.simulator.purchase({ customerId: id, product: 'monthly_pro' });
    const path = `customers/${encodeURIComponent(id)}`;
    expect((await rig.api(path)).body).toMatchObject({ id });
    expect(itemsOf(await rig.api(`${path}/subscriptions`))).toMatchObject([{ customer_id: id }]);
  });

  it('has each active entitlement once, with the latest end', async () => {
    rig.simulator.purchase({ customerId: 'ann', product: 'monthly_pro' });
    const { ends_at: end } = rig.simulator.purchase({ customerId: 'ann', product: 'yearly_pro' });
    const expired = rig.simulator.purchase({ customerId: 'ann', product: 'monthly_pro' });
    rig.simulator.expire(expired.id);
    const entitlement = expired.entitlements.items[0]?.id;
    expect(itemsOf(await rig.api('customers/ann/active_entitlements'))).toEqual([
      { object: 'customer.active_entitlement', entitlement_id: entitlement, expires_at: end },
    ]);
    rig.simulator.purchaseOneTime({ customerId: 'ann', product: 'lifetime_pro' });
    expect(itemsOf(await rig.api('customers/ann/active_entitlements'))).toMatchObject([{ expires_at: null }]);
  });
});

describe('A log-in', () => {
  it('makes the anonymous id an alias of a new user, under which it is found', async () => {
    const anonymous = rig.simulator.anonymousId();
    const { id } = rig.simulator.purchase({ customerId: anonymous, product: 'monthly_pro' });
    rig.clock.ms += DAY_MS;
    expect(rig.simulator.logIn(anonymous, 'ann')).toMatchObject({ id: 'ann', first_seen_at: testStart });
    for (const name of ['ann', encodeURIComponent(anonymous)]) {
      expect((await rig.api(`customers/${name}`)).body).toMatchObject({ id: 'ann' });
      expect(itemsOf(await rig.api(`customers/${name}/subscriptions`))).toMatchObject([
        { id, customer_id: 'ann', original_customer_id: anonymous },
      ]);
      expect(itemsOf(await rig.api(`customers/${name}/aliases`))).toEqual([
        { object: 'customer.alias', id: anonymous, created_at: testStart },
        { object: 'customer.alias', id: 'ann', created_at: testStart + DAY_MS },
      ]);
    }
    rig.simulator.cancel(id);
    expect(rig.simulator.events().at(-1)).toMatchObject({
      app_user_id: 'ann',
      original_app_user_id: anonymous,
      aliases: [anonymous, 'ann'],
    });
  });

  it('gives a known user what the anonymous customer bought', async () => {
    rig.simulator.openApp('ann');
    const anonymous = rig.simulator.anonymousId();
    const { id } = rig.simulator.purchase({ customerId: anonymous, product: 'monthly_pro' });
    rig.simulator.logIn(anonymous, 'ann');
    rig.simulator.logIn(anonymous, 'ann');
    expect(itemsOf(await rig.api('customers/ann/subscriptions'))).toMatchObject([{ id }]);
    expect(itemsOf(await rig.api('customers'))).toHaveLength(1);
  });

  it('names the anonymous id in webhooks when the app used it last', () => {
    const anonymous = rig.simulator.anonymousId();
    rig.simulator.logIn(anonymous, 'ann');
    rig.simulator.purchase({ customerId: anonymous, product: 'monthly_pro' });
    expect(rig.simulator.events()).toMatchObject([{ app_user_id: anonymous, aliases: [anonymous, 'ann'] }]);
  });

  it('never merges two users', () => {
    const anonymous = rig.simulator.anonymousId();
    rig.simulator.logIn(anonymous, 'ann');
    expect(() => rig.simulator.logIn(anonymous, 'bob')).toThrow('belongs to ann already');
    expect(() => rig.simulator.logIn('ann', 'bob')).toThrow('Only an anonymous customer can log in');
    expect(() => rig.simulator.logIn(anonymous, anonymous)).toThrow('must not be anonymous');
  });
});

describe('A transfer', () => {
  it('moves what was bought, and sends one event for the destination', async () => {
    const { id } = rig.simulator.purchase({ customerId: 'ann', product: 'monthly_pro' });
    rig.simulator.purchaseOneTime({ customerId: 'ann', product: 'lifetime_pro' });
    rig.simulator.grantEntitlement({ customerId: 'ann', entitlement: 'pro', days: 1 });
    const before = rig.simulator.events().length;
    rig.simulator.transfer('ann', 'bob');
    expect(itemsOf(await rig.api('customers/bob/subscriptions'))).toMatchObject([
      { id, customer_id: 'bob', original_customer_id: 'ann' },
    ]);
    expect(itemsOf(await rig.api('customers/bob/purchases'))).toHaveLength(1);
    expect(itemsOf(await rig.api('customers/ann/subscriptions'))).toMatchObject([{ store: 'promotional' }]);
    const events = rig.simulator.events().slice(before);
    expect(events).toEqual([
      {
        type: 'TRANSFER',
        id: expect.any(String),
        app_id: expect.any(String),
        event_timestamp_ms: testStart,
        transferred_from: ['ann'],
        transferred_to: ['bob'],
        environment: 'PRODUCTION',
        store: 'APP_STORE',
      },
    ]);
  });

  it('names all aliases of both customers', () => {
    const anonymous = rig.simulator.anonymousId();
    rig.simulator.purchase({ customerId: anonymous, product: 'monthly_pro' });
    rig.simulator.logIn(anonymous, 'ann');
    rig.simulator.transfer('ann', 'bob');
    expect(rig.simulator.events().at(-1)).toMatchObject({ transferred_from: [anonymous, 'ann'] });
  });

  it('needs something to transfer and another customer', () => {
    expect(() => rig.simulator.transfer('ann', 'bob')).toThrow('The customer ann does not exist.');
    rig.simulator.openApp('ann');
    expect(() => rig.simulator.transfer('ann', 'bob')).toThrow('nothing to transfer');
    rig.simulator.purchase({ customerId: 'ann', product: 'monthly_pro' });
    expect(() => rig.simulator.transfer('ann', 'ann')).toThrow('the same customer');
  });
});

describe('A one-time purchase', () => {
  it('is owned without an end until it is refunded', async () => {
    const { id } = rig.simulator.purchaseOneTime({ customerId: 'ann', product: 'lifetime_pro' });
    expect(itemsOf(await rig.api('customers/ann/purchases'))).toMatchObject([
      {
        object: 'purchase',
        id: expect.stringMatching(/^purch1/),
        customer_id: 'ann',
        original_customer_id: 'ann',
        product_id: expect.stringMatching(/^prod1/),
        purchased_at: testStart,
        status: 'owned',
        environment: 'production',
        store: 'app_store',
        store_purchase_identifier: expect.any(String),
        ownership: 'purchased',
        country: 'US',
        quantity: 1,
        entitlements: { items: [{ lookup_key: 'pro' }] },
      },
    ]);
    expect(rig.simulator.refundPurchase(id)).toMatchObject({ status: 'refunded' });
    expect(() => rig.simulator.refundPurchase(id)).toThrow('refunded already');
    expect(itemsOf(await rig.api('customers/ann/active_entitlements'))).toEqual([]);
    expect(rig.simulator.events()).toMatchObject([
      { type: 'NON_RENEWING_PURCHASE', product_id: 'lifetime_pro', expiration_at_ms: null },
      { type: 'CANCELLATION', cancel_reason: 'CUSTOMER_SUPPORT' },
    ]);
  });
});

describe('A deletion', () => {
  it('makes the customer unknown under all of its ids, and ends no subscription of a store', async () => {
    const anonymous = rig.simulator.anonymousId();
    const { id } = rig.simulator.purchase({ customerId: anonymous, product: 'monthly_pro' });
    rig.simulator.logIn(anonymous, 'ann');
    rig.simulator.grantEntitlement({ customerId: 'ann', entitlement: 'pro' });
    const before = rig.simulator.events().length;
    const path = `customers/${encodeURIComponent(anonymous)}`;
    const { status, body } = await rig.api(path, { method: 'DELETE' });
    expect([status, body]).toEqual([200, { object: 'customer', id: 'ann', deleted_at: testStart }]);
    for (const name of ['customers/ann', path]) expect((await rig.api(name)).status).toBe(404);
    rig.simulator.advance(40 * 24 * 3600);
    // The store charges on, and RevenueCat knows nothing of it.
    expect(rig.simulator.events()).toHaveLength(before);
    expect(rig.simulator.restore(id, 'bob')).toMatchObject({
      customer_id: 'bob',
      status: 'active',
      current_period_starts_at: Date.UTC(2027, 1, 15, 12),
    });
    expect(rig.simulator.events().slice(before)).toMatchObject([
      { type: 'INITIAL_PURCHASE', app_user_id: 'bob' },
    ]);
  });

  it('lets the user return as a new customer', async () => {
    rig.simulator.openApp('ann');
    rig.simulator.deleteCustomer('ann');
    rig.clock.ms += DAY_MS;
    rig.simulator.openApp('ann');
    expect((await rig.api('customers/ann')).body).toMatchObject({ first_seen_at: testStart + DAY_MS });
  });
});

describe('A restored purchase', () => {
  it('is transferred from the customer that has it', () => {
    const { id } = rig.simulator.purchase({ customerId: 'ann', product: 'monthly_pro' });
    expect(rig.simulator.restore(id, 'ann')).toMatchObject({ customer_id: 'ann' });
    expect(rig.simulator.restore(id, 'bob')).toMatchObject({ customer_id: 'bob' });
    expect(rig.simulator.events().map(({ type }) => type)).toEqual(['INITIAL_PURCHASE', 'TRANSFER']);
  });
});
