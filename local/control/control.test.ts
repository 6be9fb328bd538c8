import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLocalCloud, type LocalCloud } from '../cloud/cloud.ts';
import {
  CONTROL_PREFIX,
  type Overview,
  type SpanDetail,
  type UserDetail,
  type UserList,
} from './contract.ts';

let cloud: LocalCloud;
beforeAll(async () => {
  const ports = { api: 0, dynamodb: 0, cognito: 0, stripe: 0, revenuecat: 0 };
  cloud = await createLocalCloud({ ephemeral: true, ports });
});
afterAll(() => cloud.close());

const url = (path: string) => `${cloud.urls.api}${CONTROL_PREFIX}${path}`;
const read = async <T>(path: string) => (await (await fetch(url(path))).json()) as T;
const post = (path: string, body: object = {}) =>
  fetch(url(path), { method: 'POST', body: JSON.stringify(body) });
const signIn = () => cloud.signInFederated({ provider: 'Google', id: '1', email: 'ada@example.com' });

describe('The control API', () => {
  it('describes the cloud without secrets', async () => {
    const overview = await read<Overview>('');
    expect(overview).toMatchObject({ urls: { api: cloud.urls.api }, clock: { aheadMs: 0 }, faults: [] });
    expect(JSON.stringify(overview)).not.toMatch(/whsec_|sk_test_|sk_local|rcwh_/);
  });

  it.each([
    ['GET', '/nothing', 404, /^The control API has no path \/nothing\.$/],
    ['DELETE', '/clock', 405, /^\/clock takes GET, POST, not DELETE\.$/],
    ['GET', '/spans?after=x', 400, /^"after" must be a whole number\.$/],
    ['GET', '/spans/999999', 404, /^This span is no longer kept: only the newest ones are\.$/],
    ['POST', '/clock', 400, /^Send \{"advanceSeconds": 3600\}, or /],
    ['POST', '/deliveries/none/replay', 404, /^No payer has a delivery none\. It was deleted by a reset\.$/],
    ['POST', '/users/unknown/session', 404, /^Cognito has no user unknown, so no one can sign in\.$/],
    ['GET', '/users/%E0%A4%A', 400, /^The path holds a % that begins no escape\.$/],
    ['GET', '/users/a/at?seconds=soon', 400, /^"seconds" must be a moment in Unix seconds\.$/],
    ['POST', '/faults', 400, /^"system" must be one of stripe, /],
  ] as const)(
    'answers %s %s with %i and a message that says what to do',
    async (method, path, status, message) => {
      const response = await fetch(url(path), { method, ...(method === 'POST' ? { body: '{}' } : {}) });
      expect(response.status).toBe(status);
      expect(response.headers.get('cache-control')).toBe('no-store');
      expect(await response.json()).toEqual({ message: expect.stringMatching(message) });
    },
  );

  it.each([`/users/${'a'.repeat(5_000)}`, `/users/${'a'.repeat(5_000)}/at?seconds=1`])(
    'refuses an id that no system takes',
    async (path) => {
      const response = await fetch(url(path));
      expect(response.status).toBe(400);
      expect(await response.json()).toEqual({ message: expect.stringMatching(/^The request names a value/) });
    },
  );

  it('finds no user of an empty id', async () => {
    expect((await post('/clock', { to: 'renewal', sub: '' })).status).toBe(400);
  });

  it('answers HEAD of the page without a body', async () => {
    const response = await fetch(`${cloud.urls.api}/`, { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('');
  });

  it('refuses a body that is not a JSON object', async () => {
    for (const body of ['[]', '{', '1', 'null']) {
      expect((await fetch(url('/clock'), { method: 'POST', body })).status).toBe(400);
    }
  });

  it('shows a user of an identity provider in every system, and finds the user by parts of the address', async () => {
    const { sub } = await signIn();
    const detail = await read<UserDetail>(`/users/${sub}`);
    expect(detail).toMatchObject({
      summary: { email: 'ada@example.com', status: 'none', accessGranted: false, leftover: false },
      cognito: { user: { UserStatus: 'EXTERNAL_PROVIDER' } },
      dynamodb: { row: { cognito_sub: sub }, profile: { userId: sub } },
      stripe: { customers: [{ metadata: { cognito_sub: sub } }], subscriptions: [] },
      sentence: { granted: false, reason: 'no_entitlement' },
    });
    expect(await read(`/users/${sub}/differences`)).toEqual({ differences: [] });
    const customer = String(detail.stripe.customers[0]?.['id']);
    for (const search of ['ADA@', sub.slice(0, 8), customer]) {
      expect((await read<UserList>(`/users?search=${search}`)).users.map((user) => user.sub)).toEqual([sub]);
    }
    expect(await read(`/users?search=nothing`)).toEqual({ users: [], found: 0, total: 1 });
  });

  it('records a sign-up as one story, without its tokens, passwords and keys', async () => {
    const { spans } = await read<{ spans: readonly SpanDetail[] }>('/spans');
    const trigger = spans.find(({ title }) => title === 'post-confirmation');
    const story = spans.filter(({ story: one }) => one === trigger?.story);
    expect(new Set(story.map(({ lane }) => lane))).toEqual(
      new Set(['lambda', 'dynamodb', 'stripe', 'webhook']),
    );
    const exported = await (await fetch(url('/spans/export'))).text();
    expect(exported).not.toMatch(/whsec_|sk_test_|sk_local|rcwh_|eyJ[\w-]+\.[\w-]+\./);
  });

  it('moves the clock of Stripe, RevenueCat and the functions together', async () => {
    expect(await (await post('/clock', { advanceSeconds: 86_400 })).json()).toMatchObject({
      aheadMs: 86_400_000,
    });
    const answer = await cloud.invoke('reconcile', { dryRun: true });
    expect(answer.ok).toBe(true);
    const { idToken } = (await (await post(`/users/${(await signIn()).sub}/session`)).json()) as {
      idToken: string;
    };
    const session = await fetch(`${cloud.urls.api}/me/checkout-session`, {
      method: 'POST',
      headers: { authorization: `Bearer ${idToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ price: 'pro_monthly' }),
    });
    expect(session.status).toBe(200);
    for (const seconds of [0, -1, 0.5, 1e9]) {
      expect((await post('/clock', { advanceSeconds: seconds })).status).toBe(400);
    }
  });

  it('lets each system fail as it really does, for so many calls, and counts them', async () => {
    const token = (await signIn()).idToken;
    const get = () =>
      fetch(`${cloud.urls.api}/me/entitlements`, { headers: { authorization: `Bearer ${token}` } });
    await post('/faults', { system: 'dynamodb', fault: 'fail', match: 'GetItem', count: null });
    expect((await get()).status).toBe(503);
    const [fault] = (await read<{ faults: readonly { hits: number }[] }>('/faults')).faults;
    expect(fault?.hits).toBeGreaterThan(0);
    await fetch(url('/faults'), { method: 'DELETE' });
    expect((await get()).status).toBe(200);
  });
});

describe('The control API under attack', () => {
  it('answers at once whatever pattern a fault has', async () => {
    const pattern = `${'*a'.repeat(60)}x`;
    await post('/faults', { system: 'dynamodb', fault: 'fail', match: pattern, count: null });
    const { ok } = await cloud.invoke('reconcile', { dryRun: true });
    expect(ok).toBe(true);
    expect(
      (await post('/faults', { system: 'dynamodb', fault: 'fail', match: '*'.repeat(201) })).status,
    ).toBe(400);
    expect((await post('/faults', { system: 'cards', fault: 'decline', match: 'cus_1' })).status).toBe(400);
    await fetch(url('/faults'), { method: 'DELETE' });
  });

  it('hides secrets in JSON that a record holds as text', async () => {
    const { redacted } = await import('../recording/redact.ts');
    const body = JSON.stringify({ client_secret: 'pi_1_secret_abc', id: 'pi_1', password: 'x' });
    const shown = JSON.stringify(redacted({ body, note: 'see pi_2_secret_def' }));
    expect(shown).toContain('pi_1');
    expect(shown).not.toMatch(/secret_abc|secret_def|"x"/);
  });

  it('refuses users by the thousand and texts that are no sub', async () => {
    for (const repair of [
      Array.from({ length: 101 }, (_, index) => `sub-${index}`),
      [''],
      ['a'.repeat(200)],
    ]) {
      expect((await post('/reconcile', { repair })).status).toBe(400);
    }
  });

  it('saves one name from several requests at once', async () => {
    const saves = await Promise.all([1, 2, 3, 4].map(() => post('/snapshots', { name: 'same' })));
    expect(saves.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  });
});

describe('The page of the console', () => {
  it('loads two files of its own and nothing else, in less than 150 kB', async () => {
    const response = await fetch(cloud.urls.api);
    expect(response.headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self'/);
    const page = await response.text();
    const loaded = [...page.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path = '']) => path);
    expect(loaded).toEqual(['/console.css', '/console.js']);
    const { gzipSync } = await import('node:zlib');
    let bytes = gzipSync(page).byteLength;
    for (const path of loaded) {
      bytes += gzipSync(await (await fetch(`${cloud.urls.api}${path}`)).text()).byteLength;
    }
    console.info(`The console: ${bytes} of 150,000 bytes, gzipped.`);
    expect(bytes).toBeLessThan(150_000);
  });
});
