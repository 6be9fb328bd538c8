/** Tests of customers. */
import type Stripe from 'stripe';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  createCustomer,
  createMonthlyPrice,
  createSubscription,
  idOf,
  type Rig,
  startRig,
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
  rig.received.length = 0;
});
afterAll(() => rig.close());

test('A customer is stored as it was created', async () => {
  const created = await stripe.customers.create({
    email: 'ann@example.com',
    name: 'Ann',
    metadata: { cognito_sub: 'u1' },
    address: { city: 'Oslo' },
  });

  expect(created.id).toMatch(/^cus_[A-Za-z0-9]{14}$/);
  expect(created).toMatchObject({ object: 'customer', created: testStart, livemode: false });
  expect(await stripe.customers.retrieve(created.id)).toMatchObject({
    email: 'ann@example.com',
    name: 'Ann',
    metadata: { cognito_sub: 'u1' },
    address: { city: 'Oslo' },
  });
  expect(await rig.types()).toEqual(['customer.created']);
});

test('An update merges metadata, removes keys with empty values, and its event contains the old values', async () => {
  const { id } = await stripe.customers.create({ name: 'Ann', metadata: { a: '1', b: '2' } });

  const updated = await stripe.customers.update(id, { name: '', metadata: { a: '', c: '3' } });

  expect(updated).toMatchObject({ name: null, metadata: { b: '2', c: '3' } });
  const event = (await rig.events()).find(({ type }) => type === 'customer.updated');
  expect(event?.data.previous_attributes).toEqual({ name: 'Ann', metadata: { a: '1', c: null } });
});

test('An empty string clears all metadata of a customer', async () => {
  const { id } = await stripe.customers.create({ metadata: { a: '1' } });

  expect((await stripe.customers.update(id, { metadata: '' })).metadata).toEqual({});
});

test('An update that changes nothing emits no event', async () => {
  const { id } = await stripe.customers.create({ name: 'Ann' });
  await stripe.customers.update(id, { name: 'Ann' });

  expect(await rig.types()).toEqual(['customer.created']);
});

test('The customer list filters by email case-sensitively', async () => {
  await stripe.customers.create({ email: 'ann@example.com' });

  expect((await stripe.customers.list({ email: 'ann@example.com' })).data).toHaveLength(1);
  expect((await stripe.customers.list({ email: 'ANN@example.com' })).data).toHaveLength(0);
});

test.each([
  ["metadata['cognito_sub']:'u1'", 1],
  ['metadata["cognito_sub"]:"u1"', 1],
  ["metadata['cognito_sub']:'u1' AND email:'ann@example.com'", 1],
  ["metadata['cognito_sub']:'u1' AND email:'bob@example.com'", 0],
  ["metadata['cognito_sub']:'u1' OR email:'bob@example.com'", 2],
  ["metadata['nothing']:'u1'", 0],
  ["-metadata['cognito_sub']:'u1'", 1],
  ["email~'example'", 2],
  ["email:'ANN@Example.com'", 1],
  ["-email:'ann@example.com'", 1],
  ["email:'ann@example.com' OR email:'bob@example.com'", 2],
  ["email:'ann@example.com' AND email~'bob'", 0],
  [`created>=${testStart}`, 2],
])('Customer search supports the query %s', async (query, count) => {
  await stripe.customers.create({ email: 'ann@example.com', metadata: { cognito_sub: 'u1' } });
  await stripe.customers.create({ email: 'bob@example.com' });

  expect((await stripe.customers.search({ query })).data).toHaveLength(count);
});

test('A search by a field that is not searchable is rejected, also when there is nothing to search', async () => {
  await expect(stripe.customers.search({ query: "plan:'gold'" })).rejects.toMatchObject({ param: 'query' });
});

test('Search results are paged', async () => {
  for (let index = 0; index < 5; index++) await stripe.customers.create({ metadata: { k: 'v' } });

  const query = "metadata['k']:'v'";
  expect(await stripe.customers.search({ query, limit: 2, expand: ['total_count'] })).toHaveProperty(
    'total_count',
    5,
  );
  const found = stripe.customers.search({ query, limit: 2 });
  expect(await found.autoPagingToArray({ limit: 100 })).toHaveLength(5);
});

test('With a search lag, search finds a new customer later, and the list shows it at once', async () => {
  const lagging = await startRig({ searchLagSeconds: 60 });
  try {
    await lagging.stripe.customers.create({ metadata: { cognito_sub: 'u1' } });
    const found = async () =>
      (await lagging.stripe.customers.search({ query: "metadata['cognito_sub']:'u1'" })).data.length;
    expect([await found(), (await lagging.stripe.customers.list()).data.length]).toEqual([0, 1]);
    lagging.clock.seconds += 60;
    expect(await found()).toBe(1);
  } finally {
    await lagging.close();
  }
});

test('A search query that cannot be parsed is rejected', async () => {
  await expect(stripe.customers.search({ query: 'nonsense' })).rejects.toMatchObject({ statusCode: 400 });
  await expect(stripe.customers.search({ query: "a:'1' AND b:'2' OR c:'3'" })).rejects.toMatchObject({
    statusCode: 400,
  });
});

test('A deleted customer leaves a stub, and deleting it again returns 404', async () => {
  const { id } = await stripe.customers.create({ email: 'ann@example.com' });

  expect(await stripe.customers.del(id)).toEqual({ id, object: 'customer', deleted: true });

  expect(await stripe.customers.retrieve(id)).toEqual({ id, object: 'customer', deleted: true });
  expect((await stripe.customers.list()).data).toEqual([]);
  await expect(stripe.customers.del(id)).rejects.toMatchObject({
    statusCode: 404,
    code: 'resource_missing',
    message: `No such customer: '${id}'`,
  });
});

test('Deleting a customer cancels its subscriptions, and the event contains the customer', async () => {
  const subscription = await createSubscription(stripe);
  const id = idOf(subscription.customer);
  await stripe.customers.update(id, { metadata: { cognito_sub: 'u1' } });
  await rig.simulator.settled();
  rig.received.length = 0;

  await stripe.customers.del(id);

  const events = await rig.events();
  expect(events.map(({ type }) => type).sort()).toEqual([
    'customer.deleted',
    'customer.subscription.deleted',
  ]);
  const deleted = events.find(({ type }) => type === 'customer.deleted')?.data.object;
  expect(deleted).toMatchObject({ id, email: 'ann@example.com', metadata: { cognito_sub: 'u1' } });
  expect(deleted).not.toHaveProperty('deleted');
  const left = await stripe.subscriptions.retrieve(subscription.id);
  expect(left).toMatchObject({ status: 'canceled', customer: id });
});

test('A subscription cannot be created for a deleted customer', async () => {
  const { id } = await createCustomer(stripe);
  const price = await createMonthlyPrice(stripe);
  await stripe.customers.del(id);

  await expect(
    stripe.subscriptions.create({ customer: id, items: [{ price: price.id }] }),
  ).rejects.toMatchObject({ statusCode: 400, code: 'resource_missing', param: 'customer' });
});

test('A customer can be created with a default card by its test name', async () => {
  const customer = await createCustomer(stripe);

  const [method] = (await stripe.customers.listPaymentMethods(customer.id)).data;
  expect(customer.invoice_settings.default_payment_method).toBe(method?.id);
  expect(method?.card).toMatchObject({ brand: 'visa', last4: '4242' });
});

test('No customer is created when attaching its card is declined', async () => {
  await expect(
    stripe.customers.create({ payment_method: 'pm_card_visa_chargeDeclined' }),
  ).rejects.toMatchObject({ statusCode: 402, code: 'card_declined', decline_code: 'generic_decline' });

  expect((await stripe.customers.list()).data).toEqual([]);
});

test('Metadata that exceeds the limits is rejected', async () => {
  const tooLong = stripe.customers.create({ metadata: { ['k'.repeat(41)]: 'v' } });
  await expect(tooLong).rejects.toMatchObject({ statusCode: 400, param: 'metadata' });
  await expect(stripe.customers.create({ metadata: { k: 'v'.repeat(501) } })).rejects.toMatchObject({
    statusCode: 400,
    param: 'metadata[k]',
  });
});

test('A request with an empty customer id returns the list and deletes nothing', async () => {
  await stripe.customers.create();

  expect(await stripe.customers.retrieve('')).toHaveProperty('object', 'list');
  await expect(stripe.customers.del('')).rejects.toMatchObject({ statusCode: 404 });
});

test('Listing by an unknown customer is an error, and listing by a deleted customer is not', async () => {
  const subscription = await createSubscription(stripe);
  await stripe.customers.del(idOf(subscription.customer));

  await expect(stripe.subscriptions.list({ customer: 'cus_none' })).rejects.toMatchObject({
    statusCode: 400,
    code: 'resource_missing',
    param: 'customer',
  });
  const left = await stripe.subscriptions.list({ customer: idOf(subscription.customer), status: 'all' });
  expect(left.data).toHaveLength(1);
});
