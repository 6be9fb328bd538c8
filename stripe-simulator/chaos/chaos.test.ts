/** Tests of fault injection for API requests and deliveries. */
import { Stripe } from 'stripe';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createClient, createSubscription, type Rig, startRig, testStart } from '../testing/rig.ts';

let rig: Rig;
let stripe: Stripe;

beforeAll(async () => {
  rig = await startRig({ webhookRetryDelaysMs: [0, 0, 0] });
  stripe = rig.stripe;
});
beforeEach(async () => {
  await rig.simulator.settled();
  rig.simulator.reset();
  rig.clock.seconds = testStart;
  rig.received.length = 0;
});
afterAll(() => rig.close());

const api = (rule: object) => rig.control('/chaos', { api: [rule] });
const deliveries = (rule: object) => rig.control('/chaos', { deliveries: [rule] });
const create = (client = stripe) => client.customers.create({ name: 'Ann' }, { idempotencyKey: 'one' });

async function customers(): Promise<number> {
  return (await stripe.customers.list()).data.length;
}

test('No fault occurs until a rule is set, and active rules are listed', async () => {
  expect(await rig.control('/chaos', undefined, 'GET')).toMatchObject({ on: false, api: [], deliveries: [] });

  await api({ fault: 'conflict', match: 'POST /v1/customers', count: 1 });
  await expect(create()).rejects.toMatchObject({ statusCode: 409, code: 'idempotency_key_in_use' });
  expect(await rig.control('/chaos', undefined, 'GET')).toMatchObject({
    on: true,
    api: [{ fault: 'conflict', match: 'POST /v1/customers', count: 1, probability: 1, hits: 1 }],
  });

  expect(await rig.control('/chaos', undefined, 'DELETE')).toMatchObject({ on: false });
  await create();
});

test('A rule triggers only for the routes it matches', async () => {
  await api({ fault: 'rate_limit', match: 'GET /v1/customers/*' });

  const { id } = await create();
  await expect(stripe.customers.retrieve(id)).rejects.toMatchObject({ statusCode: 429, code: 'rate_limit' });
  expect(await customers()).toBe(1);
});

test('The client retries a 429 only when the response says so', async () => {
  const client = createClient(rig.simulator, { maxNetworkRetries: 1 });
  await api({ fault: 'rate_limit_retry', count: 1 });
  await create(client);

  await api({ fault: 'rate_limit', count: 1 });
  await expect(create(client)).rejects.toBeInstanceOf(Stripe.errors.StripeRateLimitError);
  await api({ fault: 'rate_limit_no_retry', count: 1 });
  await expect(create(client)).rejects.toMatchObject({ statusCode: 429 });
  await api({ fault: 'lock_timeout', count: 1 });
  await create(client);
});

test.each([
  ['error_before', 0],
  ['error_during', 0],
  ['drop_before', 0],
  ['error_after', 1],
  ['drop_after', 1],
])('The fault `%s` leaves %i customers behind', async (fault, count) => {
  // The rule has no count, because Node's client repeats a request when the socket closes.
  await api({ fault, match: 'POST /v1/customers' });

  await expect(create()).rejects.toBeInstanceOf(Stripe.errors.StripeError);

  expect(await customers()).toBe(count);
});

test('A request repeated with its idempotency key is executed once and receives the first response', async () => {
  await api({ fault: 'drop_after', match: 'POST /v1/customers' });
  await expect(create()).rejects.toBeInstanceOf(Stripe.errors.StripeConnectionError);
  await rig.control('/chaos', undefined, 'DELETE');
  expect((await create()).name).toBe('Ann');

  await api({ fault: 'error_after', match: 'POST /v1/products', count: 1 });
  const product = () => stripe.products.create({ name: 'Pro' }, { idempotencyKey: 'two' });
  await expect(product()).rejects.toMatchObject({ statusCode: 500 });
  await expect(product()).rejects.toMatchObject({ statusCode: 500 });

  expect(await customers()).toBe(1);
  expect((await stripe.products.list()).data).toHaveLength(1);
});

test.each(['error_during', 'error_after'])(
  'The fault `%s` is stored for the key, which replays the 500 for a day and asks clients not to retry',
  async (fault) => {
    await api({ fault, match: 'POST /v1/customers', count: 1 });
    const client = createClient(rig.simulator, { maxNetworkRetries: 2 });
    const failure = await create(client).catch((error: unknown) => error);
    expect(failure).toMatchObject({ statusCode: 500, headers: { 'stripe-should-retry': 'false' } });
    expect(failure).not.toHaveProperty(['headers', 'idempotent-replayed']);
    const left = await customers();

    const headers = { 'idempotent-replayed': 'true', 'stripe-should-retry': 'false' };
    const replayed = { statusCode: 500, headers };
    await expect(create(client)).rejects.toMatchObject(replayed);
    rig.clock.seconds += 24 * 3600 - 1;
    await expect(create(client)).rejects.toMatchObject(replayed);
    expect(await customers()).toBe(left);
    rig.clock.seconds += 1;
    expect((await create(client)).name).toBe('Ann');
  },
);

test.each(['error_before', 'rate_limit', 'lock_timeout', 'conflict', 'drop_before'])(
  'The fault `%s` is not stored for the key, and a retry is executed',
  async (fault) => {
    await api({ fault, match: 'POST /v1/customers' });
    await expect(create()).rejects.toBeInstanceOf(Stripe.errors.StripeError);
    await rig.control('/chaos', undefined, 'DELETE');
    expect((await create()).lastResponse.headers).not.toHaveProperty('idempotent-replayed');
  },
);

test('A request with invalid parameters is rejected before the fault `error_after` can hit it', async () => {
  await api({ fault: 'error_after', match: 'POST /v1/products' });
  const product = () => stripe.products.create({ name: '' }, { idempotencyKey: 'three' });
  await expect(product()).rejects.toMatchObject({ statusCode: 400 });
});

test('A hanging response ends in a client timeout, and a slow response arrives', async () => {
  await api({ fault: 'hang', match: 'GET /v1/account', count: 1 });
  const clientWithTimeout = createClient(rig.simulator, { timeout: 30 });
  await expect(clientWithTimeout.accounts.retrieveCurrent()).rejects.toBeInstanceOf(
    Stripe.errors.StripeConnectionError,
  );

  await api({ fault: 'slow', match: 'GET /v1/account', ms: 1 });
  expect(await stripe.accounts.retrieveCurrent()).toHaveProperty('id');
});

test('The same seed triggers faults for the same requests', async () => {
  const run = async () => {
    await rig.control('/chaos', { seed: 's', api: [{ fault: 'error_before', probability: 0.5 }] });
    const outcomes: boolean[] = [];
    for (let request = 0; request < 20; request++) {
      outcomes.push(
        await stripe.customers.list().then(
          () => true,
          () => false,
        ),
      );
    }
    return outcomes;
  };

  const first = await run();

  expect(await run()).toEqual(first);
  expect(new Set(first).size).toBe(2);
});

test('`duplicate` sends one event twice, and `second_id` sends two events for one change', async () => {
  await deliveries({ fault: 'duplicate', match: 'customer.created' });
  await create();
  const twice = await rig.events();
  expect(twice).toHaveLength(2);
  expect(new Set(twice.map(({ id }) => id)).size).toBe(1);

  rig.received.length = 0;
  await deliveries({ fault: 'second_id', match: 'product.*' });
  await stripe.products.create({ name: 'Pro' });
  const [one, other] = await rig.events();
  expect(one?.id).not.toBe(other?.id);
  expect(one?.data).toEqual(other?.data);
});

test('A retry delivers an event whose first delivery was dropped', async () => {
  await deliveries({ fault: 'drop', count: 2 });
  await create();

  expect(await rig.types()).toEqual(['customer.created']);
  expect(await rig.control('/deliveries')).toMatchObject({
    data: [{ state: 'succeeded', attempts: [{ status: null }, { status: null }, { status: 200 }] }],
  });
});

test('`reorder` reverses a burst of events, and `delay` holds an event back', async () => {
  await deliveries({ fault: 'reorder' });
  await createSubscription(stripe);
  const events = await rig.events();
  const created = (await stripe.events.list({ limit: 100 })).data.map(({ id }) => id).reverse();
  expect(events.map(({ id }) => id).sort()).toEqual(created.toSorted());
  expect(events.map(({ id }) => id)).not.toEqual(created);

  rig.received.length = 0;
  await deliveries({ fault: 'delay', match: 'customer.created', ms: 20 });
  await create();
  await stripe.products.create({ name: 'Pro' });
  expect(await rig.types()).toEqual(['product.created', 'customer.created']);
});

test('`old_signature` produces a signature outside the tolerance', async () => {
  await deliveries({ fault: 'old_signature', ms: 301_000 });
  await create();
  await rig.simulator.settled();

  const [sent] = rig.received;
  expect(() =>
    stripe.webhooks.constructEvent(
      sent?.body ?? '',
      sent?.signature ?? '',
      rig.secret,
      300,
      undefined,
      testStart * 1000,
    ),
  ).toThrow(/tolerance/);
});

test('An invalid rule is rejected', async () => {
  const invalidRules = [
    { fault: 'flood' },
    { fault: 'slow', probability: 2 },
    { fault: 'slow', count: 0 },
    { fault: 'slow', ms: -1 },
    { fault: 'slow', match: 1 },
    { fault: 'slow', often: true },
  ];
  for (const rule of invalidRules) expect(await api(rule)).toHaveProperty('error.message');
  expect(await rig.control('/chaos', { api: 1 })).toHaveProperty('error.message');
  expect(await rig.control('/chaos', undefined, 'GET')).toMatchObject({ on: false });
});

test.each([
  ['test', 25],
  ['live', 100],
] as const)(
  'Rate limits in %s mode reject requests after the first %i per second',
  async (rateLimits, allowed) => {
    const limited = await startRig({ rateLimits });
    try {
      const reads = [
        () => limited.stripe.customers.list(),
        () => limited.stripe.products.list(),
        () => limited.stripe.prices.list(),
        () => limited.stripe.events.list(),
      ];
      for (let request = 0; request < allowed; request++) await reads[request % 4]?.();
      await expect(limited.stripe.invoices.list()).rejects.toMatchObject({
        statusCode: 429,
        code: 'rate_limit',
        headers: { 'stripe-rate-limited-reason': 'global-rate' },
      });

      limited.clock.seconds += 1;
      await limited.stripe.invoices.list();
    } finally {
      await limited.close();
    }
  },
);
