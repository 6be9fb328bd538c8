import { NextRequest } from 'next/server';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { amplifyCookies, startTestPool, type TestPool } from '../testing/pool.ts';
import { problem, type ScriptedApi, startScriptedApi, subscriber } from '../testing/scripted-api.ts';
import { type AccessOptions, createDecider, type Refused } from './decide.ts';
import { pathFor, safePath } from './paths.ts';
import { createProxy, type GuardedRoute, PATH_HEADER } from './proxy.ts';

let pool: TestPool;
let api: ScriptedApi;
const refusals: Refused[] = [];
beforeAll(async () => {
  [pool, api] = await Promise.all([startTestPool(), startScriptedApi()]);
});
afterAll(() => Promise.all([pool.close(), api.close()]));
beforeEach(() => api.answerWith(() => ({ body: subscriber })));
afterEach(() => refusals.splice(0));

const optionsWith = (more: Partial<AccessOptions> = {}): AccessOptions => ({
  baseUrl: api.url,
  userPoolId: pool.userPoolId,
  clientId: pool.clientId,
  issuer: pool.issuer,
  onRefused: (refusal) => void refusals.push(refusal),
  ...more,
});

const cookiesOf = (token: string, username?: string) => {
  const cookies = amplifyCookies(pool.clientId, token, username);
  return (name: string) => cookies[name];
};

describe('The decision about a session', () => {
  it('grants what the entitlements of the verified user include', async () => {
    const decider = createDecider(optionsWith());
    const token = await pool.idToken({ email: 'ada@example.com' });
    const user = { sub: 'ada', email: 'ada@example.com' };
    expect(await decider.decide(cookiesOf(token), { plan: 'price_pro', feature: 'export' })).toMatchObject({
      granted: true,
      user,
      entitlements: { plan: 'price_pro' },
    });
    expect(await decider.decide(cookiesOf(token), { feature: 'sso' })).toEqual({
      granted: false,
      reason: 'denied',
      user,
    });
    const asked = { route: 'GET /me/entitlements', token, body: undefined };
    expect(api.asked).toEqual([asked, asked]);
  });

  it.each(['ada', 'ada@example.com', 'Google_1', 'sam|x', 'ö ü'])(
    'reads Amplify’s cookies of the user %s',
    async (name) => {
      const decider = createDecider(optionsWith());
      expect(await decider.decide(cookiesOf(await pool.idToken(), name), {})).toMatchObject({
        granted: true,
      });
    },
  );

  it.each([
    ['a forged signature', () => pool.forged()],
    ['another client', () => pool.idToken({ aud: 'client2' })],
    [
      'another pool',
      () => pool.idToken({ iss: 'https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Other' }),
    ],
    ['an access token', () => pool.idToken({ token_use: 'access' })],
    ['no subject', () => pool.idToken({ sub: '' })],
    ['no JWT', async () => 'nonsense'],
    [
      'a token without a signature',
      async () => `${Buffer.from('{"alg":"none"}').toString('base64url')}.e30.`,
    ],
  ])('refuses %s, and asks the API nothing', async (_, make) => {
    const decider = createDecider(optionsWith());
    expect(await decider.decide(cookiesOf(await make()), {})).toMatchObject({
      granted: false,
      reason: 'invalid_token',
    });
    expect(api.asked).toEqual([]);
  });

  it('says why it refuses, to the app’s own log too', async () => {
    const decider = createDecider(optionsWith());
    const reason = async (token: string | undefined) => {
      const decision = await decider.decide(token === undefined ? () => undefined : cookiesOf(token), {});
      return 'reason' in decision ? decision.reason : undefined;
    };
    expect(await reason(undefined)).toBe('signed_out');
    expect(await reason(await pool.idToken({ exp: 1 }))).toBe('expired');
    api.answerWith(() => problem(401, 'unauthorized'));
    expect(await reason(await pool.idToken({ sub: 'eve' }))).toBe('expired');
    api.answerWith(() => problem(500, 'internal_error'));
    expect(await reason(await pool.idToken({ sub: 'ben' }))).toBe('unavailable');
    api.answerWith(() => ({ body: { ...subscriber, access_granted: false } }));
    expect(await reason(await pool.idToken({ sub: 'cem' }))).toBe('denied');
    expect(refusals.map(({ reason: said }) => said)).toEqual([
      'signed_out',
      'expired',
      'expired',
      'unavailable',
      'denied',
    ]);
  });

  it('grants nothing while the keys of the pool cannot be fetched', async () => {
    const broken = await startTestPool();
    broken.breakDown();
    const decider = createDecider(optionsWith({ issuer: broken.issuer }));
    const decision = await decider.decide(cookiesOf(await broken.idToken()), {});
    expect(decision).toMatchObject({ granted: false, reason: 'unavailable' });
    await broken.close();
  });

  it('asks again before it refuses by a kept answer, because the user may have just paid', async () => {
    const decider = createDecider(optionsWith());
    const ada = cookiesOf(await pool.idToken());
    api.answerWith((_, index) => ({ body: { ...subscriber, access_granted: index > 0 } }));
    expect(await decider.decide(ada, {})).toMatchObject({ granted: false });
    expect(await decider.decide(ada, {})).toMatchObject({ granted: true });
    await decider.decide(ada, {});
    expect(api.asked).toHaveLength(2);
  });

  it('keeps each answer for seconds, for its user alone, and never a failure', async () => {
    const decider = createDecider(optionsWith());
    const [ada, ben] = [cookiesOf(await pool.idToken()), cookiesOf(await pool.idToken({ sub: 'ben' }))];
    api.answerWith((_, index) => (index === 1 ? problem(500, 'internal_error') : { body: subscriber }));
    await Promise.all([decider.decide(ada, {}), decider.decide(ada, {})]);
    await decider.decide(ada, {});
    expect(api.asked).toHaveLength(1);
    expect(await decider.decide(ben, {})).toMatchObject({ granted: false });
    expect(await decider.decide(ben, {})).toMatchObject({ granted: true });
    expect(api.asked).toHaveLength(3);
    const without = createDecider(optionsWith({ cacheSeconds: 0 }));
    await without.decide(ada, {});
    await without.decide(ada, {});
    expect(api.asked).toHaveLength(5);
  });
});

describe('The proxy', () => {
  const routes: readonly GuardedRoute[] = [
    { path: '/reports', feature: 'export' },
    { path: '/reports/public', signedInOnly: true },
    { path: '/account', signedInOnly: true },
    { path: '/api/report' },
    { path: '/feed', answers: 'data' },
  ];
  async function ask(
    path: string,
    {
      token,
      accept = 'text/html',
      method = 'GET',
    }: { token?: string; accept?: string; method?: string } = {},
  ) {
    const cookies = token === undefined ? {} : amplifyCookies(pool.clientId, token);
    const cookie = Object.entries(cookies)
      .map(([name, value]) => `${name}=${value}`)
      .join('; ');
    const request = new NextRequest(`https://app.example.com${path}`, {
      method,
      headers: { accept, cookie },
    });
    const response = await createProxy({ ...optionsWith(), routes })(request);
    return {
      response,
      location: response.headers.get('location'),
      reason: response.headers.get('x-access-reason'),
    };
  }

  it('lets routes pass that it does not guard, and names the path to their pages', async () => {
    for (const path of ['/', '/pricing?plan=pro', '/reports-of-others', '/accounts']) {
      const { response } = await ask(path);
      expect(response.headers.get('x-middleware-next')).toBe('1');
      expect(response.headers.get(`x-middleware-request-${PATH_HEADER}`)).toBe(path);
    }
    expect(api.asked).toEqual([]);
  });

  it('lets users pass who have access, or who need only be signed in', async () => {
    const token = await pool.idToken();
    for (const path of ['/reports', '/reports/2026?page=2', '/account']) {
      expect((await ask(path, { token })).response.headers.get('x-middleware-next')).toBe('1');
    }
    api.answerWith(() => ({ body: { ...subscriber, access_granted: false } }));
    expect((await ask('/reports/public/1', { token })).response.headers.get('x-middleware-next')).toBe('1');
  });

  it('sends users to the page that helps, with the way back', async () => {
    expect(await ask('/reports/1?page=2')).toMatchObject({
      location: 'https://app.example.com/sign-in?next=%2Freports%2F1%3Fpage%3D2',
      reason: 'signed_out',
    });
    expect(await ask('/account', { token: await pool.idToken({ exp: 1 }) })).toMatchObject({
      location: 'https://app.example.com/sign-in?next=%2Faccount&reason=expired',
      reason: 'expired',
    });
    api.answerWith(() => ({ body: { ...subscriber, features: [] } }));
    expect(await ask('/reports', { token: await pool.idToken() })).toMatchObject({
      location: 'https://app.example.com/pricing?next=%2Freports&reason=denied',
      reason: 'denied',
    });
  });

  it('redirects within the base path of the app', async () => {
    const request = new NextRequest('https://example.com/app/reports', {
      headers: { accept: 'text/html' },
      nextConfig: { basePath: '/app' },
    });
    const response = await createProxy({ ...optionsWith(), routes })(request);
    expect(response.headers.get('location')).toBe('https://example.com/app/sign-in?next=%2Freports');
  });

  it.each([
    '/%72eports',
    '/REPORTS',
    '/reports%2F1',
    '/reports//1',
    '/reports/',
    '/reports/%2e',
    '/reports/..%2f',
  ])('guards %s', async (path) => {
    expect((await ask(path)).reason).toBe('signed_out');
  });

  const proxyOf = (...guarded: readonly GuardedRoute[]) =>
    createProxy({ ...optionsWith(), routes: guarded, signInPath: '/login', deniedPath: '/plans' });
  const visit = async (proxy: ReturnType<typeof createProxy>, path: string, token?: string) => {
    const cookies = token === undefined ? {} : amplifyCookies(pool.clientId, token);
    const cookie = Object.entries(cookies)
      .map(([name, value]) => `${name}=${value}`)
      .join('; ');
    const headers = { accept: 'text/html', cookie };
    const answer = await proxy(new NextRequest(`https://app.example.com${path}`, { headers }));
    return answer.headers.get('x-access-reason') ?? 'passed';
  };

  it.each(['/reports', '/reports/', '/reports/1', '/%72eports/1/%', '/reports/%E0%A4%A'])(
    'guards %s by a route that is written with a slash at its end',
    async (path) => {
      expect(await visit(proxyOf({ path: '/reports/' }), path)).toBe('signed_out');
    },
  );

  it.each([
    'reports',
    '',
    '/reports/*',
    '/reports/:id',
    '/reports/[id]',
    '/(paid)/reports',
    '/reports?page=2',
    '//reports',
  ])('does not start with the route %j, which would guard nothing', (path) => {
    expect(() => proxyOf({ path })).toThrow('The path of a guarded route');
  });

  it('that guards the whole app still shows the pages that it sends users to', async () => {
    const proxy = proxyOf({ path: '/' });
    expect(await visit(proxy, '/')).toBe('signed_out');
    expect(await visit(proxy, '/plans')).toBe('signed_out');
    expect(await visit(proxy, '/login/')).toBe('passed');
    expect((await proxy(new NextRequest('https://app.example.com/api/report'))).status).toBe(401);
    const token = await pool.idToken({ sub: 'dot' });
    api.answerWith(() => ({ body: { ...subscriber, access_granted: false } }));
    expect(await visit(proxy, '/reports', token)).toBe('denied');
    expect(await visit(proxy, '/plans?next=%2Freports', token)).toBe('passed');
  });

  it('shows a page that says so while access cannot be checked', async () => {
    api.answerWith(() => problem(500, 'internal_error'));
    const { response, reason } = await ask('/reports', { token: await pool.idToken() });
    expect([response.status, reason]).toEqual([503, 'unavailable']);
    expect(response.headers.get('retry-after')).toBe('5');
    expect(await response.text()).toContain('try again');
  });

  it('redirects the requests by which Next.js fetches a page as data', async () => {
    expect((await ask('/reports', { accept: '*/*' })).location).toContain('/sign-in');
  });

  it.each([
    ['/reports', 'application/json', 'GET'],
    ['/reports', 'text/html', 'POST'],
    ['/api/report', '*/*', 'GET'],
    ['/feed', 'text/html', 'GET'],
  ])('answers a request for data with a problem document (%s, %s, %s)', async (path, accept, method) => {
    const { response } = await ask(path, { accept, method });
    expect(response.status).toBe(401);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({ code: 'signed_out', status: 401 });
  });
});

describe('The way back', () => {
  it.each(['/', '/reports', '/reports?page=2#top', '/a//b', '/@evil.example'])('may be %s', (path) => {
    expect(safePath(path)).toBe(path);
  });

  it.each([
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    '/\n/evil.example',
    '/.//evil.example',
    '/..//evil.example',
    '/%2e//evil.example',
    '/a/..//evil.example',
    '/./\\evil.example',
    '\\/evil.example',
    'javascript:alert(1)',
    'reports',
    '',
    null,
    undefined,
  ])('is never %j', (value) => {
    expect(safePath(value, '/home')).toBe('/home');
  });

  it('leads nowhere if nothing could be found out', () => {
    expect(pathFor('unavailable', '/reports', {})).toBeUndefined();
    expect(pathFor('denied', '//evil.example', { deniedPath: '/plans?from=gate' })).toBe(
      '/plans?from=gate&next=%2F&reason=denied',
    );
  });
});
