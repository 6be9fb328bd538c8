import type { Stripe } from 'stripe';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { apiEvent, type Form, forms } from '../../tests/support/api-events.ts';
import { refusalsOf } from '../../tests/support/refusals.ts';
import { type ApiAnswer, createStage, type Stage } from '../../tests/support/stage.ts';
import { everyOf } from '../../tests/support/wire.ts';

let shop: Stage;
let pro: Stripe.Product;
let monthly: Stripe.Price;
let yearly: Stripe.Price;
const opened: Stage[] = [];

beforeAll(async () => {
  shop = await createStage();
  pro = await shop.stripe.products.create({
    name: 'Pro',
    description: 'For people who write every day.',
    marketing_features: [{ name: 'Export' }, { name: 'Priority support' }],
    images: ['https://app.example.com/pro.png'],
  });
  const { products, prices } = shop.stripe;
  const terms = { product: pro.id, currency: 'eur', recurring: { interval: 'month' } } as const;
  monthly = await prices.create({ ...terms, unit_amount: 990, lookup_key: 'pro_monthly' });
  const team = await products.create({ name: 'Team' });
  yearly = await prices.create({
    product: team.id,
    currency: 'jpy',
    unit_amount: 5_000,
    recurring: { interval: 'year' },
    lookup_key: 'pro_yearly',
  });
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((stage) => stage.close()));
  await refusalsOf(shop).calm();
  shop.calm();
});
afterAll(() => shop.close());

/** A stage of its own, which has cached nothing, on the same Stripe. */
async function selling(prices: string, env: Readonly<Record<string, string>> = {}): Promise<Stage> {
  const stage = await createStage({
    env: { CHECKOUT_PRICES: prices, STRIPE_API_BASE: shop.wires.stripe.url, ...env },
  });
  opened.push(stage);
  return stage;
}

function get(stage: Stage, headers: Readonly<Record<string, string>> = {}, form: Form = 'http') {
  return stage.call('prices', apiEvent(form, { path: '/prices', headers }));
}

const idsIn = ({ body }: ApiAnswer) => (body['prices'] as { readonly id: string }[]).map(({ id }) => id);

describe('GET /prices', () => {
  it.each(forms)('shows the listed prices with their products to anyone (%s)', async (form) => {
    expect(await get(shop, {}, form)).toMatchObject({
      statusCode: 200,
      body: {
        prices: [
          {
            id: monthly.id,
            lookup_key: 'pro_monthly',
            product: {
              id: pro.id,
              name: 'Pro',
              description: 'For people who write every day.',
              features: ['Export', 'Priority support'],
              images: ['https://app.example.com/pro.png'],
            },
            currency: 'eur',
            unit_amount: 990,
            unit_amount_decimal: '990',
            billing_scheme: 'per_unit',
            recurring: { interval: 'month', interval_count: 1 },
          },
          {
            id: yearly.id,
            product: { name: 'Team', description: null, features: [], images: [] },
            currency: 'jpy',
            unit_amount: 5_000,
            recurring: { interval: 'year', interval_count: 1 },
          },
        ],
      },
    });
  });

  it('asks Stripe once for many requests', async () => {
    const stage = await selling('pro_monthly');
    for (let count = 0; count < 5; count += 1) expect((await get(stage)).statusCode).toBe(200);
    expect(shop.wires.stripe.names()).toEqual(['GET /v1/prices']);
  });

  it('keeps the order of the settings, and shows a price that is listed twice once', async () => {
    const stage = await selling(`pro_yearly,${monthly.id},pro_monthly,${yearly.id}`);
    expect(idsIn(await get(stage))).toEqual([yearly.id, monthly.id]);
  });

  it('can be cached, and answers 304 to a client that has the same answer', async () => {
    const answer = await get(shop);
    expect(answer.headers).toMatchObject({
      'Cache-Control': expect.stringMatching(/^public, max-age=\d+/),
      ETag: expect.stringMatching(/^"[\w-]{22}"$/),
      Vary: 'Origin',
    });
    const etag = String(answer.headers['ETag']);
    for (const tags of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
      const same = await get(shop, { 'If-None-Match': tags });
      expect(same).toMatchObject({ statusCode: 304, headers: { ETag: etag } });
      expect(same.headers).not.toHaveProperty('Content-Type');
    }
    expect((await get(shop, { 'if-none-match': '"x"' })).statusCode).toBe(200);
  });

  it('is readable by pages of an allowed origin alone, and caches keep one answer for each origin', async () => {
    const own = await get(shop, { Origin: 'https://app.example.com' }, 'rest');
    expect(own.headers).toMatchObject({
      'Access-Control-Allow-Origin': 'https://app.example.com',
      Vary: 'Origin',
    });
    const other = await get(shop, { Origin: 'https://evil.org' }, 'rest');
    expect(other.headers).not.toHaveProperty('Access-Control-Allow-Origin');
    expect(other.headers).toMatchObject({ Vary: 'Origin' });
  });

  it.each(['POST', 'DELETE'])('refuses %s', async (method) => {
    const answer = await shop.invoke('prices', apiEvent('http', { method, path: '/prices' }));
    expect(answer).toMatchObject({ statusCode: 405, headers: { Allow: 'GET, HEAD, OPTIONS' } });
  });
});

describe('A price that cannot be sold', () => {
  const terms = { currency: 'usd', unit_amount: 100, recurring: { interval: 'month' } } as const;

  it('is not shown, and the log says which one and why', async () => {
    const { stripe } = shop;
    const archived = await stripe.prices.create({ ...terms, product: pro.id });
    await stripe.prices.update(archived.id, { active: false });
    const old = await stripe.products.create({ name: 'Old' });
    const ofOld = await stripe.prices.create({ ...terms, product: old.id });
    await stripe.products.update(old.id, { active: false });
    const once = await stripe.prices.create({ currency: 'usd', unit_amount: 100, product: pro.id });
    const stage = await selling(['gold', archived.id, ofOld.id, once.id, 'pro_monthly'].join());
    expect(idsIn(await get(stage))).toEqual([monthly.id]);
    const lines = stage.logs.filter(({ metric }) => metric === 'price_not_for_sale');
    expect(lines.map(({ price, reason }) => [price, reason])).toEqual([
      ['gold', 'missing'],
      [archived.id, 'inactive'],
      [ofOld.id, 'product_inactive'],
      [once.id, 'one_time'],
    ]);
  });

  it.each(['gold', 'price_gone'])('is misconfigured if no other is listed: %s', async (listed) => {
    const stage = await selling(listed);
    const answer = await get(stage);
    expect(answer).toMatchObject({
      statusCode: 500,
      headers: { 'Cache-Control': 'no-store' },
      body: { code: 'misconfigured' },
    });
    expect(answer.headers).not.toHaveProperty('Retry-After');
    // Anyone may ask, so only the log names the setting.
    expect(answer.body).not.toHaveProperty('detail');
    expect(stage.logs).toContainEqual(
      expect.objectContaining({
        metric: 'misconfigured',
        settings: ['CHECKOUT_PRICES'],
        fix: expect.stringContaining(`No price can be sold; ${listed}`),
      }),
    );
  });
});

describe('GET /prices without Stripe', () => {
  it('answers 503, which no cache keeps, and later succeeds', async () => {
    const stage = await selling('pro_monthly');
    shop.wires.stripe.fail(everyOf('GET /v1/prices', 'server_error'));
    expect(await get(stage)).toMatchObject({
      statusCode: 503,
      headers: { 'Cache-Control': 'no-store', 'Retry-After': '5' },
      body: { code: 'unavailable' },
    });
    shop.calm();
    expect((await get(stage)).statusCode).toBe(200);
  });

  it('is misconfigured if the key may not read products, which the log says and the answer does not', async () => {
    await refusalsOf(shop).refuse('GET /v1/prices', { status: 403, message: 'No.' });
    const stage = await selling('pro_monthly');
    const answer = await get(stage);
    expect(answer).toMatchObject({ statusCode: 500, body: { code: 'misconfigured' } });
    expect(answer.body).not.toHaveProperty('detail');
    const line = expect.objectContaining({ metric: 'misconfigured', settings: ['STRIPE_API_KEY'] });
    expect(stage.logs).toContainEqual(line);
  });

  it.each([{ CHECKOUT_PRICES: '' }, { STRIPE_API_KEY: '' }])(
    'is misconfigured without its settings, which the answer does not name: %j',
    async (env) => {
      const stage = await selling('pro_monthly', env);
      const { statusCode, body } = await get(stage);
      expect({ statusCode, body }).toMatchObject({ statusCode: 500, body: { code: 'misconfigured' } });
      expect(JSON.stringify(body)).not.toContain(Object.keys(env)[0]);
    },
  );
});
