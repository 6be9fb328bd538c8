/** Tests of the behavior that all API routes share: keys, errors, idempotency, headers and expansion. */
import { connect } from 'node:net';
import type Stripe from 'stripe';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startStripeSimulator } from '../index.ts';
import {
  createClient,
  createCustomer,
  createSubscription,
  idOf,
  type Rig,
  startRig,
  TEST_KEY,
  testStart,
} from '../testing/rig.ts';

let rig: Rig;
let stripe: Stripe;

beforeAll(async () => {
  rig = await startRig();
  stripe = rig.stripe;
});
beforeEach(async () => {
  await rig.simulator.settled();
  rig.simulator.reset();
  rig.clock.seconds = testStart;
});
afterAll(() => rig.close());

function call(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = {
    Authorization: `Bearer ${TEST_KEY}`,
    ...(init.headers as Record<string, string> | undefined),
  };
  return fetch(`${rig.simulator.url}${path}`, { ...init, headers });
}

function post(path: string, body: string, key?: string): Promise<Response> {
  const headers: Record<string, string> = { 'Content-Type': 'application/x-www-form-urlencoded' };
  if (key !== undefined) headers['Idempotency-Key'] = key;
  return call(path, { method: 'POST', body, headers });
}

test.each([
  ['No API key', {}],
  ['A live key', { Authorization: 'Bearer sk_live_local_simulator' }],
  ['A publishable key', { Authorization: 'Bearer pk_test_local_simulator' }],
])('%s is rejected with 401', async (_case, headers) => {
  const response = await fetch(`${rig.simulator.url}/v1/customers`, { headers });

  expect(response.status).toBe(401);
  expect(await response.json()).toMatchObject({ error: { type: 'invalid_request_error' } });
});

test('The API key can be sent as the user of Basic authentication', async () => {
  const basic = `Basic ${Buffer.from(`${TEST_KEY}:`).toString('base64')}`;

  expect((await call('/v1/account', { headers: { Authorization: basic } })).status).toBe(200);
});

test('Only the configured API keys are accepted when any are configured', async () => {
  const strict = await startStripeSimulator({ apiKeys: ['sk_test_the_one'] });
  try {
    await expect(createClient(strict).accounts.retrieveCurrent()).rejects.toMatchObject({
      type: 'StripeAuthenticationError',
    });
  } finally {
    await strict.close();
  }
});

test('The error for an unknown route contains its method and path', async () => {
  const response = await call('/v1/unicorns');

  expect(response.status).toBe(404);
  expect(await response.json()).toMatchObject({
    error: {
      type: 'invalid_request_error',
      message: expect.stringContaining('(GET: /v1/unicorns)') as string,
    },
  });
});

test('Every response has its request id, the version and the simulator’s time', async () => {
  const response = await call('/v1/customers', { headers: { 'Stripe-Version': '2025-02-24.acacia' } });

  expect(response.headers.get('request-id')).toMatch(/^req_[A-Za-z0-9]{14}$/);
  expect(response.headers.get('stripe-version')).toBe('2025-02-24.acacia');
  expect(response.headers.get('date')).toBe(new Date(testStart * 1000).toUTCString());
});

test('A malformed version is rejected', async () => {
  expect((await call('/v1/customers', { headers: { 'Stripe-Version': 'latest' } })).status).toBe(400);
});

test('The official library parses the errors as Stripe errors', async () => {
  await expect(stripe.customers.retrieve('cus_none')).rejects.toMatchObject({
    type: 'StripeInvalidRequestError',
    statusCode: 404,
    code: 'resource_missing',
    param: 'id',
    doc_url: 'https://stripe.com/docs/error-codes/resource-missing',
    requestId: expect.stringMatching(/^req_/) as string,
  });
  await expect(stripe.prices.create({ currency: 'usd', unit_amount: 1, product: '' })).rejects.toMatchObject({
    code: 'parameter_invalid_empty',
    param: 'product',
  });
  await expect(stripe.customers.list({ limit: 101 })).rejects.toMatchObject({
    statusCode: 400,
    param: 'limit',
  });
});

test('A repeated idempotency key replays the first response, in any order of the parameters', async () => {
  const first = await post('/v1/customers', 'name=Ann&email=a%40example.com', 'key-1');
  const second = await post('/v1/customers', 'email=a%40example.com&name=Ann', 'key-1');

  expect(second.headers.get('idempotent-replayed')).toBe('true');
  expect(first.headers.get('idempotent-replayed')).toBeNull();
  expect(second.headers.get('idempotency-key')).toBe('key-1');
  expect(await second.text()).toBe(await first.text());
  expect((await stripe.customers.list()).data).toHaveLength(1);
});

test('An idempotency key with other parameters or another path is rejected', async () => {
  await stripe.customers.create({ name: 'Ann' }, { idempotencyKey: 'key-2' });

  await expect(stripe.customers.create({ name: 'Bob' }, { idempotencyKey: 'key-2' })).rejects.toMatchObject({
    type: 'StripeIdempotencyError',
    statusCode: 400,
  });
  await expect(stripe.products.create({ name: 'Ann' }, { idempotencyKey: 'key-2' })).rejects.toMatchObject({
    type: 'StripeIdempotencyError',
  });
});

test('An idempotency key expires after a day', async () => {
  const first = await stripe.customers.create({}, { idempotencyKey: 'key-3' });
  rig.clock.seconds += 24 * 3600;

  expect((await stripe.customers.create({}, { idempotencyKey: 'key-3' })).id).not.toBe(first.id);
});

test('An error before execution is not stored for its key, and an error of the execution is replayed', async () => {
  expect((await post('/v1/products', '', 'key-4')).status).toBe(400);
  expect((await post('/v1/products', 'name=Pro&active=perhaps', 'key-4')).status).toBe(400);
  expect((await post('/v1/products', `name=Pro&metadata[a]=${'x'.repeat(501)}`, 'key-4')).status).toBe(400);
  expect((await post('/v1/products', 'name=Pro', 'key-4')).status).toBe(200);

  const declined = 'payment_method=pm_card_visa_chargeDeclined';
  expect((await post('/v1/customers', declined, 'key-5')).status).toBe(402);
  const again = await post('/v1/customers', declined, 'key-5');
  expect(again.status).toBe(402);
  expect(again.headers.get('idempotent-replayed')).toBe('true');
});

test('An idempotency key that is in use is rejected with 409', async () => {
  const { host, port } = rig.simulator;
  const socket = connect(port, host);
  const head = [
    'POST /v1/customers HTTP/1.1',
    `Host: ${host}:${port}`,
    `Authorization: Bearer ${TEST_KEY}`,
    'Idempotency-Key: key-6',
    'Content-Type: application/x-www-form-urlencoded',
    'Content-Length: 8',
    'Expect: 100-continue',
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  // After `100 Continue` the request has started, while its body is still missing.
  await new Promise((resolve) => socket.once('data', resolve));

  const concurrent = await post('/v1/customers', 'name=Ann', 'key-6');
  expect(concurrent.status).toBe(409);
  expect(await concurrent.json()).toMatchObject({
    error: { code: 'idempotency_key_in_use', type: 'idempotency_error' },
  });

  const answered = new Promise<string>((resolve) => socket.once('data', (data) => resolve(String(data))));
  socket.write('name=Ann');
  expect(await answered).toContain('HTTP/1.1 200 OK');
  socket.destroy();
  expect((await post('/v1/customers', 'name=Ann', 'key-6')).headers.get('idempotent-replayed')).toBe('true');
});

test('Events contain the request id and the idempotency key that caused them', async () => {
  const customer = await stripe.customers.create({}, { idempotencyKey: 'key-7' });

  const [event] = (await stripe.events.list({ type: 'customer.created' })).data;
  expect(event?.request).toEqual({ id: customer.lastResponse.requestId, idempotency_key: 'key-7' });
});

test('Expansion replaces ids by objects, also within lists and up to four levels deep', async () => {
  const subscription = await createSubscription(stripe);

  const listed = await stripe.subscriptions.list({
    expand: ['data.customer', 'data.latest_invoice.payments'],
  });
  const single = await stripe.subscriptions.retrieve(subscription.id, {
    expand: ['items.data.price.product'],
  });

  expect(listed.data[0]).toMatchObject({
    customer: { email: 'ann@example.com' },
    latest_invoice: { payments: { data: [{ payment: { payment_intent: expect.any(String) as string } }] } },
  });
  expect(single.items.data[0]?.price.product).toMatchObject({ name: 'Pro' });
  const customer = await stripe.customers.retrieve(idOf(subscription.customer), {
    expand: ['subscriptions'],
  });
  expect(customer).toHaveProperty('subscriptions.data.0.id', subscription.id);
});

test('Expanding an unknown property, or more than four levels, is rejected', async () => {
  const { id } = await createCustomer(stripe);

  await expect(stripe.customers.retrieve(id, { expand: ['nothing'] })).rejects.toMatchObject({
    statusCode: 400,
  });
  const tooDeep = stripe.subscriptions.list({ expand: ['data.items.data.price.product'] });
  await expect(tooDeep).rejects.toMatchObject({ statusCode: 400, code: 'property_expansion_max_depth' });
});

test('Decimals are JSON strings, as the library expects', async () => {
  const price = await stripe.prices.create({
    currency: 'usd',
    unit_amount: 1500,
    product_data: { name: 'Pro' },
  });

  const raw = (await (await call(`/v1/prices/${price.id}`)).json()) as { unit_amount_decimal: unknown };
  expect(raw.unit_amount_decimal).toBe('1500');
});

test('The same seed produces the same ids', async () => {
  const ids = async () => {
    const simulator = await startStripeSimulator({ seed: 'same' });
    const created = await createClient(simulator).customers.create();
    await simulator.close();
    return created.id;
  };

  expect(await ids()).toBe(await ids());
});

test('Starting on a port in use fails with EADDRINUSE', async () => {
  await expect(startStripeSimulator({ port: rig.simulator.port })).rejects.toMatchObject({
    code: 'EADDRINUSE',
  });
});

test('A repeated request names the request that was executed, and asks clients not to retry', async () => {
  const first = await post('/v1/customers', 'name=Ann', 'again');
  const second = await post('/v1/customers', 'name=Ann', 'again');
  const ids = [first, second].map(({ headers }) => headers.get('request-id'));
  expect(ids[0]).not.toBe(ids[1]);
  for (const { headers } of [first, second]) {
    expect(headers.get('original-request')).toBe(ids[0]);
    expect(headers.get('stripe-should-retry')).toBe('false');
  }
  expect([first, second].map(({ headers }) => headers.get('idempotent-replayed'))).toEqual([null, 'true']);
});

test('An answer without a key, or that is not stored, names no original request', async () => {
  const answers = [await post('/v1/customers', 'name=Ann'), await post('/v1/customers', 'shade=red', 'key')];
  for (const { headers } of answers) {
    expect(headers.get('request-id')).toMatch(/^req_/);
    expect(headers.get('original-request')).toBeNull();
    expect(headers.get('stripe-should-retry')).toBeNull();
  }
});
