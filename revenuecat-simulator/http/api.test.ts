/** Tests of the REST API: keys, projects, parameters, pages, the rate limit, and injected faults. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { itemsOf, type Rig, replyOf, startRig, testStart } from '../testing/rig.ts';

let rig: Rig;
beforeEach(async () => {
  rig = await startRig({ apiKeys: ['sk_own', 'sk_test_key'], foreignApiKeys: ['sk_foreign'] });
});
afterEach(() => rig.close());

async function get(path: string, headers: Readonly<Record<string, string>> = {}) {
  return replyOf(fetch(`${rig.simulator.url}${path}`, { headers }));
}

describe('A request', () => {
  it.each([
    ['no header', {}],
    ['another scheme', { Authorization: 'Basic sk_own' }],
    ['an empty key', { Authorization: 'Bearer ' }],
    ['an unknown key', { Authorization: 'Bearer sk_other' }],
    ['a public key', { Authorization: 'Bearer appl_public' }],
  ])('with %s is unauthenticated', async (_, headers) => {
    const { status, body } = await get('/v2/projects/projlocal/customers', headers);
    expect(status).toBe(401);
    expect(body).toEqual({
      object: 'error',
      type: 'authentication_error',
      message: expect.any(String),
      retryable: false,
      doc_url: 'https://errors.rev.cat/authentication-error',
    });
  });

  it('to another project, or with a key of another project, is forbidden', async () => {
    const own = await get('/v2/projects/other/customers', { Authorization: 'Bearer sk_own' });
    expect([own.status, own.body['type']]).toEqual([403, 'authorization_error']);
    expect((await rig.api('customers', { key: 'sk_foreign' })).status).toBe(403);
  });

  it('to an unknown endpoint, or with another method, is missing', async () => {
    for (const path of ['subscribers', 'customers/a/b/c', 'customers/a/unknown']) {
      expect((await rig.api(path)).body).toMatchObject({ type: 'resource_missing' });
    }
    expect((await rig.api('customers', { method: 'POST' })).status).toBe(404);
    expect((await get('/v1/subscribers/ann', { Authorization: 'Bearer sk_own' })).status).toBe(404);
  });

  it('with a wrongly encoded path is a parameter error', async () => {
    expect((await rig.api('customers/%E0%A4')).body).toMatchObject({ type: 'parameter_error' });
  });

  it('accepts any secret key without a list of keys', async () => {
    const other = await startRig();
    expect((await other.api('customers', { key: 'sk_any' })).status).toBe(200);
    expect((await other.api('customers', { key: 'pk_any' })).status).toBe(401);
    await other.close();
  });

  it('gets the Date of the simulator’s clock', async () => {
    rig.simulator.advance(86_400);
    const { headers } = await rig.api('customers');
    expect(headers.get('date')).toBe(new Date(testStart + 86_400_000).toUTCString());
  });
});

describe('A parameter', () => {
  it.each([
    ['environment=prod', 'environment'],
    ['environment=', 'environment'],
    ['environment=sandbox&environment=production', 'environment'],
    ['limit=many', 'limit'],
    ['limit=', 'limit'],
    ['limit=1.5', 'limit'],
    ['starting_after=', 'starting_after'],
    ['starting_after=sub1unknown', 'starting_after'],
    ['status=active', 'status'],
  ])('that is invalid is named: %s', async (query, param) => {
    rig.simulator.openApp('ann');
    const { status, body } = await rig.api(`customers/ann/subscriptions?${query}`);
    expect([status, body['type'], body['param']]).toEqual([400, 'parameter_error', param]);
  });

  it('limits a page to between 1 and 100 items, and to 20 by default', async () => {
    for (let index = 0; index < 105; index++) rig.simulator.openApp(`user-${index}`);
    const count = async (query: string): Promise<number> =>
      itemsOf(await rig.api(`customers${query}`)).length;
    expect(await count('')).toBe(20);
    expect(await count('?limit=0')).toBe(1);
    expect(await count('?limit=-5')).toBe(1);
    expect(await count('?limit=1000')).toBe(100);
  });
});

describe('A list', () => {
  it('has pages, whose next one is a path relative to the host with the same parameters', async () => {
    const bought = Array.from({ length: 5 }, (_, index) =>
      rig.simulator.purchase({
        customerId: 'ann/1',
        product: 'monthly_pro',
        environment: index === 2 ? 'sandbox' : 'production',
      }),
    );
    const url = '/v2/projects/projlocal/customers/ann%2F1/subscriptions';
    const seen: unknown[] = [];
    let next: string | null = `${url}?environment=production&limit=3`;
    const pages: unknown[] = [];
    while (next !== null) {
      const { body } = await get(next, { Authorization: 'Bearer sk_own' });
      expect(body).toMatchObject({ object: 'list', url });
      seen.push(...(body['items'] as readonly { id: string }[]).map(({ id }) => id));
      next = body['next_page'] as string | null;
      pages.push(next);
    }
    const production = bought.filter(({ environment }) => environment === 'production').map(({ id }) => id);
    expect(seen).toEqual(production);
    expect(pages).toEqual([
      `${url}?environment=production&limit=3&starting_after=${String(production[2])}`,
      null,
    ]);
  });

  it('of products and each product have the id of RevenueCat and that of the store', async () => {
    const [first, second, third] = itemsOf(await rig.api('products'));
    expect(first).toEqual({
      object: 'product',
      id: expect.stringMatching(/^prod1/),
      store_identifier: 'monthly_pro',
      type: 'subscription',
      subscription: { duration: 'P1M' },
      display_name: 'Pro, monthly',
      app_id: expect.stringMatching(/^app1/),
      created_at: testStart,
      state: 'active',
    });
    expect(second).toMatchObject({ store_identifier: 'yearly_pro' });
    expect(third).toMatchObject({ store_identifier: 'lifetime_pro', type: 'one_time' });
    expect((await rig.api(`products/${String(first?.['id'])}`)).body).toEqual(first);
    expect((await rig.api('products/monthly_pro')).status).toBe(404);
  });
});

describe('The rate limit', () => {
  it('is 480 requests per key and minute, and its headers show the usage', async () => {
    await rig.close();
    rig = await startRig({ rateLimitPerMinute: 2 });
    const first = await rig.api('customers');
    expect(first.headers.get('RevenueCat-Rate-Limit-Current-Usage')).toBe('1');
    expect(first.headers.get('RevenueCat-Rate-Limit-Current-Limit')).toBe('2');
    await rig.api('customers');
    rig.clock.ms += 15_000;
    const { status, headers, body } = await rig.api('customers');
    expect(status).toBe(429);
    expect(headers.get('Retry-After')).toBe('45');
    expect(headers.get('RevenueCat-Rate-Limit-Current-Usage')).toBe('2');
    expect(body).toMatchObject({ type: 'rate_limit_error', retryable: true, backoff_ms: 45_000 });
    expect((await rig.api('customers', { key: 'sk_other' })).status).toBe(200);
    rig.clock.ms += 45_000;
    expect((await rig.api('customers')).status).toBe(200);
  });
});

describe('A fault', () => {
  it.each([
    [400, 'parameter_error', false],
    [401, 'authentication_error', false],
    [403, 'authorization_error', false],
    [404, 'resource_missing', false],
    [409, 'resource_already_exists', false],
    [422, 'unprocessable_entity_error', false],
    [423, 'resource_locked_error', true],
    [429, 'rate_limit_error', true],
    [500, 'server_error', true],
    [503, 'server_error', true],
  ])('answers with %i %s for the next requests that match', async (status, type, retryable) => {
    rig.simulator.openApp('ann');
    rig.simulator.setFaults({
      api: [{ fault: 'status', status, ms: 2_500, count: 1, match: 'GET */customers/*' }],
    });
    expect((await rig.api('products')).status).toBe(200);
    const failed = await rig.api('customers/ann');
    expect(failed.status).toBe(status);
    expect(failed.body).toMatchObject({ object: 'error', type, retryable });
    expect(failed.headers.get('Retry-After')).toBe(status === 429 ? '3' : null);
    expect((await rig.api('customers/ann')).status).toBe(200);
  });

  it('can take effect before it fails, or not', async () => {
    const remove = async (): Promise<number | string> =>
      rig.api('customers/ann', { method: 'DELETE' }).then(
        ({ status }) => status,
        () => 'dropped',
      );
    for (const [fault, outcome, status] of [
      ['drop_before', 'dropped', 200],
      ['drop_after', 'dropped', 404],
      ['status_after', 503, 404],
      ['status', 503, 200],
    ] as const) {
      rig.simulator.openApp('ann');
      rig.simulator.setFaults({ api: [{ fault, match: 'DELETE *', count: 1 }] });
      expect([fault, await remove()]).toEqual([fault, outcome]);
      expect([fault, (await rig.api('customers/ann')).status]).toEqual([fault, status]);
    }
  });

  it('delays the response', async () => {
    rig.simulator.setFaults({ api: [{ fault: 'delay', ms: 1 }] });
    expect((await rig.api('customers')).status).toBe(200);
  });

  it('is shown, counted and turned off', async () => {
    const rule = { fault: 'status', status: 423, count: 2, match: '*', ms: 1_000 };
    const set = await rig.control('/faults', { api: [{ fault: 'status', status: 423, count: 2 }] });
    expect(set.body).toEqual({ api: [{ ...rule, hits: 0 }], deliveries: [] });
    await rig.api('customers');
    expect((await rig.control('/faults', undefined, 'GET')).body).toMatchObject({ api: [{ hits: 1 }] });
    await rig.control('/faults', undefined, 'DELETE');
    expect((await rig.api('customers')).status).toBe(200);
  });

  it.each([
    [{ api: {} }],
    [{ api: [1] }],
    [{ api: [{ fault: 'flood' }] }],
    [{ api: [{}] }],
    [{ deliveries: [{ fault: 'status' }] }],
    [{ api: [{ fault: 'status', status: 418 }] }],
    [{ api: [{ fault: 'status', count: 0 }] }],
    [{ api: [{ fault: 'status', times: 1 }] }],
    [{ other: [] }],
  ])('that is invalid is rejected: %j', async (body) => {
    expect((await rig.control('/faults', body)).status).toBe(400);
  });
});
