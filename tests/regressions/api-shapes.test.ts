/** Stripe's objects in the formats of many API versions, and times in any time zone. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readSubscription } from '../../adapters/stripe/read-subscription.ts';
import { project } from '../../core/entitlement/project.ts';
import { openStripeStub, type StripeStub } from '../support/stripe-stub.ts';
import { acaciaJson, basilJson, DAY, T0 } from '../support/subscriptions.ts';
import { delivered, stripeEvent } from '../support/webhooks.ts';
import { openScene, type Scene, type TestUser, withoutBookkeeping } from './scene.ts';

let scene: Scene;
let stub: StripeStub;
/** Its functions call the stub instead of the simulator. */
let stubbed: Scene;
beforeAll(async () => {
  stub = await openStripeStub();
  [scene, stubbed] = await Promise.all([openScene(), openScene({ env: { STRIPE_API_BASE: stub.url } })]);
});
afterEach(() => scene.stage.calm());
afterAll(async () => {
  await Promise.all([scene.stage.close(), stubbed.stage.close(), stub.close()]);
});

function stubLists({ sub, customerId }: TestUser, ...subscriptions: readonly object[]): void {
  const customer = { id: customerId, object: 'customer', metadata: { cognito_sub: sub } };
  stub.answer(`GET /v1/customers/${customerId}`, { body: customer });
  stub.answer('GET /v1/subscriptions', { body: { object: 'list', has_more: false, data: subscriptions } });
}

it.each([
  ['2023-10-16', acaciaJson],
  ['2025-02-24.acacia', acaciaJson],
  ['2025-03-31.basil', basilJson],
  ['2025-09-30.clover', basilJson],
  ['2026-03-25.dahlia', basilJson],
  ['2026-10-28.endive', basilJson],
  ['2031-01-31.unheard_of', () => ({ id: 'sub_a', object: 'subscription', term: { ends: 'later' } })],
  [null, acaciaJson],
])('failure mode 36: an event in API version %s leads to the same row', async (api_version, shape) => {
  const { stage, createUser, subscribe, send } = scene;
  const user = await createUser();
  const subscription = await subscribe(user.customerId, { trial_period_days: 7 });
  const object = { ...shape(), customer: user.customerId };
  await send(stripeEvent('customer.subscription.updated', object, { api_version }));
  expect(withoutBookkeeping(await stage.entitlement(user.sub))).toEqual({
    cognito_sub: user.sub,
    status: 'trialing',
    plan: scene.prices.monthly,
    plan_keys: { [scene.prices.monthly]: [scene.productId] },
    quantity: 1,
    current_period_end: subscription.items.data[0]?.current_period_end,
    trial_expires_at: subscription.trial_end,
    cancel_at_period_end: false,
    subscription_id: subscription.id,
    stripe_status: 'trialing',
    stripe_customer_ids: [user.customerId],
    features: [],
  });
});

describe('The end of the paid period', () => {
  const seconds = fc.integer({ min: T0, max: T0 + 400 * DAY });
  const shapes = fc.record({ own: fc.option(seconds), ofItem: fc.option(seconds), old: fc.boolean() });

  it('failure mode 37: comes from the item or else the subscription, and is reported when missing instead of 0', () => {
    fc.assert(
      fc.property(shapes, ({ own, ofItem, old }) => {
        const price = { id: 'price_a', unit_amount: 990 };
        const item = { id: 'si_a', price, ...(ofItem === null ? {} : { current_period_end: ofItem }) };
        const json = {
          ...(old ? acaciaJson() : basilJson()),
          current_period_end: own ?? undefined,
          items: { object: 'list', data: [item] },
        };
        const { states, alarms } = project([readSubscription(json)]);
        expect(states[0]?.currentPeriodEnd).toBe(ofItem ?? own);
        expect(alarms.map(({ kind }) => kind)).toEqual(
          own === null && ofItem === null ? ['missing_period'] : [],
        );
      }),
    );
  });

  it('failure mode 37: causes a 503 and a log line when Stripe states it nowhere, and the row stays unchanged', async () => {
    const { stage, createUser, notify } = stubbed;
    const user = await createUser({ entitlement: { status: 'active', current_period_end: T0 + DAY } });
    const before = await stage.entitlement(user.sub);
    const price = { id: 'price_a', unit_amount: 990 };
    stubLists(
      user,
      basilJson({ customer: user.customerId, items: { object: 'list', data: [{ id: 'si_a', price }] } }),
    );
    expect((await notify(user.customerId)).statusCode).toBe(503);
    expect(await stage.entitlement(user.sub)).toEqual(before);
    expect(stage.logs).toContainEqual(expect.objectContaining({ level: 'error', metric: 'missing_period' }));
    stubLists(user, basilJson({ customer: user.customerId }));
    expect((await notify(user.customerId)).statusCode).toBe(200);
    expect(await stage.entitlement(user.sub)).toMatchObject({ current_period_end: T0 + 30 * DAY });
  });
});

it.each(['cancel_at_period_end', 'cancel_at'] as const)(
  'failure mode 38: a scheduled cancellation is reported when only %s is set, and no longer after it is undone',
  async (signal) => {
    const { stage, createUser, subscribe, notify, entitlements, control } = scene;
    const { sub, customerId } = await createUser();
    const { id, items } = await subscribe(customerId);
    const end = items.data[0]?.current_period_end ?? 0;
    // Flexible billing sets only the time; older subscriptions set only the flag.
    const scheduled = {
      cancel_at: signal === 'cancel_at' ? end : null,
      cancel_at_period_end: signal !== 'cancel_at',
    };
    await control(`subscriptions/${id}/set`, scheduled);
    await notify(customerId);
    expect(await entitlements(sub)).toMatchObject({
      cancel_at_period_end: true,
      cancel_at: end,
      access_granted: true,
    });
    await control(`subscriptions/${id}/set`, { cancel_at: null, cancel_at_period_end: false });
    await notify(customerId);
    expect(await entitlements(sub)).toMatchObject({ cancel_at_period_end: false, cancel_at: null });
    expect(await stage.entitlement(sub)).not.toHaveProperty('cancel_at');
  },
);

it('failure mode 39: items beyond the first page of an embedded list are read too', async () => {
  const { stage, createUser, notify } = stubbed;
  const user = await createUser();
  const item = (n: number) => {
    const price = { id: `price_${n}`, metadata: n === 12 ? { predixa_role: 'plan' } : {} };
    return { id: `si_${n}`, object: 'subscription_item', price, current_period_end: T0 + DAY };
  };
  const items = Array.from({ length: 12 }, (_, n) => item(n + 1));
  const embedded = { object: 'list', has_more: true, data: items.slice(0, 10) };
  stubLists(user, basilJson({ id: 'sub_many', customer: user.customerId, items: embedded }));
  stub.answer('GET /v1/subscription_items', { body: { object: 'list', has_more: false, data: items } });
  await notify(user.customerId);
  expect(await stage.entitlement(user.sub)).toMatchObject({ plan: 'price_12' });
});

describe('A row', () => {
  const program = `
    const { handler } = require(process.argv[1]);
    handler(JSON.parse(process.argv[2])).then(({ statusCode }) => {
      const seen = { statusCode, noon: new Date(0).getHours() * 60 + new Date(0).getMinutes() };
      process.stdout.write('\\n' + JSON.stringify(seen), () => process.exit());
    });`;

  async function runAt(TZ: string, event: object): Promise<{ statusCode: number; noon: number }> {
    const bundle = path.resolve('dist/functions/stripe-webhook/index.cjs');
    const env = { ...scene.stage.env, TZ };
    const args = ['-e', program, bundle, JSON.stringify(event)];
    const { stdout } = await promisify(execFile)(process.execPath, args, { env });
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  }

  it.each([
    ['UTC', 0],
    ['Asia/Kathmandu', 330],
    ['America/St_Johns', 1_230],
    ['Pacific/Kiritimati', 800],
  ])(
    'failure mode 61: holds exactly Stripe’s timestamps when the process runs in the time zone %s',
    async (zone, minutes) => {
      const { stage, createUser, subscribe } = scene;
      const user = await createUser();
      const subscription = await subscribe(user.customerId, {
        trial_period_days: 7,
        cancel_at_period_end: true,
      });
      const object = { id: subscription.id, customer: user.customerId };
      const event = delivered(stripeEvent('customer.subscription.updated', object));
      // The local time of the epoch proves that the zone is in effect.
      expect(await runAt(zone, event)).toEqual({ statusCode: 200, noon: minutes });
      const row = await stage.entitlement(user.sub);
      expect(row).toMatchObject({
        current_period_end: subscription.items.data[0]?.current_period_end,
        trial_expires_at: subscription.trial_end,
        cancel_at: subscription.cancel_at,
      });
      expect(Math.abs(Date.now() - Date.parse(String(row?.['updatedAt'])))).toBeLessThan(60_000);
      expect(Math.abs(Date.now() / 1000 - Number(row?.['synced_at']))).toBeLessThan(60);
    },
  );
});
