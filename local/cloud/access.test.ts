/** What pages of other sites get from every server of the local cloud, over real connections. */
import { mkdtemp, rm } from 'node:fs/promises';
import { type OutgoingHttpHeaders, request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeFunctions } from '../../tests/support/test-cloud.ts';
import { createLocalCloud, type LocalCloud } from './cloud.ts';

const ports = { api: 0, dynamodb: 0, cognito: 0, stripe: 0, revenuecat: 0 };

let functionsDirectory: string;
let cloud: LocalCloud;
beforeAll(async () => {
  functionsDirectory = await mkdtemp(path.join(tmpdir(), 'predixa-test-'));
  await writeFunctions(functionsDirectory, {
    'post-confirmation': 'return event;',
    'stripe-webhook': 'return { statusCode: 200 };',
    'entitlements-api': 'return { statusCode: 200, body: "{}" };',
    prices: 'return { statusCode: 200, body: "[]" };',
  });
  cloud = await createLocalCloud({ ports, ephemeral: true, functionsDirectory, allowedHosts: ['my.box'] });
});
afterAll(async () => {
  await cloud.close();
  await rm(functionsDirectory, { recursive: true });
});

type Server = keyof typeof ports;

interface Sent {
  readonly server: Server;
  readonly method: string;
  readonly path: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string;
}

function send({ server, method, path: target, headers = {}, body = '' }: Sent) {
  return new Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; body: string }>(
    (resolve, reject) => {
      const { port } = new URL(cloud.urls[server]);
      const outgoing = request({ host: '127.0.0.1', port, method, path: target, headers }, (incoming) => {
        let text = '';
        incoming.on('data', (chunk: Buffer) => {
          text += chunk.toString();
        });
        incoming.on('end', () =>
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: text }),
        );
      });
      outgoing.on('error', reject);
      outgoing.end(body);
    },
  );
}

const cognito = { 'x-amz-target': 'AWSCognitoIdentityProviderService.ListUsers' };
const dynamodb = {
  'x-amz-target': 'DynamoDB_20120810.ListTables',
  'content-type': 'application/x-amz-json-1.0',
};

/** What a page of any site could do before: read every user, invoke functions with forged claims, reset everything. */
const requests: readonly (Sent & { readonly name: string })[] = [
  { name: 'the status', server: 'api', method: 'GET', path: '/_local/status' },
  { name: 'the sign-in', server: 'api', method: 'POST', path: '/_local/sign-in', body: '{}' },
  { name: 'the control API', server: 'api', method: 'GET', path: '/_local/control/users' },
  {
    name: 'a change by the control API',
    server: 'api',
    method: 'POST',
    path: '/_local/control/reset',
    body: '{}',
  },
  {
    name: 'the Invoke API',
    server: 'api',
    method: 'POST',
    path: '/2015-03-31/functions/entitlements-api/invocations',
    body: '{}',
  },
  { name: 'the API', server: 'api', method: 'GET', path: '/prices' },
  { name: 'a webhook', server: 'api', method: 'POST', path: '/stripe/webhook', body: '{}' },
  { name: 'the list of users', server: 'cognito', method: 'POST', path: '/', headers: cognito, body: '{}' },
  { name: 'the tables', server: 'dynamodb', method: 'POST', path: '/', headers: dynamodb, body: '{}' },
  { name: 'a reset of Stripe', server: 'stripe', method: 'POST', path: '/_simulator/reset' },
  { name: 'the API of Stripe', server: 'stripe', method: 'GET', path: '/v1/customers' },
  {
    name: 'a page of Stripe',
    server: 'stripe',
    method: 'POST',
    path: '/console/advance',
    body: 'seconds=60',
  },
  { name: 'a reset of RevenueCat', server: 'revenuecat', method: 'POST', path: '/_simulator/reset' },
  { name: 'the API of RevenueCat', server: 'revenuecat', method: 'GET', path: '/v2/projects' },
];

describe.each(requests)('A request for $name', (sent) => {
  const withHeaders = (headers: OutgoingHttpHeaders) =>
    send({ ...sent, headers: { ...sent.headers, ...headers } });

  // A reset would disturb the other tests.
  it.skipIf(sent.path.endsWith('/reset'))(
    'is answered if a program sends it, under each name of loopback and an allowed one',
    async () => {
      const { port } = new URL(cloud.urls[sent.server]);
      for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`, 'my.box']) {
        expect((await withHeaders({ host })).status).not.toBe(403);
      }
    },
  );

  it.each(['evil.example', '127.0.0.1', 'localhost:1', '127.0.0.1.nip.io:3000'])(
    'is refused under the name %s, with one line',
    async (host) => {
      const answer = await withHeaders({ host });
      expect(answer.status).toBe(403);
      expect(answer.body).toContain(`Refused: the request names the host \\"${host}\\"`);
      expect(answer.body).not.toContain('\n  at ');
    },
  );

  it.each(['https://evil.example', 'null', 'http://localhost.evil.example:3000'])(
    'is refused to a page of %s, whatever it sends',
    async (origin) => {
      for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/json']) {
        const answer = await withHeaders({ origin, 'content-type': type });
        expect(answer.status).toBe(403);
        expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
        expect(answer.body).toContain(`Refused: the request comes from a page of \\"${origin}\\"`);
      }
    },
  );

  it('is refused to a picture, a frame and a form of another site', async () => {
    const site = { 'sec-fetch-site': 'cross-site' };
    expect((await withHeaders({ ...site, 'sec-fetch-mode': 'no-cors' })).status).toBe(403);
    const frame = { ...site, 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' };
    expect((await withHeaders(frame)).status).toBe(403);
  });
});

describe('A page of an app on another port of this machine', () => {
  const origin = 'http://localhost:5173';

  it('calls the API and Cognito', async () => {
    const prices = await send({ server: 'api', method: 'GET', path: '/prices', headers: { origin } });
    expect(prices).toMatchObject({ status: 200, headers: { 'access-control-allow-origin': origin } });
    const headers = { origin, 'x-amz-target': 'AWSCognitoIdentityProviderService.InitiateAuth' };
    const signIn = await send({ server: 'cognito', method: 'POST', path: '/', headers, body: '{}' });
    expect(signIn).toMatchObject({ status: 400, headers: { 'access-control-allow-origin': '*' } });
    const preflight = await send({ server: 'cognito', method: 'OPTIONS', path: '/', headers: { origin } });
    expect(preflight.status).toBe(200);
  });

  it('calls nothing else', async () => {
    for (const sent of requests.filter(
      ({ path: target }) => !['/prices', '/stripe/webhook'].includes(target),
    )) {
      if (sent.server === 'cognito') continue;
      expect((await send({ ...sent, headers: { ...sent.headers, origin } })).status).toBe(403);
    }
  });

  it('sends its user to a page of Stripe, and gets the user back', async () => {
    const visit = {
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
    };
    for (const server of ['stripe', 'revenuecat', 'api'] as const) {
      expect((await send({ server, method: 'GET', path: '/', headers: visit })).status).toBe(200);
    }
  });
});

describe('A server', () => {
  it('answers a request with a malformed target, and goes on', async () => {
    for (const server of ['api', 'cognito', 'dynamodb'] as const) {
      expect((await send({ server, method: 'GET', path: '//' })).status).toBe(400);
    }
    expect((await send({ server: 'api', method: 'GET', path: '/_local/status' })).status).toBe(200);
  });

  it('is not deceived about a path', async () => {
    const headers = { origin: 'http://localhost:5173' };
    for (const target of [
      '/x/../_local/status',
      '/./_local/status',
      '/x/%2e%2e/_local/status',
      'http://a/_local/status',
    ]) {
      expect((await send({ server: 'api', method: 'GET', path: target, headers })).status).toBe(403);
    }
  });
});
