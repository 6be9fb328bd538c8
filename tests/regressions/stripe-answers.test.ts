/** Answers of Stripe, or of what is between it and a function, that have none of the documented shapes. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { apiEvent } from '../support/api-events.ts';
import type { ApiAnswer, Item } from '../support/stage.ts';
import { openStripeStub, type StripeStub } from '../support/stripe-stub.ts';
import { basilJson, DAY, T0 } from '../support/subscriptions.ts';
import { openScene, type Scene, type TestUser } from './scene.ts';

let stub: StripeStub;
let scene: Scene;
let user: TestUser;
let before: Item | undefined;
beforeAll(async () => {
  stub = await openStripeStub();
  scene = await openScene({ env: { STRIPE_API_BASE: stub.url, CHECKOUT_PRICES: 'price_base' } });
});
beforeEach(async () => {
  const row = { status: 'active', current_period_end: T0 + DAY };
  user = await scene.createUser({ entitlement: row });
  before = await scene.stage.entitlement(user.sub);
  const customer = { id: user.customerId, object: 'customer', metadata: { cognito_sub: user.sub } };
  stub.answer(`GET /v1/customers/${user.customerId}`, { body: customer });
  stub.answer('GET /v1/entitlements/active_entitlements', { body: listOf([]) });
});
afterAll(() => Promise.all([scene.stage.close(), stub.close()]));

function listOf(data: readonly unknown[], has_more = false) {
  return { object: 'list', has_more, data };
}

/** Every cause that was logged for the request. */
function causesOf({ body }: ApiAnswer): readonly unknown[] {
  const lines = scene.stage.logs.filter((line) => line['request_id'] === body['request_id']);
  return lines.map((line) => line['cause']).filter((cause) => cause !== undefined);
}

const html = '<html><body>Bad gateway</body></html>';
const unreadable = ['null', '"maintenance"', '42', 'true', '[]', html, '', '{"data":', '{}'];

async function expectFault(answer: ApiAnswer, expected: unknown = expect.any(String)): Promise<void> {
  expect([answer.statusCode, answer.body]).toMatchObject([503, { code: 'unavailable' }]);
  expect(causesOf(answer)).toMatchObject([
    { name: 'Fault', code: 'unknown_shape', system: 'stripe', expected },
  ]);
  expect(await scene.stage.entitlement(user.sub)).toEqual(before);
}

describe('A list of subscriptions', () => {
  it.each([
    ...unreadable,
    { data: null, has_more: false },
    { data: {}, has_more: false },
    { has_more: false },
    { data: [] },
    { data: [], has_more: 'false' },
    listOf([null]),
    listOf([basilJson(), 'sub_b']),
    listOf([[]]),
    listOf([basilJson({ id: undefined })]),
    listOf([basilJson({ status: null })]),
    listOf([basilJson({ customer: {} })]),
  ])('that is %j is a fault that says what was expected, and the row stays as it is', async (body) => {
    stub.answer('GET /v1/subscriptions', { body });
    await expectFault(await scene.notify(user.customerId));
  });

  it.each([
    ['repeats its page', listOf([basilJson()], true), 2],
    ['has more, but no entries', listOf([], true), 1],
    ['has more, but no id to continue after', listOf([basilJson(), {}], true), 1],
  ])('that %s is given up at once, after %2$i calls', async (_, body, calls) => {
    stub.answer('GET /v1/subscriptions', { body });
    const earlier = stub.requests.length;
    await expectFault(await scene.notify(user.customerId), 'a next page that advances');
    const made = stub.requests.slice(earlier).filter((name) => name === 'GET /v1/subscriptions');
    expect(made).toHaveLength(calls);
  });
});

describe('An answer with the status', () => {
  it.each([
    [502, html, 'unavailable'],
    [500, '"down"', 'unavailable'],
    [503, 'null', 'unavailable'],
    [403, html, 'refused'],
    [400, { error: 'invalid' }, 'refused'],
    [302, {}, 'unknown_shape'],
    [400, { error: { type: 1, code: 5, param: 7, message: 9 } }, 'refused'],
    [400, { error: { code: ['a'], param: ['email'], message: {} } }, 'refused'],
    [400, { error: { type: [], detail: { code: 'x' } } }, 'refused'],
    [500, { error: { code: 5, message: null } }, 'unavailable'],
  ])('%i is a failure of this kind, whatever its body is: %j', async (status, body, code) => {
    stub.answer('GET /v1/subscriptions', { status, body });
    const answer = await scene.notify(user.customerId);
    expect(answer.statusCode).toBe(503);
    const causes = causesOf(answer);
    expect(causes.length).toBeGreaterThan(0);
    for (const cause of causes) expect(cause).toMatchObject({ name: 'Fault', code, system: 'stripe' });
    expect(await scene.stage.entitlement(user.sub)).toEqual(before);
  });
});

describe('A customer', () => {
  it.each([...unreadable, { object: 'list', data: [] }, { id: 7 }, { id: 'cus_1', object: 'charge' }])(
    'that is %j is a fault, and never a customer without a user',
    async (body) => {
      stub.answer('GET /v1/customers/cus_odd', { body });
      await expectFault(await scene.notify('cus_odd'));
    },
  );
});

describe('A price', () => {
  it.each([...unreadable, { id: null, object: 'price' }])(
    'that is %j is a fault, and not a price that is no longer sold',
    async (body) => {
      stub.answer('GET /v1/prices/price_base', { body });
      const claims = { sub: user.sub, 'cognito:username': user.sub };
      const request = {
        method: 'POST',
        path: '/me/checkout-session',
        claims,
        body: '{"price":"price_base"}',
      };
      await expectFault(await scene.stage.call('checkout', apiEvent('http', request)));
    },
  );
});
