/** Tests of the control routes and of the page. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { apiRoutes } from '../http/api-routes.ts';
import { type Rig, startRig, testStart } from '../testing/rig.ts';
import { controlRoutes } from './control-routes.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
beforeEach(() => {
  rig.simulator.reset();
  rig.clock.ms = testStart;
});
afterAll(() => rig.close());

describe('The README', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

  it('lists every control route, and no other', () => {
    const routes = controlRoutes.map(
      ({ method, path }) => `${method} /_simulator${path === '' ? '' : '/'}${path}`,
    );
    const listed = [...readme.matchAll(/^\| `((?:GET|POST|DELETE) \/_simulator[^`]*)`/gm)].map(
      ([, route]) => route,
    );
    expect(new Set(listed)).toEqual(new Set(routes));
  });

  it('lists every endpoint of the API, and no other', () => {
    const routes = apiRoutes.map(({ method, path }) => `${method} /v2/projects/:project/${path}`);
    const listed = [...readme.matchAll(/^\| `((?:GET|DELETE) \/v2[^`]*)`/gm)].map(([, route]) => route);
    expect(new Set(listed)).toEqual(new Set(routes));
  });
});

describe('A control route', () => {
  it('does what users and stores do', async () => {
    const bought = await rig.control('/customers/%24RCAnonymousID%3Aa/purchase', {
      product: 'monthly_pro',
      store: 'play_store',
      environment: 'sandbox',
      trial_days: 3,
      family_shared: true,
      country: 'DE',
      store_subscription_identifier: 'GPA.1',
    });
    expect(bought.body).toMatchObject({
      object: 'subscription',
      customer_id: '$RCAnonymousID:a',
      status: 'trialing',
      store: 'play_store',
      environment: 'sandbox',
      ownership: 'family_shared',
      store_subscription_identifier: 'GPA.1',
    });
    const id = String(bought.body['id']);
    const step = async (name: string, fields: object = {}) =>
      (await rig.control(`/subscriptions/${id}/${name}`, fields)).body;
    await rig.control('/customers/%24RCAnonymousID%3Aa/log_in', { user_id: 'ann' });
    expect(await step('renew')).toMatchObject({ status: 'active', customer_id: 'ann' });
    expect(await step('extend', { days: 1 })).toMatchObject({ object: 'subscription' });
    expect(await step('cancel')).toMatchObject({ auto_renewal_status: 'will_not_renew' });
    expect(await step('uncancel')).toMatchObject({ auto_renewal_status: 'will_renew' });
    expect(await step('pause', { days: 5 })).toMatchObject({ auto_renewal_status: 'will_pause' });
    expect(await step('resume')).toMatchObject({ auto_renewal_status: 'will_renew' });
    expect(await step('change_product', { product: 'yearly_pro', at_renewal: true })).toMatchObject({
      auto_renewal_status: 'will_change_product',
    });
    expect(await step('billing_issue', { grace_days: 1 })).toMatchObject({ status: 'in_grace_period' });
    expect(await step('recover')).toMatchObject({ status: 'active' });
    expect((await rig.control('/customers/ann/transfer', { to: 'bob' })).body).toMatchObject({ id: 'bob' });
    expect(await step('restore', { customer_id: 'ann' })).toMatchObject({ customer_id: 'ann' });
    expect(await step('refund')).toMatchObject({ status: 'expired' });
    expect(await step('expire')).toMatchObject({ type: 'unprocessable_entity_error' });
    expect((await rig.control('/customers/ann/grant', { days: 2 })).body).toMatchObject({
      store: 'promotional',
    });
    const once = await rig.control('/customers/ann/purchase', { product: 'lifetime_pro' });
    expect(once.body).toMatchObject({ object: 'purchase', status: 'owned' });
    expect((await rig.control(`/purchases/${String(once.body['id'])}/refund`)).body).toMatchObject({
      status: 'refunded',
    });
  });

  it('shows the state, opens the app, creates products and sends events', async () => {
    expect((await rig.control('/customers/ann/open')).body).toMatchObject({ object: 'customer', id: 'ann' });
    const product = { store_identifier: 'weekly_pro', duration: 'P1W', price: 2, display_name: 'Weekly' };
    expect((await rig.control('/products', product)).body).toMatchObject({ store_identifier: 'weekly_pro' });
    expect((await rig.control('/products', product)).status).toBe(400);
    expect((await rig.control('/events/test')).body).toMatchObject({ type: 'TEST' });
    const event = { type: 'NEW', customer_id: 'ann', fields: { a: 1 } };
    expect((await rig.control('/events', event)).body).toMatchObject({ type: 'NEW', a: 1 });
    expect((await rig.control('', undefined, 'GET')).body).toMatchObject({
      now_ms: testStart,
      next_due_ms: null,
      project_id: 'projlocal',
      webhook_url: expect.stringContaining('/hook'),
      customers: [{ id: 'ann', aliases: [{ id: 'ann' }] }],
      subscriptions: [],
      purchases: [],
      events: [{ type: 'TEST' }, { type: 'NEW' }],
    });
    expect((await rig.control('/reset')).body).toEqual({ reset: true });
    expect((await rig.control('', undefined, 'GET')).body).toMatchObject({ customers: [], events: [] });
  });

  it('advances the clock by seconds or to a time, and only forward', async () => {
    await rig.control('/customers/ann/purchase', { product: 'monthly_pro' });
    const february = Date.UTC(2027, 1, 15, 12);
    expect((await rig.control('/clock/advance', { to_ms: february })).body).toEqual({
      now_ms: february,
      events: 1,
      next_due_ms: Date.UTC(2027, 2, 15, 12),
    });
    expect((await rig.control('/clock/advance', { seconds: 0.5 })).body).toMatchObject({
      now_ms: february + 500,
    });
    const wrong = [
      {},
      { seconds: 0 },
      { seconds: -1 },
      { to_ms: testStart },
      { seconds: 1, to_ms: february },
    ];
    for (const body of [...wrong, { seconds: 1e9 }]) {
      expect((await rig.control('/clock/advance', body)).status).toBe(400);
    }
    expect(() => rig.simulator.advance(-1)).toThrow('only moves forward');
  });

  it.each([
    ['/customers/ann/purchase', {}, 'product'],
    ['/customers/ann/purchase', { product: 7 }, 'product'],
    ['/customers/ann/purchase', { product: 'monthly_pro', store: 'shop' }, 'store'],
    ['/customers/ann/purchase', { product: 'monthly_pro', store: 'promotional' }, 'store'],
    ['/customers/ann/purchase', { product: 'monthly_pro', trial_days: -1 }, 'trial_days'],
    ['/customers/ann/purchase', { product: 'monthly_pro', family_shared: 1 }, 'family_shared'],
    ['/customers/ann/purchase', { product: 'lifetime_pro', trial_days: 1 }, 'trial_days'],
    ['/customers/ann/purchase', { product: 'monthly_pro', trialDays: 1 }, 'trialDays'],
    ['/customers/%20/open', {}, 'customer_id'],
    ['/products', { store_identifier: 'a', entitlements: 'pro' }, 'entitlements'],
    ['/events', { type: 'A', fields: [] }, 'fields'],
    ['/subscriptions/sub1/extend', {}, 'days'],
  ])('rejects invalid fields and changes nothing: %s %j', async (path, body, param) => {
    const { status, body: error } = await rig.control(path, body);
    expect([status, error['param']]).toEqual([400, param]);
    expect(rig.simulator.events()).toEqual([]);
  });

  it('rejects a body that is no JSON object, an unknown route and an unknown subscription', async () => {
    for (const body of ['[]', 'null', '{', '"text"']) {
      const response = await fetch(`${rig.simulator.url}/_simulator/reset`, { method: 'POST', body });
      expect(response.status).toBe(400);
    }
    expect((await rig.control('/nonsense')).status).toBe(404);
    expect((await rig.control('/subscriptions/sub1/cancel')).status).toBe(404);
    expect((await rig.control('/purchases/purch1/refund')).status).toBe(404);
  });

  it('cannot be called by another site', async () => {
    const response = await fetch(`${rig.simulator.url}/_simulator/reset`, {
      method: 'POST',
      headers: { 'Sec-Fetch-Site': 'cross-site' },
    });
    expect(response.status).toBe(403);
  });
});

describe('The page', () => {
  const read = async (): Promise<string> => (await fetch(`${rig.simulator.url}/`)).text();
  const press = async (button: string, fields: Readonly<Record<string, string>> = {}): Promise<Response> =>
    fetch(`${rig.simulator.url}/console/${button}`, {
      method: 'POST',
      body: new URLSearchParams(fields),
      redirect: 'manual',
    });

  it('buys, cancels, transfers and advances the clock', async () => {
    expect((await press('open', { customer_id: '7' })).status).toBe(303);
    await press('customers/7/purchase', { product: 'monthly_pro', store: 'play_store', trial_days: '' });
    const [row] = rig.simulator.deliveries();
    expect(row).toMatchObject({ type: 'INITIAL_PURCHASE' });
    await rig.simulator.settled();
    const shown = await read();
    expect(shown).toContain('<h3>7</h3>');
    expect(shown).toMatch(/monthly_pro.*play_store, production.*active, will_renew.*2027-02-15 12:00:00/);
    expect(shown).toContain('<td>INITIAL_PURCHASE</td><td>7</td><td>succeeded, 1 attempts</td>');
    const target = /action="\/console\/(subscriptions\/sub1\w+)\/cancel"/.exec(shown)?.[1] ?? '';
    await press(`${target}/cancel`);
    expect(await read()).toContain('active, will_not_renew');
    await press('customers/7/transfer', { to: '8' });
    await press('clock/advance', { seconds: String(31 * 24 * 3600) });
    expect(await read()).toContain('expired, will_not_renew');
    expect(rig.simulator.events().map(({ type }) => type)).toEqual([
      'INITIAL_PURCHASE',
      'CANCELLATION',
      'TRANSFER',
      'EXPIRATION',
    ]);
  });

  it('shows purchases of deleted customers, opens anonymous devices and escapes ids', async () => {
    rig.simulator.purchase({ customerId: 'ann', product: 'monthly_pro' });
    rig.simulator.deleteCustomer('ann');
    await press('open');
    rig.simulator.purchaseOneTime({ customerId: '<script>', product: 'lifetime_pro' });
    const shown = await read();
    expect(shown).toContain('Without a customer');
    expect(shown).toContain('$RCAnonymousID:');
    expect(shown).toContain('&lt;script&gt;');
    expect(shown).not.toContain('<script');
  });

  it('shows what went wrong', async () => {
    rig.simulator.openApp('ann');
    const response = await press('customers/ann/transfer', { to: 'bob' });
    expect(response.status).toBe(422);
    expect(await response.text()).toContain('nothing to transfer');
  });
});
