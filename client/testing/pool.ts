/** A user pool that only signs tokens and publishes its keys. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';

export interface TestPool {
  readonly issuer: string;
  readonly clientId: string;
  readonly userPoolId: string;
  /** How often the keys were fetched. */
  fetches(): number;
  /** The keys cannot be fetched from now on. */
  breakDown(): void;
  idToken(claims?: JWTPayload & { readonly [name: string]: unknown }): Promise<string>;
  /** A token of another key. */
  forged(): Promise<string>;
  close(): Promise<void>;
}

const KEY_ID = 'key-1';

export async function startTestPool(): Promise<TestPool> {
  const userPoolId = 'us-east-1_Test00001';
  const clientId = 'client1';
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const other = await generateKeyPair('RS256');
  const keys = { keys: [{ ...(await exportJWK(publicKey)), kid: KEY_ID, alg: 'RS256', use: 'sig' }] };
  let fetches = 0;
  let isBroken = false;
  const server = createServer((_, response) => {
    fetches += 1;
    response.writeHead(isBroken ? 500 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(keys));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}/${userPoolId}`;
  const sign = (claims: JWTPayload, key: CryptoKey) => {
    const now = Math.floor(Date.now() / 1000);
    const standard = { iss: issuer, aud: clientId, token_use: 'id', sub: 'ada', iat: now, exp: now + 3_600 };
    return new SignJWT({ ...standard, ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: KEY_ID })
      .sign(key);
  };
  return {
    issuer,
    clientId,
    userPoolId,
    fetches: () => fetches,
    breakDown: () => {
      isBroken = true;
    },
    idToken: (claims = {}) => sign(claims, privateKey),
    forged: () => sign({}, other.privateKey),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

/** The cookies that Amplify writes for a session. */
export function amplifyCookies(clientId: string, idToken: string, username = 'ada'): Record<string, string> {
  const encode = (text: string) =>
    encodeURIComponent(text).replace(/%(?:2[346B]|5E|60|7C)/g, decodeURIComponent);
  const prefix = `CognitoIdentityServiceProvider.${clientId}`;
  return {
    [encode(`${prefix}.LastAuthUser`)]: encode(username),
    [encode(`${prefix}.${username}.idToken`)]: idToken,
    [encode(`${prefix}.${username}.accessToken`)]: 'an.access.token',
  };
}
