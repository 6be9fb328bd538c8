/** Subscriptions whose parts are missing, of other types, or in numbers that are not whole. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openStripeStub, type StripeStub } from '../support/stripe-stub.ts';
import { acaciaJson, basilJson, DAY, T0 } from '../support/subscriptions.ts';
import { openScene, type Scene, type TestUser } from './scene.ts';

let stub: StripeStub;
let scene: Scene;
let user: TestUser;
const end = Math.floor(Date.now() / 1000) + 30 * DAY;
beforeAll(async () => {
  stub = await openStripeStub();
  scene = await openScene({ env: { STRIPE_API_BASE: stub.url } });
});
beforeEach(async () => {
  user = await scene.createUser();
  const customer = { id: user.customerId, object: 'customer', metadata: { cognito_sub: user.sub } };
  stub.answer(`GET /v1/customers/${user.customerId}`, { body: customer });
  stub.answer('GET /v1/entitlements/active_entitlements', { body: listOf([]) });
  stub.answer('GET /v1/subscription_items', { body: listOf([item()]) });
});
afterAll(() => Promise.all([scene.stage.close(), stub.close()]));

const listOf = (data: readonly unknown[]) => ({ object: 'list', has_more: false, data });
const item = (fields: object = {}) => ({
  id: 'si_1',
  object: 'subscription_item',
  quantity: 1,
  created: T0,
  current_period_start: T0,
  current_period_end: end,
  price: { id: 'price_base', object: 'price' },
  ...fields,
});

/** Delivers an event about the customer, whose subscriptions are these. */
async function syncedWith(...subscriptions: readonly object[]): Promise<number> {
  const own = subscriptions.map((json) => ({ ...json, customer: user.customerId }));
  stub.answer('GET /v1/subscriptions', { body: listOf(own) });
  return (await scene.notify(user.customerId)).statusCode;
}

const access = async () => (await scene.entitlements(user.sub))['access_granted'];

describe('An active subscription whose items cannot be read', () => {
  const unreadable = [
    undefined,
    null,
    [],
    'items',
    {},
    { data: null },
    { data: [null], has_more: false },
    { data: ['si_1'], has_more: false },
    { data: [item({ price: null })], has_more: false },
    { data: [item({ price: { id: 5 } })], has_more: false },
  ];
  it.each(unreadable.map((items) => [JSON.stringify(items), items]))(
    'is read with the items that Stripe lists for it: %s',
    async (_, items) => {
      expect(await syncedWith(basilJson({ items }))).toBe(200);
      const row = { status: 'active', plan: 'price_base', current_period_end: end };
      expect(await scene.stage.entitlement(user.sub)).toMatchObject(row);
      expect(await access()).toBe(true);
    },
  );

  const without = [listOf([item({ price: null })]), listOf([item({ current_period_end: 'soon' })])];
  it.each([...unreadable, ...without].map((items) => [JSON.stringify(items), items]))(
    'changes no row if that list cannot be read either: %s',
    async (_, items) => {
      const before = await scene.stage.entitlement(user.sub);
      stub.answer('GET /v1/subscription_items', { body: items ?? 'null' });
      expect(await syncedWith(basilJson({ items }))).toBe(503);
      expect(await scene.stage.entitlement(user.sub)).toEqual(before);
      expect(await access()).toBe(false);
    },
  );

  it('gives no access if it has no items at all, and the log reports it', async () => {
    expect(await syncedWith(basilJson({ items: listOf([]) }))).toBe(200);
    expect(await scene.stage.entitlement(user.sub)).toMatchObject({ status: 'active' });
    expect(await scene.entitlements(user.sub)).toMatchObject({
      access_granted: false,
      access_reason: 'lapsed',
    });
    expect(scene.stage.logs).toContainEqual(expect.objectContaining({ metric: 'missing_period' }));
  });

  it('takes nothing from another subscription, and neither does one that has ended', async () => {
    const good = basilJson({ id: 'sub_good', items: listOf([item()]) });
    const empty = basilJson({ id: 'sub_empty', created: T0 + 5, items: listOf([]) });
    const ended = basilJson({
      id: 'sub_ended',
      status: 'canceled',
      items: { data: [item({ price: null })] },
    });
    stub.answer('GET /v1/subscription_items', { body: 'null' });
    expect(await syncedWith(ended, empty, good)).toBe(200);
    expect(await scene.entitlements(user.sub)).toMatchObject({ access_granted: true, plan: 'price_base' });
  });
});

describe('A time of a subscription', () => {
  it.each([end + 0.5, `${end}`, `${end}.25`])('in the form %j is read as whole seconds', async (time) => {
    for (const json of [
      basilJson({ items: listOf([item({ current_period_end: time })]), trial_end: time }),
      acaciaJson({ current_period_end: time, trial_end: time }),
    ]) {
      expect(await syncedWith(json)).toBe(200);
      const row = { current_period_end: end, trial_expires_at: end };
      expect(await scene.stage.entitlement(user.sub)).toMatchObject(row);
    }
  });

  it.each([1e300, -1e300, '1e9', '', 'soon', true, {}, [end]])(
    'in the form %j is no time, so the period ends nowhere and the row stays as it is',
    async (time) => {
      const before = await scene.stage.entitlement(user.sub);
      expect(await syncedWith(basilJson({ items: listOf([item({ current_period_end: time })]) }))).toBe(503);
      expect(await scene.stage.entitlement(user.sub)).toEqual(before);
    },
  );
});

it('References and values of a subscription that are expanded, deleted or unknown do not change what it gives', async () => {
  const price = {
    id: 'price_base',
    object: 'price',
    product: { id: 'prod_a', deleted: true },
    recurring: null,
  };
  const odd = {
    collection_method: 'send_pigeon',
    latest_invoice: { id: 'in_1', object: 'invoice' },
    default_payment_method: null,
    metadata: null,
    pause_collection: null,
    livemode: 'no',
    pending_update: [],
  };
  const json = basilJson({ ...odd, items: listOf([item({ price, billed_until: 5 })]) });
  const customer = { id: user.customerId, object: 'customer', deleted: true };
  stub.answer('GET /v1/subscriptions', { body: listOf([{ ...json, customer }]) });
  expect((await scene.notify(user.customerId)).statusCode).toBe(200);
  expect(await scene.entitlements(user.sub)).toMatchObject({ access_granted: true, plan: 'price_base' });
});
