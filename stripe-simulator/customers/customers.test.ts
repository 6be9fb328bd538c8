/** Customers: kept, found, and really gone when deleted. */
import type Stripe from 'stripe';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  customerWith,
  idOf,
  monthlyPrice,
  type Rig,
  startOfTests,
  startRig,
  subscribed,
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

test('a customer is kept as it was made', async () => {
  const made = await stripe.customers.create({
    email: 'ann@example.com',
    name: 'Ann',
    metadata: { cognito_sub: 'u1' },
    address: { city: 'Oslo' },
  });

  expect(made.id).toMatch(/^cus_[A-Za-z0-9]{14}$/);
  expect(made).toMatchObject({ object: 'customer', created: startOfTests, livemode: false });
  expect(await stripe.customers.retrieve(made.id)).toMatchObject({
    email: 'ann@example.com',
    name: 'Ann',
    metadata: { cognito_sub: 'u1' },
    address: { city: 'Oslo' },
  });
  expect(await rig.types()).toEqual(['customer.created']);
});

test('an update merges metadata, unsets by empty values, and tells the old values', async () => {
  const { id } = await stripe.customers.create({ name: 'Ann', metadata: { a: '1', b: '2' } });

  const updated = await stripe.customers.update(id, { name: '', metadata: { a: '', c: '3' } });

  expect(updated).toMatchObject({ name: null, metadata: { b: '2', c: '3' } });
  const event = (await rig.events()).find(({ type }) => type === 'customer.updated');
  expect(event?.data.previous_attributes).toEqual({ name: 'Ann', metadata: { a: '1', c: null } });
});

test('all metadata can be cleared', async () => {
  const { id } = await stripe.customers.create({ metadata: { a: '1' } });

  expect((await stripe.customers.update(id, { metadata: '' })).metadata).toEqual({});
});

test('an update that changes nothing makes no event', async () => {
  const { id } = await stripe.customers.create({ name: 'Ann' });
  await stripe.customers.update(id, { name: 'Ann' });

  expect(await rig.types()).toEqual(['customer.created']);
});

test('the list filters by e-mail exactly as written', async () => {
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
  [`created>=${startOfTests}`, 2],
])('search understands %s', async (query, count) => {
  await stripe.customers.create({ email: 'ann@example.com', metadata: { cognito_sub: 'u1' } });
  await stripe.customers.create({ email: 'bob@example.com' });

  expect((await stripe.customers.search({ query })).data).toHaveLength(count);
});

test('search results come in pages', async () => {
  for (let index = 0; index < 5; index++) await stripe.customers.create({ metadata: { k: 'v' } });

  const query = "metadata['k']:'v'";
  expect(await stripe.customers.search({ query, limit: 2, expand: ['total_count'] })).toHaveProperty(
    'total_count',
    5,
  );
  const found = stripe.customers.search({ query, limit: 2 });
  expect(await found.autoPagingToArray({ limit: 100 })).toHaveLength(5);
});

test('a query that cannot be read is refused', async () => {
  await expect(stripe.customers.search({ query: 'nonsense' })).rejects.toMatchObject({ statusCode: 400 });
  await expect(stripe.customers.search({ query: "a:'1' AND b:'2' OR c:'3'" })).rejects.toMatchObject({
    statusCode: 400,
  });
});

test('a deleted customer leaves a stub, and deleting it again finds nothing', async () => {
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

test('deleting a customer ends every subscription, and the event shows who it was', async () => {
  const subscription = await subscribed(stripe);
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

test('a deleted customer cannot be subscribed', async () => {
  const { id } = await customerWith(stripe);
  const price = await monthlyPrice(stripe);
  await stripe.customers.del(id);

  await expect(
    stripe.subscriptions.create({ customer: id, items: [{ price: price.id }] }),
  ).rejects.toMatchObject({ statusCode: 400, code: 'resource_missing', param: 'customer' });
});

test('a customer can bring the default card along by its test name', async () => {
  const customer = await customerWith(stripe);

  const [method] = (await stripe.customers.listPaymentMethods(customer.id)).data;
  expect(customer.invoice_settings.default_payment_method).toBe(method?.id);
  expect(method?.card).toMatchObject({ brand: 'visa', last4: '4242' });
});

test('a card that is declined on attaching makes no customer', async () => {
  await expect(
    stripe.customers.create({ payment_method: 'pm_card_visa_chargeDeclined' }),
  ).rejects.toMatchObject({ statusCode: 402, code: 'card_declined', decline_code: 'generic_decline' });

  expect((await stripe.customers.list()).data).toEqual([]);
});

test('metadata that breaks the rules is refused', async () => {
  const tooLong = stripe.customers.create({ metadata: { ['k'.repeat(41)]: 'v' } });
  await expect(tooLong).rejects.toMatchObject({ statusCode: 400, param: 'metadata' });
  await expect(stripe.customers.create({ metadata: { k: 'v'.repeat(501) } })).rejects.toMatchObject({
    statusCode: 400,
    param: 'metadata[k]',
  });
});

test('an empty id reads the list, and deletes nothing', async () => {
  await stripe.customers.create();

  expect(await stripe.customers.retrieve('')).toHaveProperty('object', 'list');
  await expect(stripe.customers.del('')).rejects.toMatchObject({ statusCode: 404 });
});

test('listing what belongs to an unheard-of customer is an error, to a deleted one is not', async () => {
  const subscription = await subscribed(stripe);
  await stripe.customers.del(idOf(subscription.customer));

  await expect(stripe.subscriptions.list({ customer: 'cus_none' })).rejects.toMatchObject({
    statusCode: 400,
    code: 'resource_missing',
    param: 'customer',
  });
  const left = await stripe.subscriptions.list({ customer: idOf(subscription.customer), status: 'all' });
  expect(left.data).toHaveLength(1);
});
