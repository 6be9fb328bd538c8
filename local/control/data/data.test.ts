/** Tests of tables, snapshots, seed and reset against a whole local cloud. */
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLocalCloud, type LocalCloud } from '../../cloud/cloud.ts';
import type { JsonRecord, SnapshotInfo, TablePage, UserList } from '../contract.ts';
import { seedStates } from './seed-states.ts';

let cloud: LocalCloud;

beforeAll(async () => {
  const ports = { api: 0, dynamodb: 0, cognito: 0, stripe: 0, revenuecat: 0 };
  cloud = await createLocalCloud({ ephemeral: true, ports });
});
afterAll(() => cloud.close());

interface Answered<T> {
  readonly status: number;
  readonly body: T;
}

async function call<T = JsonRecord>(
  method: string,
  path: string,
  body?: object | Buffer,
): Promise<Answered<T>> {
  const response = await fetch(`${cloud.urls.api}/_local/control${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { body: Buffer.isBuffer(body) ? new Uint8Array(body) : JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as T };
}

const users = async () => (await call<UserList>('GET', '/users')).body.users;
const rows = () => `/tables/${cloud.ids.entitlementsTable}`;
const pageOf = async (query = '') => (await call<TablePage>('GET', `${rows()}${query}`)).body;

describe('Seeding', () => {
  it('creates a user of every state, as the app, Stripe and the stores would', async () => {
    expect(await call('POST', '/seed', { count: seedStates.length })).toEqual({
      status: 200,
      body: { created: seedStates.length },
    });
    const seen = Object.fromEntries((await users()).map((user) => [user.email ?? '', user]));
    const stateOf = (number: number) => {
      const found = Object.entries(seen).find(([email]) => email.includes(`.${number}@`))?.[1];
      return found === undefined
        ? 'deleted'
        : `${found.status} ${found.accessGranted ? 'in' : 'out'} ${found.source}`;
    };
    expect(seedStates.map(({ name }, index) => `${name}: ${stateOf(index + 1)}`)).toEqual([
      'never paid: none out null',
      'in a trial: trialing in stripe',
      'active, monthly: active in stripe',
      'active, yearly: active in stripe',
      'past due: past_due out stripe',
      'canceled at the end of the period: active in stripe',
      'ended: canceled out stripe',
      'refunded: active out stripe',
      'paused: canceled out stripe',
      'account deleted: deleted',
      'paid on the iPhone: active in app_store',
      'set by another writer: active in null',
      'not confirmed: none out null',
    ]);
    expect(seen['radia.perlman.13@seed.example']?.userStatus).toBe('UNCONFIRMED');
  });

  it('goes on with new addresses when it is asked again', async () => {
    await cloud.reset();
    await call('POST', '/seed', { count: 1 });
    await call('POST', '/seed', { count: 1 });
    expect((await users()).map(({ email }) => email ?? '').sort((a, b) => (a < b ? -1 : 1))).toEqual([
      'ada.lovelace.1@seed.example',
      'grace.hopper.2@seed.example',
    ]);
  });

  it.each([0, 501, 1.5, '3'])('refuses %s users', async (count) => {
    expect(await call('POST', '/seed', { count })).toMatchObject({ status: 400 });
  });
});

describe('The tables', () => {
  beforeAll(() => cloud.reset());

  it('are listed with their keys, and their items are shown in DynamoDB’s own form', async () => {
    expect((await call('GET', '/tables')).body).toEqual({
      tables: [
        { name: cloud.ids.usersTable, key: 'userId', itemCount: 0 },
        { name: cloud.ids.entitlementsTable, key: 'cognito_sub', itemCount: 1 },
      ],
    });
    const { items, cursor } = await pageOf();
    expect(items).toEqual([
      {
        cognito_sub: { S: 'installation#adoption' },
        by: { S: 'fresh_install' },
        completed_at: { N: expect.stringMatching(/^\d+$/) },
      },
    ]);
    expect(cursor).toBeNull();
  });

  it('keep a number that no JavaScript number can hold, and a set', async () => {
    const item = {
      cognito_sub: { S: 'a' },
      big: { N: '12345678901234567890123456789012345678' },
      set: { SS: ['x', 'y'] },
    };
    expect(await call('PUT', `${rows()}/items`, { before: null, item })).toMatchObject({ status: 200 });
    expect((await pageOf('?filter=12345678901234567890')).items).toEqual([item]);
  });

  it('refuse a write onto an item that has changed since it was shown', async () => {
    const item = { cognito_sub: { S: 'b' }, n: { N: '1' } };
    await call('PUT', `${rows()}/items`, { before: null, item });
    const next = { ...item, n: { N: '2' } };
    expect(await call('PUT', `${rows()}/items`, { before: item, item: next })).toMatchObject({ status: 200 });
    expect(await call('PUT', `${rows()}/items`, { before: item, item })).toMatchObject({ status: 409 });
    expect(await call('DELETE', `${rows()}/items`, { before: item })).toMatchObject({ status: 409 });
    expect(await call('PUT', `${rows()}/items`, { before: null, item })).toMatchObject({ status: 409 });
    expect((await pageOf('?filter="b"')).items).toEqual([next]);
    expect(await call('DELETE', `${rows()}/items`, { before: next })).toMatchObject({ status: 200 });
    expect((await pageOf('?filter="b"')).items).toEqual([]);
  });

  it.each([
    ['no key', { before: null, item: { n: { N: '1' } } }, 400],
    ['an empty key', { before: null, item: { cognito_sub: { S: '' } } }, 400],
    ['no item', { before: null }, 400],
    ['another key', { before: { cognito_sub: { S: 'a' } }, item: { cognito_sub: { S: 'b' } } }, 400],
    ['a number that is none', { before: null, item: { cognito_sub: { S: 'c' }, n: { N: 'x' } } }, 400],
    ['a type that does not exist', { before: null, item: { cognito_sub: { S: 'c' }, n: { Q: 'x' } } }, 400],
  ])('refuse %s, and say why', async (_name, write, status) => {
    const answer = await call('PUT', `${rows()}/items`, write);
    expect(answer).toMatchObject({ status, body: { message: expect.stringMatching(/\w+.*\./) } });
    expect((await pageOf('?filter="c"')).items).toEqual([]);
  });

  it('show every item once over their pages, and only those with the text', async () => {
    const items = Array.from({ length: 410 }, (_, index) => ({ cognito_sub: { S: `user-${index}` } }));
    const file = { format: 'predixa-table', version: 1, key: 'cognito_sub', items };
    expect(await call('POST', `${rows()}/file`, file)).toEqual({ status: 200, body: { written: 410 } });
    const seen: JsonRecord[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: TablePage = await pageOf(`?filter=user-&cursor=${cursor}`);
      seen.push(...page.items);
      cursor = page.cursor;
    }
    expect(new Set(seen.map((item) => JSON.stringify(item))).size).toBe(410);
    expect(seen).toHaveLength(410);
    expect(await call('GET', `${rows()}?cursor=nonsense`)).toMatchObject({ status: 400 });
  });

  it('import what they have exported, and nothing else', async () => {
    const item = { cognito_sub: { S: 'exported' }, n: { N: '1' } };
    await call('PUT', `${rows()}/items`, { before: null, item });
    const exported = (await call('GET', `${rows()}/file?filter=exported`)).body;
    await call('DELETE', `${rows()}/items`, { before: item });
    expect(await call('POST', `${rows()}/file`, exported)).toMatchObject({ body: { written: 1 } });
    expect((await pageOf('?filter=exported')).items).toEqual([item]);
    expect(await call('POST', `/tables/${cloud.ids.usersTable}/file`, exported)).toMatchObject({
      status: 422,
    });
    expect(await call('POST', `${rows()}/file`, { ...exported, items: [{ n: { N: '1' } }] })).toMatchObject({
      status: 422,
      body: { message: 'Item 1 of the file has no key "cognito_sub". Nothing was written.' },
    });
    expect(await call('POST', `${rows()}/file`, { hello: 1 })).toMatchObject({ status: 422 });
    expect(await call('GET', '/tables/nothing')).toMatchObject({ status: 404 });
  });

  it('say how much of a file is written if DynamoDB refuses an item of it', async () => {
    const items = Array.from({ length: 60 }, (_, index) => ({
      cognito_sub: { S: `part-${index}` },
      n: { N: index === 40 ? 'none' : '1' },
    }));
    const file = { format: 'predixa-table', version: 1, key: 'cognito_sub', items };
    expect(await call('POST', `${rows()}/file`, file)).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining('The first 25 of 60 items are written.') },
    });
    expect((await pageOf('?filter=part-')).items).toHaveLength(25);
  });

  it('refuse a cursor that names no item', async () => {
    for (const start of [
      { cognito_sub: { S: 'x'.repeat(3_000) } },
      { cognito_sub: { S: 'a' }, b: { N: 'x' } },
    ]) {
      const cursor = Buffer.from(JSON.stringify(start)).toString('base64url');
      expect(await call('GET', `${rows()}?cursor=${cursor}`)).toMatchObject({ status: 400 });
    }
  });

  it('record an edit as the work of another writer', async () => {
    await call('PUT', `${rows()}/items`, { before: null, item: { cognito_sub: { S: 'recorded' } } });
    const { body } = await call<{ spans: readonly JsonRecord[] }>('GET', '/spans');
    const edit = body.spans.findLast(({ kind }) => kind === 'action');
    expect(edit).toMatchObject({ lane: 'console', outcome: 'ok' });
    expect(body.spans.filter(({ parent }) => parent === edit?.['id'])).toMatchObject([
      { lane: 'dynamodb', kind: 'write', title: `PutItem ${cloud.ids.entitlementsTable}` },
    ]);
  });
});

describe('Snapshots', () => {
  beforeAll(() => cloud.reset());
  const DAY = 86_400;

  async function everything() {
    const [people, profiles, entitlements, clock] = await Promise.all([
      users(),
      call<TablePage>('GET', `/tables/${cloud.ids.usersTable}`),
      pageOf(),
      call('GET', '/clock'),
    ]);
    const details = await Promise.all(people.map(({ sub }) => call('GET', `/users/${sub}`)));
    const stored = details.map(({ body: { cognito, dynamodb, stripe, revenuecat } }) => ({
      cognito,
      dynamodb,
      stripe,
      revenuecat,
    }));
    return {
      people,
      profiles: profiles.body.items,
      entitlements: entitlements.items,
      ahead: clock.body['aheadMs'],
      stored,
    };
  }

  it('bring every system back to where it was, the clock included', async () => {
    await call('POST', '/seed', { count: 4 });
    await call('POST', '/clock', { advanceSeconds: 3 * DAY });
    await cloud.settled();
    const before = await everything();
    const saved = await call<SnapshotInfo>('POST', '/snapshots', { name: 'four users' });
    expect(saved).toMatchObject({ status: 200, body: { name: 'four users', userCount: 4, problem: null } });

    await call('POST', '/clock', { advanceSeconds: 20 * DAY });
    await call('POST', '/seed', { count: 1 });
    await cloud.settled();
    expect(await everything()).not.toEqual(before);

    expect(await call('POST', '/snapshots/four%20users/restore')).toMatchObject({ status: 200 });
    const after = await everything();
    expect(after.stored).toEqual(before.stored);
    expect(after.entitlements).toEqual(before.entitlements);
    expect(after.profiles).toEqual(before.profiles);
    expect(Math.abs(Number(after.ahead) - Number(before.ahead))).toBeLessThan(60_000);
    // The clock may be a second off, which is all that differs.
    expect(after.people.map(({ sub, status }) => [sub, status])).toEqual(
      before.people.map(({ sub, status }) => [sub, status]),
    );
  });

  it('leave a cloud in which users sign in, pay and get webhooks', async () => {
    await cloud.reset();
    await call('POST', '/seed', { count: 3 });
    await call('POST', '/snapshots', { name: 'three' });
    await cloud.reset();
    await call('POST', '/snapshots/three/restore');
    const body = JSON.stringify({ email: 'alan.turing.3@seed.example', password: 'Correct-horse-1' });
    expect((await fetch(`${cloud.urls.api}/_local/sign-in`, { method: 'POST', body })).status).toBe(200);
    await call('POST', '/seed', { count: 1 });
    expect((await users()).find(({ email }) => email?.includes('.4@') === true)).toMatchObject({
      status: 'active',
      accessGranted: true,
    });
    expect((await call('POST', '/reconcile')).body).toMatchObject({ findings: [] });
  });

  it('survive a reset, and are deleted on request', async () => {
    await call('POST', '/snapshots', { name: 'empty' });
    await cloud.reset();
    const named = async () => {
      const { body } = await call<{ snapshots: readonly SnapshotInfo[] }>('GET', '/snapshots');
      return body.snapshots.map(({ name }) => name).includes('empty');
    };
    expect(await named()).toBe(true);
    expect(await call('DELETE', '/snapshots/empty')).toMatchObject({ status: 200 });
    expect(await named()).toBe(false);
    expect(await call('DELETE', '/snapshots/empty')).toMatchObject({ status: 404 });
    expect(await call('POST', '/snapshots/empty/restore')).toMatchObject({ status: 404 });
  });

  it('can be downloaded as one file and uploaded under another name', async () => {
    await cloud.reset();
    await call('POST', '/seed', { count: 1 });
    await call('POST', '/snapshots', { name: 'one' });
    const file = await fileOf('one');
    expect(await call('PUT', '/snapshots/shared/file', file)).toMatchObject({
      status: 200,
      body: { name: 'shared', userCount: 1 },
    });
    await cloud.reset();
    await call('POST', '/snapshots/shared/restore');
    expect((await users()).map(({ email }) => email)).toEqual(['ada.lovelace.1@seed.example']);
  });

  it('are refused with one line if they are damaged, cut off, newer or something else', async () => {
    await call('POST', '/snapshots', { name: 'good' });
    const good = await fileOf('good');
    const text = gunzipSync(good).toString();
    const changed = (from: string | RegExp, to: string) => gzipSync(text.replace(from, to));
    const cases: readonly (readonly [Buffer, RegExp])[] = [
      [good.subarray(0, good.byteLength - 20), /incomplete/],
      [changed('installation#adoption', 'installation#adopted!'), /damaged.*checksum/],
      [changed('"version":1', '"version":2'), /version 2.*Update the local cloud/],
      [gzipSync('hello'), /no snapshot/],
      [Buffer.from('hello'), /no snapshot/],
      [Buffer.alloc(0), /no snapshot/],
    ];
    for (const [bytes, message] of cases) {
      const answer = await call<{ message: string }>('PUT', '/snapshots/bad/file', bytes);
      expect(answer.status).toBe(422);
      expect(answer.body.message).toMatch(message);
      expect(answer.body.message).not.toContain('\n');
    }
    expect((await call('GET', '/snapshots')).body['snapshots']).not.toContainEqual(
      expect.objectContaining({ name: 'bad' }),
    );
  });

  it.each(['', '..', '../up', 'a/b', 'x'.repeat(61), ' '])('cannot be named "%s"', async (name) => {
    expect(await call('POST', '/snapshots', { name })).toMatchObject({ status: 400 });
  });
});

async function fileOf(name: string): Promise<Buffer> {
  const response = await fetch(`${cloud.urls.api}/_local/control/snapshots/${name}/file`);
  expect(response.headers.get('content-disposition')).toBe(`attachment; filename="${name}.json.gz"`);
  return Buffer.from(await response.arrayBuffer());
}

describe('A reset', () => {
  it('over the control API leaves no user, no purchase and no time ahead', async () => {
    await call('POST', '/seed', { count: 2 });
    await call('POST', '/clock', { advanceSeconds: 3_600 });
    expect(await call('POST', '/reset')).toEqual({ status: 200, body: {} });
    expect(await users()).toEqual([]);
    expect(Number((await call('GET', '/clock')).body['aheadMs'])).toBe(0);
  });
});
