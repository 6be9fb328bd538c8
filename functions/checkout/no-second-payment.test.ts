/** What a user pays for in Stripe without any record of it here refuses a checkout. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { apiEvent } from '../../tests/support/api-events.ts';
import { buyersOn, pricesOn, type User } from '../../tests/support/buyers.ts';
import { payingCustomer } from '../../tests/support/payers.ts';
import { refusalsOf, type StripeRefusal } from '../../tests/support/refusals.ts';
import { createStage, type Stage } from '../../tests/support/stage.ts';
import { everyOf } from '../../tests/support/wire.ts';

let stage: Stage;
let buyers: ReturnType<typeof buyersOn>;
let prices: Awaited<ReturnType<typeof pricesOn>>;
const NEXT_WEEK_SECONDS = 7 * 24 * 3_600;

beforeAll(async () => {
  stage = await createStage();
  buyers = buyersOn(stage);
  prices = await pricesOn(stage);
});
afterAll(() => stage.close());
beforeEach(() => stage.calm());

const alreadySubscribed = {
  statusCode: 409,
  body: {
    code: 'already_subscribed',
    source: 'stripe',
    manage_url: null,
    portal: '/me/billing-portal-session',
  },
};

/** A user with a profile, a row and a customer, who has not paid. */
async function shopper(): Promise<User> {
  const who = await buyers.user();
  expect((await buyers.checkout(who)).statusCode).toBe(200);
  stage.calm();
  return who;
}

describe('A checkout of a user that an unlisted customer names', () => {
  it.each(['cognito_user_id', 'cognito_sub'])(
    'is refused if the customer pays, and its open session expires (%s)',
    async (key) => {
      const who = await shopper();
      const payer = await payingCustomer(stage, { price: prices.monthly, metadata: { [key]: who.sub } });
      expect(await buyers.checkout(who)).toMatchObject(alreadySubscribed);
      expect(await buyers.openSessions(who)).toEqual([]);
      expect(stage.wires.stripe.names()).not.toContain('POST /v1/checkout/sessions');
      const { status } = await stage.stripe.subscriptions.retrieve(payer.subscriptionId);
      expect(status).toBe('active');
    },
  );

  it.each(['cognito_user_id', 'cognito_sub'])(
    'lets the user in at once, without an event (%s)',
    async (key) => {
      const who = await shopper();
      const payer = await payingCustomer(stage, { price: prices.monthly, metadata: { [key]: who.sub } });
      expect(await buyers.checkout(who)).toMatchObject(alreadySubscribed);
      const claims = { sub: who.sub };
      const { body } = await stage.call('entitlements-api', apiEvent('http', { claims }));
      expect(body).toMatchObject({ access_granted: true, plan: prices.monthly });
      expect(await stage.entitlement(who.sub)).toMatchObject({
        stripe_customer_ids: expect.arrayContaining([payer.customerId]),
      });
      // What the row shows by then is not synced again.
      stage.calm();
      expect(await buyers.checkout(who)).toMatchObject(alreadySubscribed);
      expect(stage.wires.stripe.names()).not.toContain('GET /v1/entitlements/active_entitlements');
    },
  );

  it('is refused also if the row cannot be written, and the log says so', async () => {
    const who = await shopper();
    await payingCustomer(stage, { price: prices.monthly, metadata: { cognito_sub: who.sub } });
    stage.wires.dynamodb.fail(({ name, body }) =>
      name === 'UpdateItem' && body.includes('stripe_customer_ids') ? 'server_error' : undefined,
    );
    expect(await buyers.checkout(who)).toMatchObject(alreadySubscribed);
    expect(stage.logs).toContainEqual(
      expect.objectContaining({ level: 'warn', metric: 'checkout_sync_failed', user_id: who.sub }),
    );
  });

  it('opens a session if the customer’s subscription has ended, or the customer names another user', async () => {
    const who = await shopper();
    const metadata = { cognito_user_id: who.sub };
    const ended = await payingCustomer(stage, { price: prices.monthly, metadata });
    await stage.stripe.subscriptions.cancel(ended.subscriptionId);
    await payingCustomer(stage, {
      price: prices.monthly,
      metadata: { cognito_sub: randomUUID(), cognito_user_id: who.sub },
    });
    expect((await buyers.checkout(who)).statusCode).toBe(200);
    expect(stage.wires.stripe.names().filter((name) => name === 'GET /v1/customers/search')).toHaveLength(1);
  });

  it.each([
    'The search feature is temporarily unavailable in your region.',
    'search feature unavailable for merchant',
  ])('opens a session in an account without a search, and the log says so: %s', async (message) => {
    const who = await shopper();
    await refusalsOf(stage).refuse('GET /v1/customers/search', { status: 400, message, count: 1 });
    expect((await buyers.checkout(who)).statusCode).toBe(200);
    expect(stage.logs).toContainEqual(
      expect.objectContaining({ level: 'warn', metric: 'customer_search_unavailable', user_id: who.sub }),
    );
  });

  it.each<readonly [number, string, StripeRefusal]>([
    [400, 'refused', { message: 'Invalid query.' }],
    [402, 'refused', { message: 'No.' }],
    [403, 'misconfigured', { message: 'The provided key does not have the required permissions.' }],
    [424, 'refused', { message: 'No.' }],
  ])(
    'opens no session if Stripe refuses the search for another reason: %i %s',
    async (status, code, error) => {
      const who = await shopper();
      await payingCustomer(stage, { price: prices.monthly, metadata: { cognito_sub: who.sub } });
      await refusalsOf(stage).refuse('GET /v1/customers/search', { ...error, status, count: 1 });
      const answer = await buyers.checkout(who);
      expect(answer).toMatchObject({ statusCode: 500, body: { code } });
      expect(answer.headers).not.toHaveProperty('Retry-After');
      expect(stage.wires.stripe.names()).not.toContain('POST /v1/checkout/sessions');
    },
  );

  it('answers 503 while Stripe does not search', async () => {
    const who = await shopper();
    stage.wires.stripe.fail(everyOf('GET /v1/customers/search', 'server_error'));
    expect(await buyers.checkout(who)).toMatchObject({ statusCode: 503, body: { code: 'unavailable' } });
  });
});

describe('A checkout of a user whose subscription starts later by a schedule', () => {
  const startsAt = () => Math.floor(Date.now() / 1000) + NEXT_WEEK_SECONDS;
  const scheduled = (customer: string, price: string) =>
    stage.stripe.subscriptionSchedules.create({
      customer,
      start_date: startsAt(),
      phases: [{ items: [{ price }] }],
    });
  const otherProduct = async (): Promise<string> => {
    const price = await stage.stripe.prices.create({
      product_data: { name: 'Course' },
      currency: 'usd',
      unit_amount: 500,
      recurring: { interval: 'month' },
      metadata: { predixa_role: 'other_product' },
    });
    return price.id;
  };

  it('is refused, and its open session expires', async () => {
    const who = await shopper();
    await scheduled(await buyers.customerOf(who), prices.yearly);
    expect(await buyers.checkout(who)).toMatchObject(alreadySubscribed);
    expect(await buyers.openSessions(who)).toEqual([]);
    expect(stage.wires.stripe.names()).not.toContain('POST /v1/checkout/sessions');
  });

  it('is refused for a customer that no row lists', async () => {
    const who = await shopper();
    const { id } = await stage.stripe.customers.create({ metadata: { cognito_user_id: who.sub } });
    await scheduled(id, prices.monthly);
    expect(await buyers.checkout(who)).toMatchObject(alreadySubscribed);
  });

  it('is refused if the schedule is made while the session is opened, which expires', async () => {
    const who = await shopper();
    const customer = await buyers.customerOf(who);
    const opening = stage.wires.stripe.holdNext('POST /v1/checkout/sessions');
    const checkout = buyers.checkout(who, { price: 'pro_yearly' });
    await opening.reached;
    await scheduled(customer, prices.monthly);
    opening.release();
    expect(await checkout).toMatchObject(alreadySubscribed);
    expect(await buyers.openSessions(who)).toEqual([]);
  });

  it('opens a session once the schedule is canceled or released', async () => {
    const who = await shopper();
    const customer = await buyers.customerOf(who);
    await stage.stripe.subscriptionSchedules.cancel((await scheduled(customer, prices.monthly)).id);
    await stage.stripe.subscriptionSchedules.release((await scheduled(customer, prices.monthly)).id);
    expect((await buyers.checkout(who)).statusCode).toBe(200);
  });

  it('is refused also if a hundred newer schedules are for another product', async () => {
    const who = await shopper();
    const customer = await buyers.customerOf(who);
    await scheduled(customer, prices.monthly);
    const other = await otherProduct();
    for (let count = 0; count < 100; count += 1) await scheduled(customer, other);
    expect(await buyers.checkout(who)).toMatchObject(alreadySubscribed);
  });

  it('opens a session if every price of every phase is another product’s', async () => {
    const who = await shopper();
    const customer = await buyers.customerOf(who);
    const other = await otherProduct();
    await scheduled(customer, other);
    expect((await buyers.checkout(who)).statusCode).toBe(200);
    await stage.stripe.subscriptionSchedules.create({
      customer,
      start_date: startsAt(),
      phases: [
        { items: [{ price: other }], duration: { interval: 'month' } },
        { items: [{ price: other }, { price: prices.monthly }] },
      ],
    });
    expect(await buyers.checkout(who)).toMatchObject(alreadySubscribed);
  });

  it('opens a session if the key may not read schedules, and the log says so once', async () => {
    const who = await shopper();
    await scheduled(await buyers.customerOf(who), prices.monthly);
    stage.wires.stripe.fail(everyOf('GET /v1/subscription_schedules', 'forbidden'));
    expect((await buyers.checkout(who, { price: 'pro_yearly' })).statusCode).toBe(200);
    const said = stage.logs.filter(
      (line) => line['metric'] === 'schedules_unavailable' && line['user_id'] === who.sub,
    );
    expect(said).toMatchObject([{ level: 'warn' }]);
  });

  it('answers 503 while Stripe does not list schedules', async () => {
    const who = await shopper();
    stage.wires.stripe.fail(everyOf('GET /v1/subscription_schedules', 'server_error'));
    expect(await buyers.checkout(who)).toMatchObject({ statusCode: 503, body: { code: 'unavailable' } });
  });
});
