/** Events that arrive late, twice, out of order or at the same time. */
import fc from 'fast-check';
import type { Stripe } from 'stripe';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { isLongRun } from '../support/extent.ts';
import { stripeEvent } from '../support/webhooks.ts';
import { longAgo, openScene, type Scene, type TestUser, withoutBookkeeping } from './scene.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterEach(() => scene.stage.calm());
afterAll(() => scene.stage.close());

const row = (user: TestUser) => scene.stage.entitlement(user.sub);

function permutations<T>(list: readonly T[]): readonly (readonly T[])[] {
  if (list.length < 2) return [list];
  return list.flatMap((head, index) =>
    permutations([...list.slice(0, index), ...list.slice(index + 1)]).map((rest) => [head, ...rest]),
  );
}

/** Returns the events that Stripe sent about a customer. */
async function eventsOf(customerId: string): Promise<readonly Stripe.Event[]> {
  const { data } = await scene.stage.stripe.events.list({ limit: 100 });
  return data.filter(({ data: { object } }) => 'customer' in object && object.customer === customerId);
}

/** Pays on the hosted page and returns the events that Stripe sent about it. */
async function checkOut(user: TestUser): Promise<readonly Stripe.Event[]> {
  const session = await scene.stage.stripe.checkout.sessions.create({
    mode: 'subscription',
    customer: user.customerId,
    line_items: [{ price: scene.prices.monthly, quantity: 1 }],
    success_url: 'https://app.example.com/welcome',
  });
  const body = new URLSearchParams({ card: '4242424242424242' });
  expect((await fetch(session.url ?? '', { method: 'POST', body, redirect: 'manual' })).status).toBe(303);
  return eventsOf(user.customerId);
}

describe('Events of the same second', () => {
  const types = ['customer.subscription.trial_will_end', 'customer.subscription.updated'];
  it.each(permutations(types))('failure mode 2: are all processed: %s, then %s', async (...order) => {
    const user = await scene.createUser();
    const { id } = await scene.subscribe(user.customerId, { trial_period_days: 3 });
    const created = Math.floor(Date.now() / 1000);
    const [first, second] = order.map((type) =>
      stripeEvent(type, { id, customer: user.customerId }, { created }),
    );
    await scene.send(first ?? {});
    expect(await row(user)).toMatchObject({ status: 'trialing' });
    await scene.stage.stripe.subscriptions.update(id, { cancel_at_period_end: true });
    await scene.send(second ?? {});
    expect(await row(user)).toMatchObject({ status: 'trialing', cancel_at_period_end: true });
  });

  it.each(permutations(['invoice.paid', 'invoice.payment_succeeded', 'customer.subscription.updated']))(
    'failure mode 3: lead to the same row in the order %s, %s, %s',
    async (...order) => {
      const user = await scene.createUser();
      const subscription = await scene.subscribe(user.customerId);
      const created = Math.floor(Date.now() / 1000);
      for (const type of order) {
        // The invoice of an endpoint without a version: still open, with fields in other places.
        const object = { id: 'in_x', customer: user.customerId, status: 'open', subscription: null };
        await scene.send(stripeEvent(type, object, { created, api_version: null }));
      }
      expect(withoutBookkeeping(await row(user))).toEqual({
        cognito_sub: user.sub,
        status: 'active',
        plan: scene.prices.monthly,
        plan_keys: { [scene.prices.monthly]: [scene.productId] },
        quantity: 1,
        current_period_end: subscription.items.data[0]?.current_period_end,
        cancel_at_period_end: false,
        subscription_id: subscription.id,
        stripe_status: 'active',
        stripe_customer_ids: [user.customerId],
        features: [],
      });
    },
  );
});

describe('The created and updated events of a subscription', () => {
  const payload = (user: TestUser, status: string) => ({ id: 'sub_x', customer: user.customerId, status });

  it('failure mode 4: keep the row active when an incomplete created arrives after an active updated', async () => {
    const user = await scene.createUser();
    await scene.subscribe(user.customerId);
    const { created } = longAgo();
    await scene.send(
      stripeEvent('customer.subscription.updated', payload(user, 'active'), { created: created + 1 }),
    );
    await scene.send(stripeEvent('customer.subscription.created', payload(user, 'incomplete'), { created }));
    expect(await row(user)).toMatchObject({ status: 'active', stripe_status: 'active' });
  });

  it('failure mode 5: create the row with the updated, and change nothing with the created that follows', async () => {
    const user = await scene.createUser({ entitlement: null });
    await scene.subscribe(user.customerId);
    await scene.notify(user.customerId, 'customer.subscription.updated', longAgo());
    const made = await row(user);
    expect(made).toMatchObject({ status: 'active' });
    const answer = await scene.notify(user.customerId, 'customer.subscription.created', longAgo());
    expect(answer.statusCode).toBe(200);
    expect(await row(user)).toEqual(made);
  });

  it('failure mode 6: create one consistent row when they are handled in parallel and neither finds one', async () => {
    const rounds = Array.from({ length: isLongRun ? 48 : 16 }, async () => {
      const user = await scene.createUser({ entitlement: null });
      const { id } = await scene.subscribe(user.customerId);
      const answers = await Promise.all([
        scene.notify(user.customerId, 'customer.subscription.created'),
        scene.notify(user.customerId, 'customer.subscription.updated'),
      ]);
      expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200]);
      const made = await row(user);
      expect(made).toMatchObject({
        status: 'active',
        subscription_id: id,
        stripe_customer_ids: [user.customerId],
      });
      expect(made).not.toHaveProperty('provisional');
    });
    await Promise.all(rounds);
  });
});

it('failure mode 9: the events of one checkout lead to the same row in any order and with any repetitions', async () => {
  const user = await scene.createUser();
  const events = await checkOut(user);
  expect(events.map(({ type }) => type)).toEqual(
    expect.arrayContaining([
      'checkout.session.completed',
      'customer.subscription.created',
      'invoice.paid',
      'payment_intent.succeeded',
    ]),
  );
  const expected = {
    cognito_sub: user.sub,
    status: 'active',
    plan: scene.prices.monthly,
    plan_keys: { [scene.prices.monthly]: [scene.productId] },
    quantity: 1,
    current_period_end: expect.any(Number),
    cancel_at_period_end: false,
    subscription_id: expect.stringMatching(/^sub_/),
    stripe_status: 'active',
    stripe_customer_ids: [user.customerId],
    features: [],
  };
  const orders = fc.subarray([...events]).chain((again) => {
    const all = [...events, ...again];
    return fc.shuffledSubarray(all, { minLength: all.length });
  });
  const rows = fc.asyncProperty(orders, fc.boolean(), async (order, late) => {
    await scene.stage.putEntitlement({ cognito_sub: user.sub, status: 'none', version: 1 });
    for (const event of order) {
      expect((await scene.send(late ? { ...event, ...longAgo() } : event)).statusCode).toBe(200);
    }
    expect(withoutBookkeeping(await row(user))).toEqual(expected);
  });
  await fc.assert(rows, { numRuns: isLongRun ? 20 : 8 });
});

it('failure mode 11: twenty simultaneous events of one user all succeed, each after at most nine attempts', async () => {
  const user = await scene.createUser();
  await scene.subscribe(user.customerId);
  const before = scene.stage.logs.length;
  const answers = await Promise.all(Array.from({ length: 20 }, () => scene.notify(user.customerId)));
  expect(answers.every(({ statusCode }) => statusCode === 200)).toBe(true);
  const attempted = scene.stage.logs
    .slice(before)
    .flatMap(({ attempts }) => (typeof attempts === 'number' ? [attempts] : []));
  expect(attempted.length).toBeGreaterThan(0);
  expect(Math.max(...attempted)).toBeLessThanOrEqual(9);
});
