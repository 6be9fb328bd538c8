import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  problem,
  type ScriptedApi,
  startScriptedApi,
  subscriber,
  tokenWith,
} from '../testing/scripted-api.ts';
import { AccountError, type Client, type ClientOptions, createClient } from './index.ts';

let api: ScriptedApi;
beforeAll(async () => {
  api = await startScriptedApi();
});
afterAll(() => api.close());

let token: string | null;
beforeEach(() => {
  token = tokenWith({ sub: 'ada' });
  api.answerWith(() => ({ body: subscriber }));
});

function clientWith(options: Partial<ClientOptions> = {}): Client {
  return createClient({ baseUrl: `${api.url}/`, getToken: () => token, ...options });
}

const errorOf = (call: Promise<unknown>): Promise<AccountError> =>
  call.then(
    () => Promise.reject(new Error('The call succeeded.')),
    (error: unknown) => error as AccountError,
  );

describe('The client', () => {
  it('calls each route with the token, and returns its answer', async () => {
    const client = clientWith();
    expect(await client.entitlements.get()).toEqual(subscriber);
    expect(await client.entitlements.sync()).toEqual(subscriber);
    const session = { id: 'cs_1', url: 'https://checkout.stripe.com/1', expires_at: 1 };
    api.answerWith(() => ({ body: session }));
    expect(await client.checkout.start({ price: 'pro', quantity: 2 })).toEqual(session);
    expect(await client.portal.open()).toEqual(session);
    expect(await client.portal.open({ flow: 'subscription_cancel' })).toEqual(session);
    expect(api.asked).toEqual([
      { route: 'POST /me/checkout-session', token, body: { price: 'pro', quantity: 2 } },
      { route: 'POST /me/billing-portal-session', token, body: {} },
      { route: 'POST /me/billing-portal-session', token, body: { flow: 'subscription_cancel' } },
    ]);
  });

  it('lists the prices without a token, also while no one is signed in', async () => {
    token = null;
    const prices = [{ id: 'price_1' }];
    api.answerWith(() => ({ body: { prices } }));
    const [price] = await clientWith().prices.list();
    // An older deployment does not say more of it.
    expect(price).toMatchObject({ id: 'price_1', tiers: null, currency_options: [], trial_days: 0 });
    expect(price).toMatchObject({ role: 'plan', max_quantity: 1 });
    expect(api.asked).toEqual([{ route: 'GET /prices', token: undefined, body: undefined }]);
    api.answerWith(() => ({ body: {} }));
    expect((await errorOf(clientWith().prices.list())).code).toBe('invalid_answer');
  });

  it('asks with the token what this user would get', async () => {
    const answer = { current: { plan: 'price_1' }, prices: [{ id: 'price_1', action: 'current' }] };
    api.answerWith(() => ({ body: answer }));
    expect(await clientWith().prices.mine()).toEqual(answer);
    expect(api.asked).toEqual([{ route: 'GET /me/prices', token, body: undefined }]);
  });

  it('reads the billing page, and further invoices by their cursor', async () => {
    const billing = { next_charge: null, unavailable: [] };
    api.answerWith(() => ({ body: billing }));
    const client = clientWith();
    expect(await client.billing()).toEqual(billing);
    await client.billing({ invoicesAfter: '1.in_1&x' });
    expect(api.asked.map(({ route }) => route)).toEqual([
      'GET /me/billing',
      'GET /me/billing?invoices_after=1.in_1%26x',
    ]);
    api.answerWith(() => ({ body: {} }));
    expect((await errorOf(client.billing())).code).toBe('invalid_answer');
  });

  it('says whose token it has, without a request', async () => {
    expect(await clientWith().user()).toBe('ada');
    token = null;
    expect(await clientWith().user()).toBeUndefined();
    expect(api.asked).toEqual([]);
  });

  it('deletes the account, and forgets what it knew', async () => {
    const client = clientWith();
    await client.entitlements.get();
    const deletion = {
      success: true,
      message: 'Done.',
      deleted: { stripe: true },
      billing_continues: [],
      billing_continues_known: 'current',
      refund_policy: 'none',
      refunds: [],
      refunds_known: true,
      pending: [],
    };
    api.answerWith(({ route }) => ({ body: route.startsWith('DELETE') ? deletion : subscriber }));
    expect(await client.account.delete()).toEqual(deletion);
    await client.entitlements.get();
    expect(api.asked.map(({ route }) => route)).toEqual(['DELETE /me/account', 'GET /me/entitlements']);
  });
});

describe('An answer', () => {
  it('is used again for the same user for a while', async () => {
    const client = clientWith();
    await client.entitlements.get();
    await client.entitlements.get();
    expect(api.asked).toHaveLength(1);
    await client.entitlements.get({ fresh: true });
    expect(api.asked).toHaveLength(2);
  });

  it('is never used for another user, or after a sign-out', async () => {
    const client = clientWith();
    await client.entitlements.get();
    token = tokenWith({ sub: 'bob' });
    await client.entitlements.get();
    token = tokenWith({ sub: 'ada' });
    await client.entitlements.get();
    client.clear();
    await client.entitlements.get();
    expect(api.asked).toHaveLength(4);
    token = null;
    expect(await errorOf(client.entitlements.get())).toMatchObject({ code: 'signed_out' });
    expect(api.asked).toHaveLength(4);
  });

  it('that arrives after the sign-out is not kept', async () => {
    let answer = () => {};
    api.answerWith((_, index) =>
      index > 0
        ? { body: subscriber }
        : new Promise((resolve) => (answer = () => resolve({ body: subscriber }))),
    );
    const client = clientWith();
    const late = client.entitlements.get();
    await api.requests(1);
    client.clear();
    answer();
    await late;
    await client.entitlements.get();
    expect(api.asked).toHaveLength(2);
  });

  it('is not kept without a subject, or with a cache of no seconds', async () => {
    token = 'opaque';
    const client = clientWith();
    await client.entitlements.get();
    await client.entitlements.get();
    token = tokenWith({ sub: 'ada' });
    const uncached = clientWith({ cacheSeconds: 0 });
    await uncached.entitlements.get();
    await uncached.entitlements.get();
    expect(api.asked).toHaveLength(4);
  });

  it('is shared by simultaneous calls, and one that aborts leaves it to the others', async () => {
    let answer = () => {};
    api.answerWith(() => new Promise((resolve) => (answer = () => resolve({ body: subscriber }))));
    const client = clientWith();
    const leaving = new AbortController();
    const calls = [client.entitlements.get({ signal: leaving.signal }), client.entitlements.get()];
    await api.requests(1);
    leaving.abort(new Error('left'));
    await expect(calls[0]).rejects.toThrow('left');
    answer();
    expect(await calls[1]).toEqual(subscriber);
    expect(api.asked).toHaveLength(1);
  });

  it('of an older deployment lacks fields, which then are unknown', async () => {
    const { status, plan, access_granted } = subscriber;
    api.answerWith(() => ({ body: { status, plan, access_granted, trial_days_remaining: null } }));
    expect(await clientWith().entitlements.get()).toMatchObject({
      status,
      plan,
      access_granted,
      add_ons: [],
      features: null,
      source: null,
      trial_days_remaining: 0,
    });
    api.answerWith(() => ({ body: { deleted: true } }));
    expect(await clientWith().account.delete()).toMatchObject({
      deleted: { cognito: true, stripe: true },
      billing_continues: [],
    });
  });

  it.each([
    ['a page', '<html></html>'],
    ['null', null],
    ['something else', { message: 'hello' }],
  ])('that is %s is an error, and never "no access"', async (_, body) => {
    api.answerWith(() => ({ body }));
    expect(await errorOf(clientWith().entitlements.get())).toMatchObject({ code: 'invalid_answer' });
  });

  it.each([
    ['a deletion', () => clientWith().account.delete()],
    ['a Checkout session', () => clientWith().checkout.start({ price: 'pro' })],
    ['a portal session', () => clientWith().portal.open()],
    ['the prices', () => clientWith().prices.list()],
    ['the own prices', () => clientWith().prices.mine()],
  ])('that is something else than %s is an error too', async (_, call) => {
    for (const body of [{}, { message: 'hello' }, { success: false, deleted: null, url: 7, prices: {} }]) {
      api.answerWith(() => ({ body }));
      expect(await errorOf(call())).toMatchObject({ code: 'invalid_answer', status: undefined });
    }
  });
});

describe('A failure', () => {
  it('has the code, the text and the whole problem of the API', async () => {
    api.answerWith(() => problem(409, 'already_subscribed'));
    const error = await errorOf(clientWith().checkout.start({ price: 'pro' }));
    expect(error).toBeInstanceOf(AccountError);
    expect(error).toMatchObject({
      code: 'already_subscribed',
      status: 409,
      message: 'A already_subscribed.',
      problem: { code: 'already_subscribed' },
    });
    expect(error.retryAfterSeconds).toBeUndefined();
    expect(api.asked).toHaveLength(1);
  });

  it('is repeated after as many seconds as the API says, but not after a long time', async () => {
    api.answerWith((_, index) =>
      index < 2 ? { ...problem(503, 'unavailable'), headers: { 'retry-after': '0' } } : { body: subscriber },
    );
    expect(await clientWith().entitlements.get()).toEqual(subscriber);
    expect(api.asked).toHaveLength(3);
    api.answerWith(() => ({ ...problem(429, 'too_many_requests'), headers: { 'retry-after': '42' } }));
    const error = await errorOf(clientWith().entitlements.sync());
    expect(error).toMatchObject({ code: 'too_many_requests', retryAfterSeconds: 42 });
    expect(api.asked).toHaveLength(1);
  });

  it('is repeated if the connection is cut or API Gateway answers itself, and ends after the last attempt', async () => {
    api.answerWith(
      (_, index) => [{ cut: true }, { status: 504, body: {} }, { body: subscriber }][index] ?? {},
    );
    expect(await clientWith().entitlements.get()).toEqual(subscriber);
    api.answerWith(() => ({ cut: true }));
    expect(await errorOf(clientWith({ retries: 1 }).entitlements.get())).toMatchObject({
      code: 'network_error',
    });
    expect(api.asked).toHaveLength(2);
    api.answerWith(() => ({ status: 429, body: { message: 'Too Many Requests' } }));
    expect(await errorOf(clientWith({ retries: 0 }).entitlements.get())).toMatchObject({ code: 'http_429' });
  });

  it('is not repeated if it would happen again', async () => {
    for (const answer of [
      problem(500, 'misconfigured'),
      problem(400, 'price_not_allowed'),
      problem(410, 'account_deleted'),
    ]) {
      api.answerWith(() => answer);
      await errorOf(clientWith().checkout.start({ price: 'pro' }));
      expect(api.asked).toHaveLength(1);
    }
  });

  it('of the token makes the client ask for a new one, once', async () => {
    const asked: boolean[] = [];
    const tokens = ['old', 'new'];
    const getToken: ClientOptions['getToken'] = ({ forceRefresh }) => {
      asked.push(forceRefresh);
      return forceRefresh ? tokens[1] : tokens[0];
    };
    api.answerWith(({ token }) => (token === 'new' ? { body: subscriber } : { status: 401, body: {} }));
    expect(await clientWith({ getToken }).entitlements.get()).toEqual(subscriber);
    expect(asked).toEqual([false, true]);
    api.answerWith(() => ({ status: 401, body: { message: 'Unauthorized' } }));
    expect(await errorOf(clientWith({ getToken }).entitlements.get())).toMatchObject({
      code: 'signed_out',
      status: 401,
    });
    expect(api.asked).toHaveLength(2);
    expect(await errorOf(clientWith().entitlements.get())).toMatchObject({ code: 'signed_out' });
    expect(api.asked).toHaveLength(3);
  });

  it('is a timeout if the API is silent, and the reason of the signal if the caller aborts', async () => {
    api.answerWith(() => new Promise(() => {}));
    const impatient = clientWith({ timeoutMs: 20, retries: 0 });
    expect(await errorOf(impatient.entitlements.get())).toMatchObject({ code: 'timeout' });
    const stop = new AbortController();
    const call = clientWith().checkout.start({ price: 'pro' }, { signal: stop.signal });
    await api.requests(2);
    stop.abort(new Error('stopped'));
    await expect(call).rejects.toThrow('stopped');
    await expect(clientWith().checkout.start({ price: 'pro' }, { signal: stop.signal })).rejects.toThrow(
      'stopped',
    );
  });

  it('during a wait ends at once when the caller aborts', async () => {
    api.answerWith(() => ({ ...problem(503, 'unavailable'), headers: { 'retry-after': '9' } }));
    const stop = new AbortController();
    const call = clientWith().portal.open({}, { signal: stop.signal });
    await api.requests(1);
    stop.abort(new Error('stopped'));
    await expect(call).rejects.toThrow('stopped');
  });
});

describe('The access', () => {
  const now = Math.floor(Date.now() / 1_000);
  const entitlement = { status: 'active', plan: 'pro', features: ['export'], access_until: now + 1_000 };
  const claims = { sub: 'ada', iat: now, exp: now + 3_600, entitlement };

  it('is taken from a recent token that grants it, without a request', async () => {
    for (const claim of [entitlement, JSON.stringify(entitlement)]) {
      token = tokenWith({ ...claims, entitlement: claim });
      expect(await clientWith().access()).toEqual({
        granted: true,
        plan: 'pro',
        features: ['export'],
        status: 'active',
        source: 'token',
      });
    }
    expect(api.asked).toEqual([]);
  });

  it.each([
    ['is old', { ...claims, iat: now - 301 }],
    ['has expired', { ...claims, exp: now - 1 }],
    ['no longer holds', { ...claims, entitlement: { ...entitlement, access_until: now - 1 } }],
    [
      'grants nothing',
      { ...claims, entitlement: { status: 'none', plan: null, features: [], access_until: null } },
    ],
    ['cannot be read', { ...claims, entitlement: '{' }],
    ['says nothing', { ...claims, entitlement: undefined }],
  ])('is asked of the API if the token %s', async (_, odd) => {
    token = tokenWith(odd);
    expect(await clientWith().access()).toMatchObject({ granted: true, plan: 'price_pro', source: 'api' });
    expect(api.asked).toHaveLength(1);
  });

  it('is asked of the API on request, or if tokens do not count', async () => {
    token = tokenWith(claims);
    expect(await clientWith().access({ fresh: true })).toMatchObject({ source: 'api' });
    expect(await clientWith({ claimSeconds: 0 }).access()).toMatchObject({ source: 'api' });
  });
});
