/** What is sold once: the page, who is asked before a second purchase, and what no one pays unknowingly. */
import type { Stripe } from 'stripe';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { httpEvent } from '../../tests/support/api-events.ts';
import { buyersOn, idOf, pay, type User } from '../../tests/support/buyers.ts';
import { type ApiAnswer, createStage, type Stage } from '../../tests/support/stage.ts';
import { delivered, stripeEvent } from '../../tests/support/webhooks.ts';

const DAY = 86_400;
let stage: Stage;
let buyers: ReturnType<typeof buyersOn>;
let product: Stripe.Product;
const prices = new Map<string, Stripe.Price>();

beforeAll(async () => {
  const CHECKOUT_PRICES = 'pro_monthly,lifetime,pass,credits,nothing,team_lifetime,lifetime_add_on';
  stage = await createStage({ env: { CHECKOUT_PRICES } });
  buyers = buyersOn(stage);
  product = await stage.stripe.products.create({ name: 'Pro' });
  const make = async (lookup_key: string, fields: Partial<Stripe.PriceCreateParams>) => {
    const terms = { product: product.id, currency: 'usd', unit_amount: 9_900, lookup_key, ...fields };
    prices.set(lookup_key, await stage.stripe.prices.create(terms));
  };
  await make('pro_monthly', { recurring: { interval: 'month' }, unit_amount: 990 });
  await make('lifetime', { metadata: { predixa_access: 'lifetime', predixa_features: 'export' } });
  await make('team_lifetime', { metadata: { predixa_access: 'lifetime' } });
  await make('pass', { metadata: { predixa_access: '30_days' } });
  await make('credits', { metadata: { predixa_features: 'credits_10' } });
  await make('nothing', {});
  await make('lifetime_add_on', { metadata: { predixa_access: 'lifetime', predixa_role: 'add_on' } });
});
afterAll(() => stage.close());
beforeEach(() => stage.calm());

const idOfPrice = (key: string) => prices.get(key)?.id ?? '';
/** Without a verified address, no one gets a trial. */
const newUser = () => buyers.user({ verified: false });
const open = (who: User, price: string, more: object = {}) => buyers.checkout(who, { price, ...more });

async function answer({ sub }: User) {
  return (await stage.call('entitlements-api', httpEvent({ claims: { sub } }))).body;
}

async function paid(opened: ApiAnswer): Promise<Stripe.Checkout.Session> {
  expect(opened).toMatchObject({ statusCode: 200 });
  expect(await pay(opened.body['url'])).toBe(303);
  return stage.stripe.checkout.sessions.retrieve(String(opened.body['id']));
}

async function deliver(type: string, object: object): Promise<void> {
  const said = await stage.call('stripe-webhook', delivered(stripeEvent(type, object)));
  expect(said).toMatchObject({ statusCode: 200 });
}

/** Buys the price, and delivers the event of the session. */
async function buy(who: User, price: string, more: object = {}): Promise<Stripe.Checkout.Session> {
  const session = await paid(await open(who, price, more));
  await deliver('checkout.session.completed', session);
  return session;
}

async function syncOwn({ sub }: User) {
  const event = httpEvent({ method: 'POST', path: '/me/entitlements/sync', claims: { sub } });
  return (await stage.call('checkout', event)).body;
}

const purchased = (body: object) => ({ statusCode: 409, body: { code: 'already_purchased', ...body } });

describe('A price that is paid once', () => {
  it('opens a page in payment mode, which records the terms as they are sold', async () => {
    const who = await newUser();
    const session = await paid(await open(who, 'lifetime'));
    const stamp = { cognito_sub: who.sub, cognito_user_pool: stage.poolId, made_by: 'predixa-checkout' };
    expect(session).toMatchObject({
      mode: 'payment',
      subscription: null,
      invoice: null,
      client_reference_id: who.sub,
      metadata: {
        ...stamp,
        predixa_access: 'lifetime',
        predixa_features: 'export',
        sold_price: idOfPrice('lifetime'),
        sold_product: product.id,
        sold_lookup_key: 'lifetime',
        sold_quantity: '1',
      },
    });
    const intent = await stage.stripe.paymentIntents.retrieve(idOf(session.payment_intent));
    expect(intent.metadata).toEqual(stamp);
  });

  it('gives what it gave when it was sold, whatever becomes of the price', async () => {
    const who = await newUser();
    const opened = await open(who, 'pass');
    await stage.stripe.prices.update(idOfPrice('pass'), { metadata: { predixa_access: '1_day' } });
    await deliver('checkout.session.completed', await paid(opened));
    const { current_period_end: end } = await answer(who);
    expect(Number(end)).toBeGreaterThan(Date.now() / 1_000 + 29 * DAY);
    await stage.stripe.prices.update(idOfPrice('pass'), { metadata: { predixa_access: '30_days' } });
  });

  it('is in the user’s own sync before any event, also if the event is lost', async () => {
    const who = await newUser();
    await paid(await open(who, 'lifetime'));
    expect(await syncOwn(who)).toMatchObject({
      access_granted: true,
      current_period_end: null,
      features: ['export'],
    });
  });

  it('is not sold if nothing says what it gives, or as an add-on', async () => {
    const who = await newUser();
    expect(await open(who, 'nothing')).toMatchObject({ statusCode: 500, body: { code: 'misconfigured' } });
    expect(await open(who, 'lifetime_add_on')).toMatchObject({ statusCode: 500 });
    const addOns = { add_ons: [{ price: 'credits' }] };
    expect(await open(who, 'lifetime', addOns)).toMatchObject({ body: { code: 'add_on_not_allowed' } });
  });

  it('costs the checkout of a subscription not one call to Stripe', async () => {
    const who = await newUser();
    await open(who, 'pro_monthly');
    stage.calm();
    await open(who, 'pro_monthly');
    const lists = stage.wires.stripe.calls.filter(({ name }) => name === 'GET /v1/checkout/sessions');
    expect(lists).toHaveLength(2);
  });
});

describe('Who has a lifetime', () => {
  it('learns so, and cannot buy it a second time, not even on purpose', async () => {
    const who = await newUser();
    await buy(who, 'lifetime');
    const owned = {
      plan: idOfPrice('lifetime'),
      features: ['export'],
      current_period_end: null,
      status: 'active',
    };
    const refusal = purchased({ purchases: [owned], again_allowed: false });
    expect(await open(who, 'lifetime')).toMatchObject(refusal);
    expect(await open(who, 'lifetime', { again: true })).toMatchObject(refusal);
    expect(await buyers.openSessions(who)).toEqual([]);
  });

  it.each(['team_lifetime', 'pass', 'pro_monthly'])('is asked before paying for %s too', async (price) => {
    const who = await newUser();
    await buy(who, 'lifetime');
    expect(await open(who, price)).toMatchObject(purchased({ again_allowed: true }));
    expect(await open(who, price, { again: true })).toMatchObject({ statusCode: 200 });
  });

  it('is let in by the refusal, if the event of the purchase was lost', async () => {
    const who = await newUser();
    await paid(await open(who, 'lifetime'));
    expect(await open(who, 'lifetime')).toMatchObject(purchased({}));
    expect(await answer(who)).toMatchObject({ access_granted: true });
  });

  it('can buy it again once the payment was refunded', async () => {
    const who = await newUser();
    const session = await buy(who, 'lifetime');
    const intent = await stage.stripe.paymentIntents.retrieve(idOf(session.payment_intent));
    await stage.stripe.refunds.create({ payment_intent: intent.id });
    await deliver('charge.refunded', { id: intent.latest_charge, customer: session.customer });
    expect(await answer(who)).toMatchObject({ access_granted: false });
    await buy(who, 'lifetime');
    expect(await answer(who)).toMatchObject({ access_granted: true });
  });

  it('can buy features freely, and only those that are missing', async () => {
    const who = await newUser();
    await buy(who, 'lifetime');
    await buy(who, 'credits');
    expect(await answer(who)).toMatchObject({ access_granted: true, features: ['credits_10', 'export'] });
    expect(await open(who, 'credits')).toMatchObject(purchased({ again_allowed: true }));
  });
});

describe('Who has a pass', () => {
  it('extends it on purpose only', async () => {
    const who = await newUser();
    await buy(who, 'pass');
    const { current_period_end: end } = await answer(who);
    expect(await open(who, 'pass')).toMatchObject(
      purchased({ again_allowed: true, purchases: [{ current_period_end: end }] }),
    );
    await buy(who, 'pass', { again: true });
    expect(await answer(who)).toMatchObject({ current_period_end: Number(end) + 30 * DAY });
  });
});

describe('A subscriber', () => {
  it('is asked before buying a lifetime or a pass, and not before buying features', async () => {
    const who = await newUser();
    await paid(await open(who, 'pro_monthly'));
    for (const price of ['lifetime', 'pass']) {
      expect(await open(who, price)).toMatchObject({ statusCode: 409, body: { code: 'already_subscribed' } });
    }
    expect(await open(who, 'lifetime', { again: true })).toMatchObject({ statusCode: 200 });
    expect(await open(who, 'credits')).toMatchObject({ statusCode: 200 });
  });

  it('buys a lifetime without a question once the subscription will not bill again', async () => {
    const who = await newUser();
    await paid(await open(who, 'pro_monthly'));
    const [subscription] = await buyers.subscriptions(who);
    await stage.stripe.subscriptions.update(subscription?.id ?? '', { cancel_at_period_end: true });
    expect(await open(who, 'pass')).toMatchObject({ statusCode: 409 });
    await buy(who, 'lifetime');
    await stage.stripe.subscriptions.cancel(subscription?.id ?? '');
    await deliver('customer.subscription.deleted', {
      id: subscription?.id,
      customer: await buyers.customerOf(who),
    });
    expect(await answer(who)).toMatchObject({ access_granted: true, plan: idOfPrice('lifetime') });
  });
});

describe('Two tabs', () => {
  it('get one page for equal requests, and of two orders only the newest can be paid', async () => {
    const who = await newUser();
    const [first, second] = [await open(who, 'lifetime'), await open(who, 'lifetime')];
    expect(second.body['id']).toBe(first.body['id']);
    const third = await open(who, 'pro_monthly');
    expect(await buyers.openSessions(who)).toMatchObject([{ id: third.body['id'] }]);
    expect(await pay(first.body['url'])).not.toBe(303);
  });

  it('cannot both be paid when one is paid while the other is opened', async () => {
    const who = await newUser();
    const first = await open(who, 'lifetime');
    const held = stage.wires.stripe.holdNext(`POST /v1/checkout/sessions/${String(first.body['id'])}/expire`);
    const second = open(who, 'team_lifetime');
    await held.reached;
    await pay(first.body['url']);
    held.release();
    expect((await second).statusCode).not.toBe(200);
    expect(await buyers.openSessions(who)).toEqual([]);
  });

  it('get one page at the same moment', async () => {
    const who = await newUser();
    await open(who, 'pass');
    const answers = await Promise.all([1, 2, 3, 4].map(() => open(who, 'lifetime')));
    const opened = answers.filter(({ statusCode }) => statusCode === 200);
    expect(new Set(opened.map(({ body }) => body['id'])).size).toBe(1);
    expect(await buyers.openSessions(who)).toHaveLength(1);
  });
});

describe('A one-time purchase of a user who is deleted', () => {
  it('is refunded once if it was paid at that moment, however often its event arrives', async () => {
    const who = await newUser();
    const session = await paid(await open(who, 'lifetime'));
    expect((await buyers.remove(who)).statusCode).toBe(200);
    await deliver('checkout.session.completed', session);
    await deliver('checkout.session.completed', session);
    const charges = await stage.stripe.charges.list({ customer: idOf(session.customer) });
    expect(charges.data).toMatchObject([{ refunded: true }]);
    const alarms = stage.logs.filter(
      (line) => line['metric'] === 'orphaned_checkout' && line['user_id'] === who.sub,
    );
    expect(alarms).toMatchObject([{ level: 'error', action: 'refund', refunds: 1, session_id: session.id }]);
    expect(await stage.entitlement(who.sub)).toBeUndefined();
  });

  it('cannot be paid any more, since the deletion expires its page', async () => {
    const who = await newUser();
    const { body } = await open(who, 'lifetime');
    expect((await buyers.remove(who)).statusCode).toBe(200);
    expect(await pay(body['url'])).not.toBe(303);
  });
});
