import { createRequire } from 'node:module';
import { type CryptoKey, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rejections } from '../../tests/support/gateway-rejections.ts';
import {
  quietTrigger,
  startTestCloud,
  type TestCloud,
  type TestFunction,
} from '../../tests/support/test-cloud.ts';
import { CLIENT_ID, userPoolId } from '../cognito/pool.ts';

const functions: Readonly<Record<string, TestFunction>> = {
  'post-confirmation': quietTrigger,
  mine: {
    timeoutSeconds: 5,
    body: 'return { statusCode: 200 };',
    routes: [{ method: 'GET', path: '/mine', authorizer: 'cognito' }],
  },
};

const { jwk } = createRequire(import.meta.url)('cognito-local/lib/keys/cognitoLocal.private.json') as {
  jwk: JWK;
};

async function tokenWith(
  cloud: TestCloud,
  claims: Record<string, unknown>,
  key?: CryptoKey,
): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const usual = {
    sub: 'sub-1',
    iss: cloud.cognito.issuer,
    aud: CLIENT_ID,
    token_use: 'id',
    iat: now,
    exp: now + 60,
  };
  return new SignJWT({ ...usual, ...claims })
    .setProtectedHeader({ alg: 'RS256', kid: 'CognitoLocal' })
    .sign(key ?? (await importJWK(jwk, 'RS256')));
}

describe.each(['http', 'rest'] as const)('The authorizer of the %s API', (form) => {
  let cloud: TestCloud;
  beforeAll(async () => {
    cloud = await startTestCloud({ form, functions });
  });
  afterAll(() => cloud.close());

  const get = async (authorization?: string): Promise<Response> =>
    fetch(`${cloud.api}/mine`, { headers: authorization === undefined ? {} : { authorization } });

  it('accepts an ID token with or without the Bearer prefix, and an access token only in an HTTP API', async () => {
    await cloud.signUp('ada@example.com');
    await cloud.confirm('ada@example.com');
    const { idToken, accessToken } = await cloud.signIn('ada@example.com');
    expect((await get(idToken)).status).toBe(200);
    expect((await get(`Bearer ${idToken}`)).status).toBe(200);
    expect((await get(accessToken)).status).toBe(form === 'http' ? 200 : 401);
  });

  it('accepts a valid token, on which the rejected ones below are based', async () => {
    expect((await get(await tokenWith(cloud, {}))).status).toBe(200);
  });

  const hourAgo = Math.floor(Date.now() / 1000) - 3600;
  it.each([
    ['is expired', { exp: hourAgo }],
    ['never expires', { exp: undefined }],
    ['has another issuer', { iss: `https://cognito-idp.us-east-1.amazonaws.com/${userPoolId}` }],
    ['is for another client', { aud: 'another0client000000000000' }],
    ['is an access token for another client', { aud: undefined, token_use: 'access', client_id: 'another' }],
    ['is an access token with the aud of an ID token', { token_use: 'access' }],
    ['has another use', { token_use: 'refresh' }],
    ['has no use', { token_use: undefined }],
    ['has no sub', { sub: undefined }],
  ])('rejects a token that %s', async (_description, claims) => {
    const response = await get(`Bearer ${await tokenWith(cloud, claims)}`);
    expect(response.status).toBe(401);
    expect(response.headers.get('content-type')).toBe('application/json');
    const expected = rejections[form]['exp' in claims && claims.exp !== undefined ? 'expired' : 'invalid'];
    expect(await response.json()).toEqual({ message: expected.message });
    expect(response.headers.get(expected.header)).toBe(expected.value);
  });

  it('rejects a token signed with another key, an unsigned token, and a request without a token', async () => {
    const { privateKey } = await generateKeyPair('RS256');
    const foreign = await tokenWith(cloud, {}, privateKey);
    const [, payload] = foreign.split('.');
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`;
    for (const token of [foreign, unsigned, 'Bearer', 'nonsense', '', undefined]) {
      expect((await get(token)).status).toBe(401);
    }
  });
});
