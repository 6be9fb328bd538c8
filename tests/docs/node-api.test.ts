/** Runs the Node API of docs/put-it-into-your-app.md in front of a local cloud. */
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ConfirmSignUpCommand, SignUpCommand } from '@aws-sdk/client-cognito-identity-provider';
import { JwtVerifier } from 'aws-jwt-verify';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { createLocalCloud, type LocalCloud } from '../../local/cloud/cloud.ts';
import { type Systems, systemsAt } from '../../local/tour/systems.ts';
import { inFront } from '../support/in-front.ts';
import { loadPage, root } from './checks.ts';
import { bundleModule } from './script.ts';
import { runnableBlocks } from './shell.ts';

type Verify = (idToken: string) => Promise<{ readonly sub?: string | undefined }>;
type Check = (authorization?: string, feature?: string) => Promise<object>;

/** What the blocks of the section export. */
interface NodeApi {
  createAccessCheck(options: { readonly apiUrl: string; readonly verify: Verify }): Check;
  createReports(check: Check): Server;
  localVerifier(issuer: string, clientId: string): Promise<Verify>;
}

interface User {
  readonly sub: string;
  readonly idToken: string;
  readonly accessToken: string;
}

const MINUTE_MS = 60_000;
const PASSWORD = 'Correct-horse-1';
const unavailable = { status: 503, code: 'unavailable' };
const unauthorized = { status: 401, code: 'unauthorized' };

let folder: string;
let cloud: LocalCloud;
let systems: Systems;
let recipe: NodeApi;
let verify: Verify;
let check: Check;

beforeAll(async () => {
  await mkdir(path.join(root, 'dist'), { recursive: true });
  folder = await mkdtemp(path.join(root, 'dist', 'node-api-'));
  cloud = await createLocalCloud({
    directory: path.join(folder, '.local'),
    ports: { api: 0, dynamodb: 0, cognito: 0, stripe: 0, revenuecat: 0 },
  });
  systems = systemsAt(cloud.env);
  recipe = await loadRecipe();
  verify = await recipe.localVerifier(cloud.urls.issuer, systems.clientId);
  check = recipe.createAccessCheck({ apiUrl: cloud.urls.api, verify });
});

afterEach(() => {
  vi.useRealTimers();
});

afterAll(async () => {
  systems.close();
  await cloud.close();
  await rm(folder, { recursive: true, force: true });
});

async function loadRecipe(): Promise<NodeApi> {
  const page = loadPage('docs/put-it-into-your-app.md');
  const start = page.lines.indexOf('## Node API');
  const next = page.lines.findIndex((line, index) => index > start && line.startsWith('## '));
  const end = next === -1 ? page.lines.length : next;
  const blocks = runnableBlocks(page, 'ts').filter(({ line }) => line > start && line < end);
  const [source, outfile] = [path.join(folder, 'recipe.ts'), path.join(folder, 'recipe.mjs')];
  await writeFile(source, blocks.flatMap(({ lines }) => lines).join('\n'));
  await bundleModule(source, outfile);
  return import(pathToFileURL(outfile).href);
}

async function signedInUser(): Promise<User> {
  const { cognito, clientId: ClientId } = systems;
  const Username = `${randomUUID()}@example.com`;
  const { UserSub: sub = '' } = await cognito.send(
    new SignUpCommand({ ClientId, Username, Password: PASSWORD }),
  );
  await cognito.send(new ConfirmSignUpCommand({ ClientId, Username, ConfirmationCode: '123456' }));
  return { sub, ...(await systems.signIn(Username, PASSWORD)) };
}

async function payingUser(): Promise<User> {
  const user = await signedInUser();
  await systems.store.purchase(user.sub, 'monthly_pro');
  await systems.post('/me/entitlements/sync', user.idToken, {});
  return user;
}

async function reportsFor(authorization?: string, route = '/reports') {
  const server = recipe.createReports(check).listen(0);
  const { port } = server.address() as AddressInfo;
  const headers = authorization === undefined ? {} : { authorization };
  const response = await fetch(`http://127.0.0.1:${port}${route}`, { headers });
  server.close();
  return { status: response.status, headers: response.headers, body: await response.json() };
}

it('The Node API answers 200 to a user with access, and 403 for a feature that the plan lacks', async () => {
  const { sub, idToken } = await payingUser();
  const allowed = await reportsFor(`Bearer ${idToken}`);
  expect([allowed.status, allowed.body]).toEqual([200, { reports_of: sub }]);
  const denied = await reportsFor(`Bearer ${idToken}`, '/reports/export');
  expect([denied.status, denied.body]).toMatchObject([403, { status: 403, code: 'no_access' }]);
});

it('The Node API answers 403 to a user who has bought nothing, and lets the user in right after the purchase', async () => {
  const { sub, idToken } = await signedInUser();
  expect((await reportsFor(`Bearer ${idToken}`)).status).toBe(403);
  await systems.store.purchase(sub, 'monthly_pro');
  await systems.post('/me/entitlements/sync', idToken, {});
  expect((await reportsFor(`Bearer ${idToken}`)).status).toBe(200);
});

it('The Node API answers 401 to a request without a token, and to a forged one, one without a scheme and an access token', async () => {
  const { idToken, accessToken } = await payingUser();
  const [head, , signature] = idToken.split('.');
  const forged = Buffer.from(JSON.stringify({ sub: 'someone' })).toString('base64url');
  const missing = await reportsFor();
  expect([missing.status, missing.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
  const tokens = ['', 'nonsense', `${head}.${forged}.${signature}`, accessToken];
  const answers = await Promise.all([...tokens.map((token) => check(`Bearer ${token}`)), check(idToken)]);
  expect(answers).toEqual(answers.map(() => unauthorized));
});

it('The Node API answers 503 while it cannot read the access, and never 403', async () => {
  const { idToken } = await payingUser();
  const unreachable = recipe.createAccessCheck({ apiUrl: 'http://127.0.0.1:1', verify });
  expect(await unreachable(`Bearer ${idToken}`)).toEqual(unavailable);
});

it('The Node API answers 503 while the keys of the pool cannot be read', async () => {
  const issuer = 'https://127.0.0.1:1/pool';
  const verifier = JwtVerifier.create({ issuer, audience: null });
  const noKeys = recipe.createAccessCheck({
    apiUrl: cloud.urls.api,
    verify: (token) => verifier.verify(token),
  });
  const parts = [
    { alg: 'RS256', kid: 'key' },
    { iss: issuer, sub: 'someone' },
  ];
  const token = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  expect(await noKeys(`Bearer ${token}.c2lnbmF0dXJl`)).toEqual(unavailable);
});

it('An outage of the account API locks out no user who had access a moment ago, and lets no one in for longer', async () => {
  const { sub, idToken } = await payingUser();
  let isDown = false;
  const api = await inFront(cloud.urls.api, {
    answer: () => (isDown ? [500, { message: 'Internal Server Error' }] : undefined),
  });
  const checkInFront = recipe.createAccessCheck({ apiUrl: api.url, verify });
  const start = Date.now();
  expect(await checkInFront(`Bearer ${idToken}`)).toEqual({ sub });
  isDown = true;
  vi.useFakeTimers({ toFake: ['Date'] });
  for (const minutes of [1, 9]) {
    vi.setSystemTime(start + minutes * MINUTE_MS);
    expect(await checkInFront(`Bearer ${idToken}`)).toEqual({ sub });
  }
  vi.setSystemTime(start + 11 * MINUTE_MS);
  expect(await checkInFront(`Bearer ${idToken}`)).toEqual(unavailable);
  api.close();
});
