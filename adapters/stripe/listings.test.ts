import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStripeStub, type StripeStub } from '../../tests/support/stripe-stub.ts';
import { createStripe } from './client.ts';
import { createStripeListings } from './listings.ts';

const poolId = 'us-east-1_Ours';
let stub: StripeStub;
beforeAll(async () => {
  stub = await openStripeStub();
});
afterAll(() => stub.close());

function listings() {
  const limits = { timeoutMs: 5_000, maxNetworkRetries: 0 };
  const stripe = createStripe('sk_test_listings', new URL(stub.url), limits);
  return createStripeListings({ stripe, livemode: false, poolId, reversalsSince: 0, eventsSince: 0 });
}

function listOf(data: readonly object[], has_more = false) {
  return { body: { object: 'list', has_more, data } };
}

function subscriptionOf(fields: object) {
  const items = { object: 'list', has_more: false, data: [] };
  return { id: 'sub_1', customer: 'cus_1', status: 'active', items, metadata: {}, ...fields };
}

it('A subscription with more items than a listing shows is read with all of them', async () => {
  const items = Array.from({ length: 12 }, (_, n) => ({ id: `si_${n}`, price: { id: `price_${n}` } }));
  const embedded = { object: 'list', has_more: true, data: items.slice(0, 10) };
  const customer = { id: 'cus_1', metadata: { cognito_sub: 'user-1' } };
  stub.answer('GET /v1/subscriptions', listOf([subscriptionOf({ customer, items: embedded })]));
  stub.answer('GET /v1/subscription_items', listOf(items));
  const [listed] = (await listings().subscriptions(null)).items;
  expect(listed?.sub).toBe('user-1');
  expect(listed?.subscription.items).toHaveLength(12);
});

it('The subscription of a deleted customer names its user itself', async () => {
  const customer = { id: 'cus_1', object: 'customer', deleted: true };
  const named = subscriptionOf({ customer, metadata: { cognito_sub: 'user-1' } });
  stub.answer('GET /v1/subscriptions', listOf([named, subscriptionOf({ id: 'sub_2', customer })]));
  expect((await listings().subscriptions(null)).items.map(({ sub }) => sub)).toEqual(['user-1', null]);
});

it('A customer of another pool names no user, and its email address is omitted', async () => {
  const email = 'ada@example.com';
  const ours = { cognito_sub: 'user-1', cognito_user_pool: poolId };
  const theirs = { cognito_sub: 'user-2', cognito_user_pool: 'us-east-1_Theirs' };
  const customers = [
    { id: 'cus_1', email, metadata: ours },
    { id: 'cus_2', email, metadata: theirs },
    { id: 'cus_3', email, metadata: {} },
  ];
  stub.answer('GET /v1/customers', listOf(customers));
  for (const customer of customers) stub.answer(`GET /v1/customers/${customer.id}`, { body: customer });
  expect((await listings().customers(null)).items).toEqual([
    { id: 'cus_1', sub: 'user-1', email, unnamed: false },
    { id: 'cus_2', sub: null, email: null, unnamed: false },
    { id: 'cus_3', sub: null, email, unnamed: true },
  ]);
  expect((await listings().customersOf(email)).map(({ id }) => id)).toEqual(['cus_1', 'cus_3']);
  const owners = await listings().ownersOf(['cus_1', 'cus_2', 'cus_3', 'cus_missing']);
  expect([...owners]).toEqual([['cus_1', 'user-1']]);
});

it('Each page has the cursor of the next page, except the last one', async () => {
  const customers = [{ id: 'cus_1' }, { id: 'cus_2' }];
  stub.answer('GET /v1/customers', listOf(customers, true));
  expect((await listings().customers(null)).next).toBe('cus_2');
  stub.answer('GET /v1/customers', listOf(customers));
  expect((await listings().customers(null)).next).toBeNull();
});
