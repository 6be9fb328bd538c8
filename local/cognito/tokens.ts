/**
 * Mints the tokens of federated users with the emulator's signing key. That key is public in its package, so the tokens
 * prove nothing elsewhere.
 */
import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { importJWK, type JWK, SignJWT } from 'jose';
import { CLIENT_ID, TOKEN_LIFETIME_SECONDS } from './pool.ts';

export interface TokenSubject {
  readonly username: string;
  readonly sub: string;
  readonly email: string;
  readonly groups: readonly string[];
  readonly identities: readonly unknown[];
}

export interface Tokens {
  readonly idToken: string;
  readonly accessToken: string;
}

const require = createRequire(import.meta.url);

export async function mintTokens(subject: TokenSubject, issuer: string): Promise<Tokens> {
  const now = Math.floor(Date.now() / 1000);
  const common = {
    sub: subject.sub,
    'cognito:groups': subject.groups,
    iss: issuer,
    origin_jti: randomUUID(),
    event_id: randomUUID(),
    auth_time: now,
    iat: now,
    exp: now + TOKEN_LIFETIME_SECONDS,
  };
  const [idToken, accessToken] = await Promise.all([
    sign({
      ...common,
      aud: CLIENT_ID,
      token_use: 'id',
      jti: randomUUID(),
      'cognito:username': subject.username,
      email: subject.email,
      email_verified: false,
      identities: subject.identities,
    }),
    sign({
      ...common,
      client_id: CLIENT_ID,
      token_use: 'access',
      jti: randomUUID(),
      username: subject.username,
      version: 2,
      scope: 'openid email aws.cognito.signin.user.admin',
    }),
  ]);
  return { idToken, accessToken };
}

async function sign(claims: Record<string, unknown>): Promise<string> {
  const { jwk } = require('cognito-local/lib/keys/cognitoLocal.private.json') as { readonly jwk: JWK };
  const key = await importJWK(jwk, 'RS256');
  return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'CognitoLocal' }).sign(key);
}
