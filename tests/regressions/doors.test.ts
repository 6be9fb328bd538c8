/** Which requests each function serves, whatever the API in front of it passes on. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { FunctionName } from '../../contract/functions.ts';
import { apiEvent, type Form, forms } from '../support/api-events.ts';
import { createStage, type Item, type Stage } from '../support/stage.ts';
import { delivered, stripeEvent } from '../support/webhooks.ts';

const origin = 'https://app.example.com';
let stage: Stage;
beforeAll(async () => {
  stage = await createStage({ env: { ALLOWED_ORIGINS: origin } });
});
afterEach(() => stage.calm());
afterAll(() => stage.close());

interface Answer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

interface Sent {
  readonly form?: Form;
  readonly method: string;
  readonly path: string;
  readonly body?: string;
  readonly claims?: Readonly<Record<string, unknown>>;
}

async function send(name: FunctionName, { form = 'rest', claims, ...request }: Sent): Promise<Answer> {
  const identity = claims ?? { sub: randomUUID(), 'cognito:username': 'ann' };
  const event = apiEvent(form, { headers: { Origin: origin }, claims: identity, ...request });
  return (await stage.invoke(name, event)) as Answer;
}

const calls = () => Object.values(stage.wires).flatMap((wire) => wire.names());

const routes = [
  ['delete-user', 'DELETE', '/me/account'],
  ['entitlements-api', 'GET', '/me/entitlements'],
  ['checkout', 'POST', '/me/checkout-session'],
  ['checkout', 'POST', '/me/entitlements/sync'],
  ['billing-portal', 'POST', '/me/billing-portal-session'],
  ['stripe-webhook', 'POST', '/stripe/webhook'],
] as const;

describe.each(routes)('%s', (name, allowed, path) => {
  it.each(forms)(
    `answers every method other than ${allowed} ${path} with 405 and Allow (%s)`,
    async (form) => {
      for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'BREW']) {
        if (method === allowed || (method === 'HEAD' && allowed === 'GET')) continue;
        const answer = await send(name, { form, method, path });
        expect(answer).toMatchObject({
          statusCode: 405,
          headers: { Allow: expect.stringContaining(allowed) },
        });
        const code = method === 'HEAD' ? answer.body : (JSON.parse(answer.body) as Item)['code'];
        expect(code).toBe(method === 'HEAD' ? '' : 'method_not_allowed');
      }
      expect(calls()).toEqual([]);
    },
  );

  it('answers OPTIONS itself without an identity, and does nothing else', async () => {
    const answer = await send(name, { method: 'OPTIONS', path, claims: {} });
    expect(answer).toMatchObject({ statusCode: 204, body: '' });
    expect(answer.headers['Allow']).toContain(allowed);
    expect(answer.headers['Access-Control-Allow-Methods']).toContain(allowed);
    expect(calls()).toEqual([]);
  });
});

it.each([
  { requestContext: { httpMethod: 'GET' } },
  { requestContext: { http: { method: 'GET' } } },
  { httpMethod: null, routeKey: 'GET /me/account' },
  { requestContext: { http: { method: 'DELETE', path: '/me/devices/5' } } },
])(
  'An event that names its method or path in one place only deletes no account if it is another one: %j',
  async (event) => {
    const claims = { sub: randomUUID(), 'cognito:username': 'ann' };
    const requestContext = { ...event.requestContext, authorizer: { jwt: { claims } } };
    const answer = (await stage.invoke('delete-user', { ...event, requestContext })) as Answer;
    expect([404, 405]).toContain(answer.statusCode);
    expect(calls()).toEqual([]);
  },
);

describe('The path of a request', () => {
  it.each(['/me/account', '/me/account/', '/prod/me/account', '/api/v1/me/account'])(
    'lets an account be deleted at %s',
    async (path) => {
      expect((await send('delete-user', { method: 'DELETE', path })).statusCode).toBe(200);
    },
  );

  it.each(['/me/devices/5', '/me/account/avatar', '/me/accounts', '/theme/account', '/me/account%2F'])(
    'keeps an account from being deleted at %s',
    async (path) => {
      const answer = await send('delete-user', { method: 'DELETE', path });
      expect(answer.statusCode).toBe(404);
      expect(JSON.parse(answer.body)).toMatchObject({ code: 'not_found', success: false });
      expect(calls()).toEqual([]);
    },
  );

  it('keeps checkout from opening a session at an unknown path', async () => {
    const request = { method: 'POST', path: '/me/other', body: '{"price":"pro_monthly"}' };
    expect((await send('checkout', request)).statusCode).toBe(404);
    expect(calls()).toEqual([]);
  });
});

it('HEAD of the entitlements has the headers of GET and no body', async () => {
  const request = { path: '/me/entitlements', claims: { sub: randomUUID() } };
  const [get, head] = [
    await send('entitlements-api', { method: 'GET', ...request }),
    await send('entitlements-api', { method: 'HEAD', ...request }),
  ];
  expect(head).toEqual({ ...get, body: '' });
});

describe('A page of another origin', () => {
  it.each(forms)('may read Retry-After of an answer (%s)', async (form) => {
    const request = { form, method: 'GET', path: '/me/entitlements' };
    const { headers } = await send('entitlements-api', request);
    const readable = {
      'Access-Control-Allow-Origin': origin,
      'Access-Control-Expose-Headers': 'Retry-After',
    };
    expect(headers).toMatchObject(readable);
  });
});

describe('A JSON body', () => {
  it.each([
    ['too long', JSON.stringify({ price: 'pro_monthly', note: 'x'.repeat(70_000) })],
    ['a list', '[]'],
    ['cut off', '{"price":'],
  ])('is refused with 400 if it is %s', async (_, body) => {
    for (const form of forms) {
      const answer = await send('checkout', { form, method: 'POST', path: '/me/checkout-session', body });
      expect(answer.statusCode).toBe(400);
    }
    expect(calls()).toEqual([]);
  });
});

describe('Claims', () => {
  it.each([
    {},
    { sub: null },
    { sub: [] },
    { sub: ['victim'] },
    { sub: { sub: 'victim' } },
    { sub: ' victim' },
    { sub: '[a b]' },
    { username: 'victim' },
  ])('that name no user are answered 401: %j', async (claims) => {
    for (const form of forms) {
      const answer = await send('delete-user', { form, method: 'DELETE', path: '/me/account', claims });
      expect(answer.statusCode).toBe(401);
    }
    expect(calls()).toEqual([]);
  });

  it.each(['{"sub":"victim"}', ['sub', 'victim'], 7])(
    'that are %j instead of an object are answered 401',
    async (claims) => {
      for (const authorizer of [{ claims }, { jwt: { claims } }, { jwt: claims }]) {
        const event = { httpMethod: 'DELETE', path: '/me/account', requestContext: { authorizer } };
        expect((await stage.call('delete-user', event)).statusCode).toBe(401);
      }
      expect(calls()).toEqual([]);
    },
  );
});

it('No answer to a failure says anything about the installation', async () => {
  const broken = await createStage({ env: { AWS_REGION: '', STRIPE_API_KEY: '', CHECKOUT_PRICES: '' } });
  const claims = { sub: randomUUID(), 'cognito:username': 'ann' };
  const bodies: Item[] = [];
  for (const [name, method, path] of routes) {
    bodies.push((await broken.call(name, apiEvent('http', { method, path, claims, body: '{}' }))).body);
  }
  bodies.push((await broken.call('stripe-webhook', delivered(stripeEvent('invoice.paid', {})))).body);
  const logged = JSON.stringify(broken.logs);
  await broken.close();
  for (const body of bodies) expect(body).toMatchObject({ status: 500, code: 'misconfigured' });
  expect(JSON.stringify(bodies)).not.toMatch(/STRIPE|AWS_|CHECKOUT|TABLE|stack|\bat /);
  expect(logged).toContain('STRIPE_API_KEY');
});
