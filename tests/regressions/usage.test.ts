/** Metered prices are not sold here. What was sold elsewhere keeps working, and what the page says of a change is what it does. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { OwnPricesResponse } from '../../contract/prices.ts';
import { apiEvent } from '../support/api-events.ts';
import { createStage, type Stage } from '../support/stage.ts';
import {
  type Shelf,
  type Subscriber,
  shelfEnvironment,
  shelfOn,
  subscribersOn,
} from '../support/subscribers.ts';

let stage: Stage;
let users: ReturnType<typeof subscribersOn>;
let shelf: Shelf;
let calls: string;

beforeAll(async () => {
  stage = await createStage({ env: shelfEnvironment });
  users = subscribersOn(stage);
  shelf = await shelfOn(stage);
  const { stripe } = stage;
  const { id: meter } = await stripe.billing.meters.create({
    display_name: 'Calls',
    event_name: 'call',
    default_aggregation: { formula: 'sum' },
  });
  const recurring = { interval: 'month', usage_type: 'metered', meter } as const;
  const product = (await stripe.products.create({ name: 'Calls' })).id;
  calls = (await stripe.prices.create({ product, currency: 'usd', unit_amount: 2, recurring })).id;
});
afterAll(() => stage.close());
beforeEach(() => stage.calm());

async function synced({ sub }: Subscriber) {
  const request = { method: 'POST', path: '/me/entitlements/sync', claims: { sub } };
  return (await stage.call('checkout', apiEvent('http', request))).body;
}

async function shown({ sub }: Subscriber): Promise<OwnPricesResponse> {
  const event = apiEvent('http', { method: 'GET', path: '/me/prices', claims: { sub } });
  const { statusCode, body } = await stage.call('checkout', event);
  expect(statusCode).toBe(200);
  return body as unknown as OwnPricesResponse;
}

/** A subscriber whose subscription another system has given an item for usage. */
async function withUsage(): Promise<Subscriber> {
  const who = await users.subscriber(shelf.basic);
  await stage.stripe.subscriptionItems.create({ subscription: who.subscriptionId, price: calls });
  return who;
}

it('A plan with usage that was sold elsewhere gives access, shows its plan, and can be changed', async () => {
  const who = await withUsage();
  expect(await synced(who)).toMatchObject({
    access_granted: true,
    plan: shelf.basic,
    quantity: 1,
    add_ons: [{ price: calls, quantity: null }],
  });
  const { current, prices } = await shown(who);
  expect(current).toMatchObject({ plan: shelf.basic, add_ons: [{ price: calls, quantity: null }] });
  expect(prices.map(({ lookup_key: key, action }) => [key, action])).toContainEqual(['basic', 'current']);
  expect(await users.order(who, { change: { add_ons: [{ price: 'seats', quantity: 2 }] } })).toMatchObject({
    statusCode: 200,
  });
  expect(await users.itemsOf(who)).toContainEqual([shelf.seats, 2]);
  expect((await users.itemsOf(who)).map(([price]) => price)).toContain(calls);
});

it('A subscription for usage alone gives access, and has no plan that the app could change', async () => {
  const who = await users.subscriber(shelf.basic);
  const { items } = await users.read(who);
  await stage.stripe.subscriptionItems.create({ subscription: who.subscriptionId, price: calls });
  await stage.stripe.subscriptionItems.del(items.data[0]?.id ?? '');
  expect(await synced(who)).toMatchObject({ access_granted: true, plan: calls, quantity: null });
  const { current, prices } = await shown(who);
  expect(current).toMatchObject({ plan: calls, quantity: null, recurring: { interval: 'month' } });
  expect(new Set(prices.map(({ reason }) => reason))).toEqual(new Set(['change_not_available']));
  expect(await users.preview(who, { price: 'pro' })).toMatchObject({
    statusCode: 409,
    body: { code: 'change_not_available' },
  });
});

it('A metered price is in no list of prices, and the log says why', async () => {
  const event = apiEvent('http', { path: '/prices' });
  const env = {
    ...shelfEnvironment,
    CHECKOUT_PRICES: `basic,${calls}`,
    STRIPE_API_BASE: stage.wires.stripe.url,
  };
  const shop = await createStage({ env });
  const { body } = await shop.call('prices', event);
  await shop.close();
  expect((body['prices'] as { id: string }[]).map(({ id }) => id)).toEqual([shelf.basic]);
  expect(shop.logs).toContainEqual(
    expect.objectContaining({ metric: 'price_not_for_sale', price: calls, reason: 'metered' }),
  );
});

it('What the page says of each change is what its preview says', async () => {
  for (const plan of [shelf.basic, shelf.pro, shelf.proYearly]) {
    const who = await users.subscriber(plan);
    await synced(who);
    const { prices } = await shown(who);
    for (const { lookup_key: price, role, action, when, takes_effect_at: at, reason } of prices) {
      const order = role === 'add_on' ? { add_ons: [{ price }] } : { price };
      const { body } = await users.preview(who, order);
      expect({ action, body }).toMatchObject({
        action,
        body:
          action === 'unavailable'
            ? { code: reason }
            : { direction: action === 'current' ? 'same' : action, ...(when === null ? {} : { when }) },
      });
      expect(at ?? body['takes_effect_at']).toBe(body['takes_effect_at']);
    }
  }
});
