import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  quietTrigger,
  startTestCloud,
  type TestCloud,
  type TestFunction,
} from '../../tests/support/test-cloud.ts';
import { userPoolId } from '../cognito/pool.ts';
import type { PayloadForm } from './form.ts';

const echo = 'return { statusCode: 200, body: JSON.stringify(event) };';

const functions: Readonly<Record<string, TestFunction>> = {
  'post-confirmation': quietTrigger,
  mine: { timeoutSeconds: 5, body: echo, routes: [{ method: 'GET', path: '/mine', authorizer: 'cognito' }] },
  open: { timeoutSeconds: 5, body: echo, routes: [{ method: 'POST', path: '/open', authorizer: 'none' }] },
  answers: {
    timeoutSeconds: 5,
    body: 'const { kind } = event.queryStringParameters; if (kind === "throws") throw new Error("no luck"); return JSON.parse(kind);',
    routes: [{ method: 'GET', path: '/answers', authorizer: 'none' }],
  },
  slow: {
    timeoutSeconds: 5,
    body: 'await new Promise((resolve) => setTimeout(resolve, 4_500)); return { statusCode: 200 };',
    routes: [{ method: 'GET', path: '/slow', authorizer: 'none' }],
  },
};

async function startGateway(form: PayloadForm): Promise<TestCloud> {
  // Shorter than the slow function takes, and much longer than any other function takes on a busy machine.
  return startTestCloud({ form, functions, gatewayTimeoutMs: 3_000 });
}

/** Sends the headers exactly as given. fetch would add and change some. */
async function send(
  url: string,
  options: { method?: string; headers?: string[]; body?: Buffer | string },
): Promise<{ status: number; headers: Record<string, unknown>; body: string }> {
  const body = Buffer.from(options.body ?? '');
  const host = new URL(url).host;
  const headers = ['Host', host, 'Content-Length', String(body.byteLength), ...(options.headers ?? [])];
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method: options.method ?? 'GET', headers }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => {
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          body: Buffer.concat(chunks).toString(),
        });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

describe('An HTTP API', () => {
  let cloud: TestCloud;
  beforeAll(async () => {
    cloud = await startGateway('http');
  });
  afterAll(() => cloud.close());

  it('sends events of version 2.0', async () => {
    const { sub } = await cloud.cognito.signInFederated({
      provider: 'Google',
      id: '7',
      email: 'g@example.com',
    });
    const { idToken } = await cloud.cognito.signInFederated({
      provider: 'Google',
      id: '7',
      email: 'g@example.com',
    });
    const { host } = new URL(cloud.api);
    const { body } = await send(`${cloud.api}/mine?a=1&a=2&b=%C3%BC+x`, {
      headers: [
        'authorization',
        idToken,
        'X-Two',
        '1',
        'x-two',
        '2',
        'Cookie',
        'a=b; c=d',
        'User-Agent',
        'test',
      ],
    });
    const event = JSON.parse(body) as { requestContext: { requestId: string; timeEpoch: number } };
    expect(event).toEqual({
      version: '2.0',
      routeKey: 'GET /mine',
      rawPath: '/mine',
      rawQueryString: 'a=1&a=2&b=%C3%BC+x',
      cookies: ['a=b', 'c=d'],
      headers: {
        host,
        authorization: idToken,
        'x-two': '1,2',
        'user-agent': 'test',
        'content-length': '0',
        connection: expect.any(String),
        'x-amzn-trace-id': expect.stringMatching(/^Root=1-/),
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-port': new URL(cloud.api).port,
        'x-forwarded-proto': 'http',
      },
      queryStringParameters: { a: '1,2', b: 'ü x' },
      requestContext: {
        accountId: '000000000000',
        apiId: expect.any(String),
        authorizer: {
          jwt: {
            claims: expect.objectContaining({
              sub,
              token_use: 'id',
              exp: expect.stringMatching(/^\d{10}$/),
              email_verified: 'false',
              'cognito:username': 'Google_7',
              'cognito:groups': `[${userPoolId}_Google]`,
              identities: expect.stringMatching(
                /^\[map\[dateCreated:\d+ issuer:<nil> primary:true providerName:/,
              ),
            }),
            scopes: null,
          },
        },
        domainName: host,
        domainPrefix: '127',
        http: {
          method: 'GET',
          path: '/mine',
          protocol: 'HTTP/1.1',
          sourceIp: '127.0.0.1',
          userAgent: 'test',
        },
        requestId: expect.any(String),
        routeKey: 'GET /mine',
        stage: '$default',
        time: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
        timeEpoch: expect.any(Number),
      },
      isBase64Encoded: false,
    });
  });

  it('omits an absent authorizer, query, cookies and body from the event', async () => {
    const { body } = await send(`${cloud.api}/open`, { method: 'POST' });
    const event = JSON.parse(body) as Record<string, unknown>;
    expect(Object.keys(event).toSorted()).toEqual(
      [
        'version',
        'routeKey',
        'rawPath',
        'rawQueryString',
        'headers',
        'requestContext',
        'isBase64Encoded',
      ].toSorted(),
    );
    expect(event['requestContext']).not.toHaveProperty('authorizer');
    expect(event['isBase64Encoded']).toBe(false);
  });

  const utf8 = '{ "name":  "Ж ü 🐎 \\u00fc" }\r\n';
  it.each(['application/json', 'application/json; charset=utf-8', 'text/plain', 'Application/XML'])(
    'passes a body of type %s as unchanged text',
    async (type) => {
      const headers = ['Content-Type', type];
      const { body } = await send(`${cloud.api}/open`, { method: 'POST', headers, body: utf8 });
      expect(JSON.parse(body)).toMatchObject({ body: utf8, isBase64Encoded: false });
    },
  );

  it.each([
    'application/octet-stream',
    'application/x-www-form-urlencoded',
    'application/vnd.api+json',
    undefined,
  ])('passes a body of type %s as base64, byte for byte', async (type) => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
    const headers = type === undefined ? [] : ['Content-Type', type];
    const { body } = await send(`${cloud.api}/open`, { method: 'POST', headers, body: bytes });
    expect(JSON.parse(body)).toMatchObject({ body: bytes.toString('base64'), isBase64Encoded: true });
  });

  const answer = async (kind: unknown): Promise<Response> =>
    fetch(
      `${cloud.api}/answers?kind=${encodeURIComponent(typeof kind === 'string' ? kind : JSON.stringify(kind))}`,
    );

  it('returns the status, headers, cookies and body of the function', async () => {
    const response = await answer({
      statusCode: 201,
      headers: { 'X-Own': 'a', 'Content-Type': 'application/problem+json' },
      cookies: ['a=1', 'b=2'],
      body: Buffer.from('ü').toString('base64'),
      isBase64Encoded: true,
    });
    expect(response.status).toBe(201);
    expect(response.headers.get('x-own')).toBe('a');
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(await response.text()).toBe('ü');
  });

  it('sends a result without a statusCode as the body of a 200', async () => {
    const response = await answer({ result: 'done' });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.json()).toEqual({ result: 'done' });
  });

  it.each(['throws', { statusCode: 'two' }, { statusCode: 200, body: { a: 1 } }])(
    'answers 500 for the function result %j',
    async (kind) => {
      const response = await answer(kind);
      expect(response.status).toBe(500);
      expect(await response.json()).toEqual({ message: 'Internal Server Error' });
    },
  );

  it('answers 503 when the function takes longer than API Gateway waits', async () => {
    const response = await fetch(`${cloud.api}/slow`);
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({ message: 'Service Unavailable' });
  });

  it('answers 404 for an unknown path or method', async () => {
    for (const [method, path] of [
      ['GET', '/nowhere'],
      ['GET', '/mine/'],
      ['PUT', '/open'],
      ['GET', '/open'],
    ] as const) {
      const response = await fetch(`${cloud.api}${path}`, { method });
      expect(response.status).toBe(404);
      expect(await response.json()).toEqual({ message: 'Not Found' });
    }
  });

  it('rejects a body larger than 10 MB', async () => {
    const body = Buffer.alloc(10 * 1024 * 1024 + 1);
    expect((await send(`${cloud.api}/open`, { method: 'POST', body })).status).toBe(413);
  });

  it('answers the preflight request of an allowed origin itself, and sends other origins no CORS headers', async () => {
    const preflight = async (origin: string): Promise<Response> =>
      fetch(`${cloud.api}/mine`, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'DELETE' },
      });
    const allowed = await preflight('https://app.example.com');
    expect(allowed.status).toBe(204);
    expect(Object.fromEntries(allowed.headers)).toMatchObject({
      'access-control-allow-origin': 'https://app.example.com',
      'access-control-allow-methods': 'GET,POST,DELETE,OPTIONS',
      'access-control-allow-headers': 'authorization,content-type',
    });
    for (const origin of [
      'https://evil.example',
      'https://app.example.com.evil.example',
      'http://localhost:1.evil',
    ]) {
      const rejected = await preflight(origin);
      expect(rejected.status).toBe(204);
      expect(rejected.headers.has('access-control-allow-origin')).toBe(false);
    }
  });

  it('overrides the CORS headers of functions, and adds its own to every answer', async () => {
    const kind = JSON.stringify({ statusCode: 200, headers: { 'Access-Control-Allow-Origin': '*' } });
    const url = `${cloud.api}/answers?kind=${encodeURIComponent(kind)}`;
    const from = async (target: string, origin: string): Promise<string | null> =>
      (await fetch(target, { headers: { origin } })).headers.get('access-control-allow-origin');
    expect(await from(url, 'http://localhost:5173')).toBe('http://localhost:5173');
    expect(await from(url, 'https://evil.example')).toBeNull();
    expect(await from(`${cloud.api}/mine`, 'http://localhost:5173')).toBe('http://localhost:5173');
  });
});

describe('A REST API', () => {
  let cloud: TestCloud;
  beforeAll(async () => {
    cloud = await startGateway('rest');
  });
  afterAll(() => cloud.close());

  it('sends events of version 1', async () => {
    const signIn = { provider: 'Google', id: '7', email: 'g@example.com' };
    const { sub, idToken } = await cloud.cognito.signInFederated(signIn);
    const { body } = await send(`${cloud.api}/mine?a=1&a=2`, {
      headers: ['authorization', idToken, 'X-Two', '1', 'X-Two', '2', 'user-agent', 'test'],
    });
    const event = JSON.parse(body) as Record<string, unknown>;
    expect(event).toMatchObject({
      resource: '/mine',
      path: '/mine',
      httpMethod: 'GET',
      headers: { Authorization: idToken, 'X-Two': '2', 'user-agent': 'test', Host: new URL(cloud.api).host },
      multiValueHeaders: { Authorization: [idToken], 'X-Two': ['1', '2'] },
      queryStringParameters: { a: '2' },
      multiValueQueryStringParameters: { a: ['1', '2'] },
      pathParameters: null,
      stageVariables: null,
      body: null,
      isBase64Encoded: false,
      requestContext: {
        resourcePath: '/mine',
        httpMethod: 'GET',
        path: '/local/mine',
        protocol: 'HTTP/1.1',
        stage: 'local',
        identity: { sourceIp: '127.0.0.1', userAgent: 'test' },
        authorizer: {
          claims: {
            sub,
            token_use: 'id',
            exp: expect.stringMatching(/^[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d UTC \d{4}$/),
            email_verified: 'false',
            'cognito:username': 'Google_7',
            'cognito:groups': `${userPoolId}_Google`,
            identities: expect.stringMatching(/^\{"userId":"7",/),
          },
        },
      },
    });
    expect(Object.keys(event).toSorted()).toEqual(
      [
        'resource',
        'path',
        'httpMethod',
        'headers',
        'multiValueHeaders',
        'queryStringParameters',
        'multiValueQueryStringParameters',
        'pathParameters',
        'stageVariables',
        'requestContext',
        'body',
        'isBase64Encoded',
      ].toSorted(),
    );
  });

  it('passes null for absent values, and every body as text', async () => {
    const text = '{"a": "Ж 🐎"}\n';
    const { body } = await send(`${cloud.api}/open`, { method: 'POST', body: text });
    expect(JSON.parse(body)).toMatchObject({
      queryStringParameters: null,
      multiValueQueryStringParameters: null,
      body: text,
      isBase64Encoded: false,
    });
    expect(JSON.parse(body)).not.toHaveProperty('requestContext.authorizer');
  });

  it.each(['throws', '{"result":"done"}', '{"statusCode":200,"body":{}}', '[]'])(
    'answers 502 for the function result %s',
    async (kind) => {
      const response = await fetch(`${cloud.api}/answers?kind=${encodeURIComponent(kind)}`);
      expect(response.status).toBe(502);
      expect(await response.json()).toEqual({ message: 'Internal server error' });
    },
  );

  it('returns headers with one value and with several values', async () => {
    const kind = JSON.stringify({
      statusCode: 200,
      headers: { 'X-One': '1' },
      multiValueHeaders: { 'Set-Cookie': ['a=1', 'b=2'] },
      body: 'ok',
    });
    const response = await fetch(`${cloud.api}/answers?kind=${encodeURIComponent(kind)}`);
    expect(response.headers.get('x-one')).toBe('1');
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
  });

  it('answers 504 when the function takes too long, and 403 for an unknown path', async () => {
    expect((await fetch(`${cloud.api}/slow`)).status).toBe(504);
    const response = await fetch(`${cloud.api}/nowhere`);
    expect(response.status).toBe(403);
    expect(await response.json()).toEqual({ message: 'Missing Authentication Token' });
  });
});
