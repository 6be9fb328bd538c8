/** Tests of publishable keys: what a browser or an app may do with one, and from which pages. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Rig, startRig } from '../testing/rig.ts';

let rig: Rig;

beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

const ORIGIN = 'https://shop.example';

async function call(
  path: string,
  { method = 'GET', body, key = 'pk_test_shop' }: { method?: string; body?: object; key?: string } = {},
) {
  const answer = await fetch(`${rig.simulator.url}/v1/${path}`, {
    method,
    headers: { Authorization: `Bearer ${key}`, Origin: ORIGIN },
    ...(body === undefined ? {} : { body: new URLSearchParams(body as Record<string, string>) }),
  });
  const text = (await answer.json()) as Record<string, unknown> & { error?: Record<string, unknown> };
  return { status: answer.status, headers: answer.headers, body: text };
}

const newIntent = () =>
  rig.stripe.paymentIntents.create({ amount: 2000, currency: 'usd', metadata: { secret: 'yes' } });

test('A publishable key reads an intent with its client secret, and sees no more than Stripe shows', async () => {
  const intent = await newIntent();
  const { status, body } = await call(`payment_intents/${intent.id}?client_secret=${intent.client_secret}`);
  expect(status).toBe(200);
  expect(body).toMatchObject({ id: intent.id, amount: 2000, status: 'requires_payment_method' });
  expect(Object.keys(body)).not.toEqual(expect.arrayContaining(['metadata']));
  expect(body).not.toHaveProperty('customer');
});

test('An intent without its client secret, or with another one, is refused', async () => {
  const intent = await newIntent();
  const other = await newIntent();
  expect(await call(`payment_intents/${intent.id}`)).toMatchObject({
    status: 400,
    body: { error: { code: 'parameter_missing', param: 'client_secret' } },
  });
  const wrong = await call(`payment_intents/${intent.id}?client_secret=${other.client_secret}`);
  expect(wrong.body.error?.['message']).toBe(
    'The client_secret provided does not match the client_secret associated with the PaymentIntent.',
  );
});

test('A publishable key confirms with the client secret, and cannot change the amount', async () => {
  const intent = await newIntent();
  const body = {
    client_secret: intent.client_secret ?? '',
    payment_method: 'pm_card_visa',
    payment_user_agent: 'stripe-android/21.0.0',
  };
  const confirmed = await call(`payment_intents/${intent.id}/confirm`, { method: 'POST', body });
  expect(confirmed.body).toMatchObject({ status: 'succeeded', amount: 2000 });
});

test.each([
  ['POST', 'payment_intents'],
  ['GET', 'payment_intents'],
  ['POST', 'payment_intents/pi_1/capture'],
  ['POST', 'payment_intents/pi_1/cancel'],
  ['POST', 'setup_intents'],
  ['GET', 'customers'],
  ['POST', 'customers'],
  ['GET', 'charges'],
  ['POST', 'refunds'],
  ['GET', 'events'],
  ['POST', 'subscriptions'],
  ['GET', 'payment_methods/pm_1'],
])('A publishable key is refused at %s /v1/%s', async (method, path) => {
  const { status, body } = await call(path, { method, ...(method === 'POST' ? { body: {} } : {}) });
  expect({ status, code: body.error?.['code'] }).toEqual({ status: 401, code: 'secret_key_required' });
});

test('A publishable key creates payment methods and tokens', async () => {
  const body = {
    type: 'card',
    'card[number]': '4242424242424242',
    'card[exp_month]': '12',
    'card[exp_year]': '40',
  };
  const method = await call('payment_methods', { method: 'POST', body });
  expect(method.body).toMatchObject({ object: 'payment_method', card: { last4: '4242', exp_year: 2040 } });
  const { type: _type, ...card } = body;
  const token = await call('tokens', { method: 'POST', body: card });
  expect(token.body).toMatchObject({ object: 'token', card: { last4: '4242' } });
});

test('Pages of any site get the headers of CORS with a publishable key, and are refused with a secret one', async () => {
  const intent = await newIntent();
  const path = `payment_intents/${intent.id}?client_secret=${intent.client_secret}`;
  expect((await call(path)).headers.get('access-control-allow-origin')).toBe('*');
  expect((await call(path, { key: 'sk_test_local' })).status).toBe(403);
});

test('A preflight is answered for the API alone', async () => {
  const ask = (path: string) =>
    fetch(`${rig.simulator.url}${path}`, {
      method: 'OPTIONS',
      headers: {
        Origin: ORIGIN,
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': 'authorization',
      },
    });
  const answer = await ask('/v1/payment_intents/pi_1/confirm');
  expect(answer.status).toBe(200);
  expect(answer.headers.get('access-control-allow-headers')).toBe('authorization');
  expect((await ask('/_simulator/reset')).status).toBe(403);
});

test('The stand-in for Stripe.js is served to every page under Stripe’s addresses', async () => {
  for (const path of ['/v3', '/v3/', '/clover/stripe.js']) {
    const answer = await fetch(`${rig.simulator.url}${path}`, {
      headers: { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors', 'Sec-Fetch-Dest': 'script' },
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toContain('text/javascript');
  }
});
