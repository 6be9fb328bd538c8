/** What a checkout request may contain, and what is refused. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buyersOn, idOf, pricesOn, type User } from '../../tests/support/buyers.ts';
import { createStage, type Stage } from '../../tests/support/stage.ts';
import { everyOf } from '../../tests/support/wire.ts';

const origins = 'https://app.example.com,http://localhost:*,https://other.example.com:8443';
let stage: Stage;
let buyers: ReturnType<typeof buyersOn>;
let prices: Awaited<ReturnType<typeof pricesOn>>;
let who: User;

beforeAll(async () => {
  stage = await createStage({ env: { ALLOWED_ORIGINS: origins } });
  buyers = buyersOn(stage);
  prices = await pricesOn(stage);
  who = await buyers.user();
});
afterAll(() => stage.close());
beforeEach(() => stage.calm());

const request = (more: object) => ({ price: 'pro_monthly', ...more });

async function expectRefused(body: unknown, code: string): Promise<void> {
  expect(await buyers.checkout(who, body)).toMatchObject({ statusCode: 400, body: { code } });
  expect(stage.wires.stripe.names().filter((name) => !name.startsWith('GET /v1/prices'))).toEqual([]);
}

describe('A return URL', () => {
  it.each([
    'https://app.example.com/',
    'https://APP.Example.com:443/done?s={CHECKOUT_SESSION_ID}#{CHECKOUT_SESSION_ID}',
    'https://other.example.com:8443/',
    'http://localhost:5173/done',
  ])('is allowed when its origin is listed: %s', async (success_url) => {
    expect((await buyers.checkout(who, request({ success_url }))).statusCode).toBe(200);
  });

  it.each([
    'https://app.example.com@evil.example/',
    'https://app.example.com:443@evil.example/',
    'https://evil.example\\@app.example.com/',
    'https:\\\\app.example.com/',
    'https:///evil.example/app.example.com',
    '//app.example.com/',
    '/welcome',
    'app.example.com',
    'https://app.example.com:444/',
    'https://other.example.com/',
    'http://localhost/',
    'http://localhost:80@evil.example/',
    'http://localhost.evil.example:3000/',
    'http://app.example.com/',
    'https://app.example.com./',
    'https://app.example.com.evil.example/',
    'https://xapp.example.com/',
    'https://аpp.example.com/',
    'https://app.example。com.evil.example/',
    'https://app.example.com%2eevil.example/',
    'https://app.example.com\n/',
    'https://app.example.com/\u0000',
    '\u200bhttps://app.example.com/',
    'javascript:alert(1)',
    'javascript://app.example.com/%0aalert(1)',
    'data:text/html,hi',
    'blob:https://app.example.com/1',
    'file://app.example.com/',
    'ftp://app.example.com/',
    '',
  ])('is refused when its origin is not listed: %j', async (url) => {
    await expectRefused(request({ success_url: url }), 'return_url_not_allowed');
    await expectRefused(request({ cancel_url: url }), 'return_url_not_allowed');
  });
});

describe('A long return URL', () => {
  it.each([
    ['as the client sends it', 'x'.repeat(2_000)],
    ['in its encoded form', 'é'.repeat(900)],
  ])('is refused when it is too long %s', async (_, path) => {
    await expectRefused(
      request({ success_url: `https://app.example.com/${path}` }),
      'return_url_not_allowed',
    );
  });
});

describe('The fields of a checkout request', () => {
  it.each([
    [{ quantity: 0 }, 'malformed_request'],
    [{ quantity: -1 }, 'malformed_request'],
    [{ quantity: 1.5 }, 'malformed_request'],
    [{ quantity: '2' }, 'malformed_request'],
    [{ quantity: null }, 'malformed_request'],
    [{ quantity: 1e21 }, 'malformed_request'],
    [{ quantity: 1e9 }, 'quantity_not_allowed'],
    [{ quantity: 2 }, 'quantity_not_allowed'],
    [{ promotion: 1 }, 'malformed_request'],
    [{ promotion: 'true' }, 'malformed_request'],
    [{ promotion: {} }, 'malformed_request'],
    [{ promotion: true }, 'promotion_not_allowed'],
    [{ coupon: 'free' }, 'malformed_request'],
    [{ discounts: [] }, 'malformed_request'],
    [{ client_reference_id: 'another' }, 'malformed_request'],
    [{ constructor: {} }, 'malformed_request'],
    [{ price: ['pro_monthly'] }, 'malformed_request'],
    [{ price: { toString: 'pro_monthly' } }, 'malformed_request'],
    [{ price: 'x'.repeat(256) }, 'malformed_request'],
    [{ price: '__proto__' }, 'price_not_allowed'],
    [{ price: 'pro_monthly ' }, 'price_not_allowed'],
    [{ price: 'PRO_MONTHLY' }, 'price_not_allowed'],
  ] as const)('are validated, and %j is refused with %s', async (more, code) => {
    await expectRefused(request(more), code);
  });

  it('never include an inherited field', async () => {
    await expectRefused('{"__proto__": {"price": "pro_monthly"}}', 'malformed_request');
    await expectRefused('{"price": "pro_monthly", "__proto__": {"trial": 90}}', 'malformed_request');
  });
});

describe('A price', () => {
  async function soldAt(listed: string, named: string) {
    const shop = await createStage({
      env: { CHECKOUT_PRICES: listed, STRIPE_API_BASE: stage.wires.stripe.url },
    });
    const shopper = buyersOn(shop);
    const answer = await shopper.checkout(await shopper.user(), { price: named });
    await shop.close();
    if (answer.statusCode !== 200) return answer.body['code'];
    const { data } = await stage.stripe.checkout.sessions.listLineItems(String(answer.body['id']));
    return data[0]?.price?.id;
  }

  it('can be bought by id or by lookup key, whichever of the two is configured', async () => {
    expect(await soldAt('pro_monthly', prices.monthly)).toBe(prices.monthly);
    expect(await soldAt('pro_monthly', 'pro_monthly')).toBe(prices.monthly);
    expect(await soldAt(prices.monthly, prices.monthly)).toBe(prices.monthly);
    expect(await soldAt(prices.monthly, 'pro_monthly')).toBe(prices.monthly);
    expect(await soldAt(prices.monthly, 'pro_yearly')).toBe('price_not_allowed');
    expect(await soldAt('pro_monthly', prices.yearly)).toBe('price_not_allowed');
  });

  it('is found by a lookup key that looks like an id', async () => {
    const terms = { product: await productOf(prices.monthly), currency: 'usd', unit_amount: 100 };
    const recurring = { interval: 'month' } as const;
    const { id } = await stage.stripe.prices.create({ ...terms, recurring, lookup_key: 'price_pro' });
    expect(await soldAt('price_pro', 'price_pro')).toBe(id);
    expect(await soldAt('price_pro', id)).toBe(id);
  });

  it('is the operator’s mistake if it is offered, but inactive or missing', async () => {
    const terms = { product: await productOf(prices.monthly), currency: 'usd', unit_amount: 100 };
    const recurring = { interval: 'month' } as const;
    const { id } = await stage.stripe.prices.create({ ...terms, recurring, lookup_key: 'pro_old' });
    await stage.stripe.prices.update(id, { active: false });
    expect(await soldAt(id, id)).toBe('misconfigured');
    expect(await soldAt(id, 'pro_old')).toBe('misconfigured');
    expect(await soldAt('pro_old', 'pro_old')).toBe('misconfigured');
    expect(await soldAt('pro_old', id)).toBe('price_not_allowed');
    expect(await soldAt('price_missing', 'price_missing')).toBe('misconfigured');
    expect(await soldAt(`price_missing,${prices.monthly}`, 'pro_monthly')).toBe(prices.monthly);
  });

  it('is never refused because Stripe failed to list prices, and that failure is not cached', async () => {
    const shop = await createStage({ env: { CHECKOUT_PRICES: 'pro_monthly' } });
    const shopper = buyersOn(shop);
    await pricesOn(shop);
    const buyer = await shopper.user();
    shop.wires.stripe.fail(everyOf('GET /v1/prices', 'server_error'));
    expect(await shopper.checkout(buyer)).toMatchObject({ statusCode: 503, body: { code: 'unavailable' } });
    shop.calm();
    expect((await shopper.checkout(buyer)).statusCode).toBe(200);
    await shop.close();
  });

  async function productOf(id: string): Promise<string> {
    return idOf((await stage.stripe.prices.retrieve(id)).product);
  }
});
