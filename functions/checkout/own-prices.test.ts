/** What a signed-in user would get: the pricing page promises only what the checkout keeps, and costs no call to Stripe. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { OwnPricesResponse } from '../../contract/prices.ts';
import { requestLimits } from '../../core/limits/request-limits.ts';
import { apiEvent, forms } from '../../tests/support/api-events.ts';
import { buyersOn, pay, type User } from '../../tests/support/buyers.ts';
import { createStage, type Stage } from '../../tests/support/stage.ts';

let stage: Stage;
let buyers: ReturnType<typeof buyersOn>;
let ids: Readonly<Record<'basic' | 'monthly' | 'yearly' | 'noTrial' | 'old', string>>;
let nowMs = () => Date.now();

beforeAll(async () => {
  stage = await createStage({
    now: () => nowMs(),
    env: { CHECKOUT_PRICES: 'basic,pro_monthly,pro_yearly,no_trial,seats', CHECKOUT_MAX_QUANTITY: '9' },
  });
  buyers = buyersOn(stage);
  const { products, prices } = stage.stripe;
  const [basic, pro] = [await products.create({ name: 'Basic' }), await products.create({ name: 'Pro' })];
  const make = async (product: string, unit_amount: number, terms: object = {}) => {
    const usual = { product, unit_amount, currency: 'usd', recurring: { interval: 'month' } } as const;
    return (await prices.create({ ...usual, ...terms })).id;
  };
  ids = {
    basic: await make(basic.id, 490, { lookup_key: 'basic', metadata: { predixa_trial_days: '30' } }),
    monthly: await make(pro.id, 990, { lookup_key: 'pro_monthly' }),
    yearly: await make(pro.id, 9_900, { lookup_key: 'pro_yearly', recurring: { interval: 'year' } }),
    noTrial: await make(pro.id, 5_000, { lookup_key: 'no_trial', metadata: { predixa_trial_days: '0' } }),
    old: await make(basic.id, 100),
  };
  await make(pro.id, 200, { lookup_key: 'seats', metadata: { predixa_role: 'add_on' } });
  // Warm: what is for sale is read once in five minutes, for everyone.
  await pricesOf(await buyers.user());
});
afterAll(() => stage.close());
beforeEach(() => {
  nowMs = () => Date.now();
  stage.calm();
});

function ask(who: Pick<User, 'sub' | 'username'>, form: (typeof forms)[number] = 'http') {
  const claims = { sub: who.sub, 'cognito:username': who.username };
  return stage.call('checkout', apiEvent(form, { method: 'GET', path: '/me/prices', claims }));
}

async function pricesOf(who: User): Promise<OwnPricesResponse> {
  const answer = await ask(who);
  expect(answer).toMatchObject({ statusCode: 200, headers: { 'Cache-Control': 'no-store' } });
  return answer.body as unknown as OwnPricesResponse;
}

const short = ({ prices }: OwnPricesResponse) =>
  prices.map(({ lookup_key: key, action, trial }) => [key, action, trial.days ?? trial.refused]);

async function subscribe(who: User, price: string): Promise<void> {
  const answer = await buyers.checkout(who, { price });
  expect(await pay(answer.body['url'])).toBe(303);
  const claims = { sub: who.sub, 'cognito:username': who.username };
  const sync = apiEvent('http', { method: 'POST', path: '/me/entitlements/sync', claims });
  expect((await stage.call('checkout', sync)).statusCode).toBe(200);
  stage.calm();
}

describe('A user who never bought anything', () => {
  it.each(forms)('is offered each price with its trial, without a call to Stripe (%s)', async (form) => {
    const who = await buyers.user();
    stage.calm();
    const { body } = await ask(who, form);
    expect(body['current']).toBeNull();
    expect(short(body as unknown as OwnPricesResponse)).toEqual([
      ['basic', 'buy', 30],
      ['pro_monthly', 'buy', 7],
      ['pro_yearly', 'buy', 7],
      ['no_trial', 'buy', 'not_offered'],
      ['seats', 'buy', 'not_offered'],
    ]);
    expect(stage.wires.stripe.names()).toEqual([]);
    expect(stage.wires.dynamodb.names()).toEqual(['GetItem', 'GetItem']);
  });

  it('learns that the address is not verified, for which nothing is claimed', async () => {
    const who = await buyers.user({ verified: false });
    expect(short(await pricesOf(who))[1]).toEqual(['pro_monthly', 'buy', 'unverified_address']);
  });

  it('still has the trial after any number of looks at the prices, while a checkout is open', async () => {
    const who = await buyers.user();
    await pricesOf(who);
    const answer = await buyers.checkout(who, { price: 'pro_monthly' });
    stage.calm();
    for (let count = 0; count < 2; count += 1) {
      expect(short(await pricesOf(who))[1]).toEqual(['pro_monthly', 'buy', 7]);
    }
    // The open session is the one thing that only Stripe knows.
    expect(stage.wires.stripe.names()).toHaveLength(2);
    expect(stage.wires.stripe.calls.every(({ name }) => name.startsWith('GET /v1/checkout/sessions/'))).toBe(
      true,
    );
    expect(await buyers.isTrial(answer, who)).toBe(true);
  });
});

describe('The trial that a page promises', () => {
  it.each([
    'new',
    'unverified',
    'granted by the app',
    'used',
    'used by another account',
    'held by another account',
  ])('is that of the checkout for a user who is known as: %s', async (persona) => {
    const name = randomUUID();
    const first = await buyers.user({ email: `${name}@example.com` });
    if (persona.startsWith('used')) await subscribe(first, 'pro_monthly');
    if (persona.startsWith('held')) await buyers.checkout(first, { price: 'pro_monthly' });
    const who =
      persona === 'used'
        ? first
        : await buyers.user({ email: `${name}+2@example.com`, verified: persona !== 'unverified' });
    if (persona === 'used') {
      const [bought] = await buyers.subscriptions(who);
      await stage.stripe.subscriptions.cancel(bought?.id ?? '');
      // The row shows nothing of it any more; Stripe and the claim do.
      await stage.putEntitlement({ cognito_sub: who.sub, status: 'none' });
    }
    if (persona === 'granted by the app')
      await stage.putEntitlement({ cognito_sub: who.sub, status: 'trial_expired', trial_expires_at: 1 });
    const [basic] = (await pricesOf(who)).prices;
    const begins = await buyers.isTrial(await buyers.checkout(who, { price: 'basic' }), who);
    expect(basic?.action).toBe('buy');
    expect(basic?.trial.days !== undefined).toBe(begins);
  });
});

describe('A subscriber', () => {
  it('sees the plan, and what each other price means and when, without a call to Stripe', async () => {
    const who = await buyers.user();
    await subscribe(who, 'pro_monthly');
    const { current, prices } = await pricesOf(who);
    expect(current).toMatchObject({
      plan: ids.monthly,
      quantity: 1,
      add_ons: [],
      recurring: { interval: 'month', interval_count: 1 },
      source: 'stripe',
      cancel_at: null,
    });
    expect(prices.map(({ lookup_key, action, when, trial }) => [lookup_key, action, when, trial])).toEqual([
      ['basic', 'downgrade', 'now', { refused: 'not_offered' }],
      ['pro_monthly', 'current', null, { refused: 'not_offered' }],
      ['pro_yearly', 'upgrade', 'now', { refused: 'not_offered' }],
      ['no_trial', 'upgrade', 'now', { refused: 'not_offered' }],
      ['seats', 'upgrade', 'now', { refused: 'not_offered' }],
    ]);
    expect(stage.wires.stripe.names()).toEqual([]);
    expect(stage.wires.dynamodb.names()).toEqual(['GetItem']);
  });

  it('has no second trial after the subscription, also with a new account of the same address', async () => {
    const email = `${randomUUID()}@example.com`;
    const who = await buyers.user({ email });
    await subscribe(who, 'pro_monthly');
    const [bought] = await buyers.subscriptions(who);
    await stage.stripe.subscriptions.cancel(bought?.id ?? '');
    const claims = { sub: who.sub, 'cognito:username': who.username };
    await stage.call('checkout', apiEvent('http', { method: 'POST', path: '/me/entitlements/sync', claims }));
    stage.calm();
    expect(short(await pricesOf(who))[0]).toEqual(['basic', 'buy', 'used']);
    expect(stage.wires.stripe.names()).toEqual([]);
    const again = await buyers.user({ email: email.toUpperCase() });
    stage.calm();
    expect(short(await pricesOf(again))[0]).toEqual(['basic', 'buy', 'used']);
    expect(stage.wires.stripe.names()).toHaveLength(1);
    expect(await buyers.isTrial(await buyers.checkout(again), again)).toBe(false);
  });

  it('of a plan that is no longer sold costs one call to Stripe for all who have it', async () => {
    const [who, other] = [await buyers.user(), await buyers.user()];
    const paid = (sub: string) =>
      stage.putEntitlement({
        cognito_sub: sub,
        status: 'active',
        plan: ids.old,
        quantity: 1,
        stripe_status: 'active',
        subscription_id: 'sub_old',
        current_period_end: Math.floor(Date.now() / 1_000) + 86_400,
      });
    await Promise.all([paid(who.sub), paid(other.sub)]);
    stage.calm();
    for (const one of [who, other]) {
      const { current, prices } = await pricesOf(one);
      expect(current).toMatchObject({ plan: ids.old, recurring: { interval: 'month' } });
      expect(prices.map(({ action }) => action)).toEqual([
        'upgrade',
        'upgrade',
        'upgrade',
        'upgrade',
        'upgrade',
      ]);
    }
    expect(stage.wires.stripe.names()).toEqual([`GET /v1/prices/${ids.old}`]);
  });
});

describe('GET /me/prices', () => {
  it('shows a user who pays in an app store that nothing can be bought here', async () => {
    const who = await buyers.user();
    await stage.putEntitlement({ cognito_sub: who.sub, status: 'active', plan: 'pro', platform: 'ios' });
    const { current, prices } = await pricesOf(who);
    expect(current).toMatchObject({ plan: 'pro', source: 'app_store' });
    expect(new Set(prices.map(({ reason }) => reason))).toEqual(new Set(['paid_elsewhere']));
  });

  it('answers 410 to the token of a deleted user, and 401 without one', async () => {
    const who = await buyers.user();
    expect((await buyers.remove(who)).statusCode).toBe(200);
    expect(await ask(who)).toMatchObject({ statusCode: 410, body: { code: 'account_deleted' } });
    const stranger = apiEvent('http', { method: 'GET', path: '/me/prices' });
    expect((await stage.call('checkout', stranger)).statusCode).toBe(401);
  });

  it.each([
    ['POST', '/me/prices', 'GET, HEAD, OPTIONS'],
    ['GET', '/me/checkout-session', 'POST, OPTIONS'],
  ])('serves its own method only: %s %s is refused', async (method, path, allow) => {
    const claims = { sub: randomUUID() };
    const answer = await stage.invoke('checkout', apiEvent('http', { method, path, claims }));
    expect(answer).toMatchObject({ statusCode: 405, headers: { Allow: allow } });
  });

  it('is limited for a user whose answers need Stripe, and for no other', async () => {
    const fixed = Date.now();
    nowMs = () => fixed;
    const [who, other] = [await buyers.user(), await buyers.user()];
    await buyers.checkout(who, { price: 'pro_monthly' });
    const { atMost } = requestLimits.prices;
    for (let count = 0; count < atMost; count += 1) expect((await ask(who)).statusCode).toBe(200);
    const limited = await ask(who);
    expect(limited).toMatchObject({ statusCode: 429, body: { code: 'too_many_requests' } });
    expect(limited.headers).toHaveProperty('Retry-After');
    for (let count = 0; count < 3; count += 1) expect((await ask(other)).statusCode).toBe(200);
  });

  it('answers 503 rather than a wrong promise while Stripe does not say whether a session was paid', async () => {
    const who = await buyers.user();
    await buyers.checkout(who, { price: 'pro_monthly' });
    stage.wires.stripe.fail(({ name }) =>
      name.startsWith('GET /v1/checkout/sessions/') ? 'server_error' : undefined,
    );
    expect(await ask(who)).toMatchObject({ statusCode: 503, body: { code: 'unavailable' } });
    stage.wires.stripe.stopFailing();
    expect((await ask(who)).statusCode).toBe(200);
  });
});
