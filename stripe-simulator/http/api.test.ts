/** The manners of the API: keys, errors, idempotency, headers, expansion. */
import { connect } from 'node:net';
import type Stripe from 'stripe';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startStripeSimulator } from '../index.ts';
import {
  clientOf,
  customerWith,
  idOf,
  type Rig,
  startOfTests,
  startRig,
  subscribed,
  TEST_KEY,
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
  rig.clock.seconds = startOfTests;
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
  ['no key', {}],
  ['a live key', { Authorization: 'Bearer sk_live_local_simulator' }],
  ['a publishable key', { Authorization: 'Bearer pk_test_local_simulator' }],
])('%s is refused', async (_what, headers) => {
  const response = await fetch(`${rig.simulator.url}/v1/customers`, { headers });

  expect(response.status).toBe(401);
  expect(await response.json()).toMatchObject({ error: { type: 'invalid_request_error' } });
});

test('the key may come as the user of Basic authentication', async () => {
  const basic = `Basic ${Buffer.from(`${TEST_KEY}:`).toString('base64')}`;

  expect((await call('/v1/account', { headers: { Authorization: basic } })).status).toBe(200);
});

test('only the configured keys are let in when some are configured', async () => {
  const strict = await startStripeSimulator({ apiKeys: ['sk_test_the_one'] });
  try {
    await expect(clientOf(strict).accounts.retrieveCurrent()).rejects.toMatchObject({
      type: 'StripeAuthenticationError',
    });
  } finally {
    await strict.close();
  }
});

test('an unknown route is named', async () => {
  const response = await call('/v1/unicorns');

  expect(response.status).toBe(404);
  expect(await response.json()).toMatchObject({
    error: {
      type: 'invalid_request_error',
      message: expect.stringContaining('(GET: /v1/unicorns)') as string,
    },
  });
});

test('every answer carries its request id, the version and the simulator’s own time', async () => {
  const response = await call('/v1/customers', { headers: { 'Stripe-Version': '2025-02-24.acacia' } });

  expect(response.headers.get('request-id')).toMatch(/^req_[A-Za-z0-9]{14}$/);
  expect(response.headers.get('stripe-version')).toBe('2025-02-24.acacia');
  expect(response.headers.get('date')).toBe(new Date(startOfTests * 1000).toUTCString());
});

test('a version that is none is refused', async () => {
  expect((await call('/v1/customers', { headers: { 'Stripe-Version': 'latest' } })).status).toBe(400);
});

test('the library reads the errors as Stripe’s', async () => {
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

test('an idempotency key repeats the first answer, whatever the order of the parameters', async () => {
  const first = await post('/v1/customers', 'name=Ann&email=a%40example.com', 'key-1');
  const second = await post('/v1/customers', 'email=a%40example.com&name=Ann', 'key-1');

  expect(second.headers.get('idempotent-replayed')).toBe('true');
  expect(first.headers.get('idempotent-replayed')).toBeNull();
  expect(second.headers.get('idempotency-key')).toBe('key-1');
  expect(await second.text()).toBe(await first.text());
  expect((await stripe.customers.list()).data).toHaveLength(1);
});

test('a key with other parameters or on another path is refused', async () => {
  await stripe.customers.create({ name: 'Ann' }, { idempotencyKey: 'key-2' });

  await expect(stripe.customers.create({ name: 'Bob' }, { idempotencyKey: 'key-2' })).rejects.toMatchObject({
    type: 'StripeIdempotencyError',
    statusCode: 400,
  });
  await expect(stripe.products.create({ name: 'Ann' }, { idempotencyKey: 'key-2' })).rejects.toMatchObject({
    type: 'StripeIdempotencyError',
  });
});

test('a key is forgotten after a day', async () => {
  const first = await stripe.customers.create({}, { idempotencyKey: 'key-3' });
  rig.clock.seconds += 24 * 3600;

  expect((await stripe.customers.create({}, { idempotencyKey: 'key-3' })).id).not.toBe(first.id);
});

test('a refusal before anything ran is not kept, one that ran is repeated', async () => {
  expect((await post('/v1/products', '', 'key-4')).status).toBe(400);
  expect((await post('/v1/products', 'name=Pro', 'key-4')).status).toBe(200);

  const declined = 'payment_method=pm_card_visa_chargeDeclined';
  expect((await post('/v1/customers', declined, 'key-5')).status).toBe(402);
  const again = await post('/v1/customers', declined, 'key-5');
  expect(again.status).toBe(402);
  expect(again.headers.get('idempotent-replayed')).toBe('true');
});

test('a key that is still in use is turned away', async () => {
  const { host, port } = rig.simulator;
  const socket = connect(port, host);
  const head = [
    'POST /v1/customers HTTP/1.1',
    `Host: ${host}`,
    `Authorization: Bearer ${TEST_KEY}`,
    'Idempotency-Key: key-6',
    'Content-Type: application/x-www-form-urlencoded',
    'Content-Length: 8',
    'Expect: 100-continue',
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  // Told to go on, the request has begun; its body is held back.
  await new Promise((resolve) => socket.once('data', resolve));

  const twin = await post('/v1/customers', 'name=Ann', 'key-6');
  expect(twin.status).toBe(409);
  expect(await twin.json()).toMatchObject({
    error: { code: 'idempotency_key_in_use', type: 'idempotency_error' },
  });

  const answered = new Promise<string>((resolve) => socket.once('data', (data) => resolve(String(data))));
  socket.write('name=Ann');
  expect(await answered).toContain('HTTP/1.1 200 OK');
  socket.destroy();
  expect((await post('/v1/customers', 'name=Ann', 'key-6')).headers.get('idempotent-replayed')).toBe('true');
});

test('events name the request and the idempotency key that caused them', async () => {
  const customer = await stripe.customers.create({}, { idempotencyKey: 'key-7' });

  const [event] = (await stripe.events.list({ type: 'customer.created' })).data;
  expect(event?.request).toEqual({ id: customer.lastResponse.requestId, idempotency_key: 'key-7' });
});

test('expansion opens ids, also within lists and four levels deep', async () => {
  const subscription = await subscribed(stripe);

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

test('what cannot be expanded is refused, and so is going too deep', async () => {
  const { id } = await customerWith(stripe);

  await expect(stripe.customers.retrieve(id, { expand: ['nothing'] })).rejects.toMatchObject({
    statusCode: 400,
  });
  const tooDeep = stripe.subscriptions.list({ expand: ['data.items.data.price.product'] });
  await expect(tooDeep).rejects.toMatchObject({ statusCode: 400, code: 'property_expansion_max_depth' });
});

test('decimals are strings on the wire, as the library expects them', async () => {
  const price = await stripe.prices.create({
    currency: 'usd',
    unit_amount: 1500,
    product_data: { name: 'Pro' },
  });

  const raw = (await (await call(`/v1/prices/${price.id}`)).json()) as { unit_amount_decimal: unknown };
  expect(raw.unit_amount_decimal).toBe('1500');
});

test('the same seed gives the same ids', async () => {
  const ids = async () => {
    const simulator = await startStripeSimulator({ seed: 'same' });
    const made = await clientOf(simulator).customers.create();
    await simulator.close();
    return made.id;
  };

  expect(await ids()).toBe(await ids());
});

test('a busy port is reported as such', async () => {
  await expect(startStripeSimulator({ port: rig.simulator.port })).rejects.toMatchObject({
    code: 'EADDRINUSE',
  });
});
