/** What a user pays for in Stripe without any record of it here refuses a checkout. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buyersOn, pricesOn, type User } from '../../tests/support/buyers.ts';
import { payingCustomer } from '../../tests/support/payers.ts';
import { createStage, type Stage } from '../../tests/support/stage.ts';
import { everyOf } from '../../tests/support/wire.ts';

let stage: Stage;
let buyers: ReturnType<typeof buyersOn>;
let prices: Awaited<ReturnType<typeof pricesOn>>;

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

  it('opens a session in an account without a search, and the log says so', async () => {
    const who = await shopper();
    stage.wires.stripe.fail(everyOf('GET /v1/customers/search', 'forbidden'));
    expect((await buyers.checkout(who)).statusCode).toBe(200);
    expect(stage.logs).toContainEqual(
      expect.objectContaining({ level: 'warn', metric: 'customer_search_unavailable', user_id: who.sub }),
    );
  });

  it('answers 503 while Stripe does not search', async () => {
    const who = await shopper();
    stage.wires.stripe.fail(everyOf('GET /v1/customers/search', 'server_error'));
    expect(await buyers.checkout(who)).toMatchObject({ statusCode: 503, body: { code: 'unavailable' } });
  });
});
