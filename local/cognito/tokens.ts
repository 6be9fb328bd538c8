/**
 * Signs and reads tokens with the emulator's signing key. That key is public in its package, so the tokens prove nothing
 * elsewhere.
 */
import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { decodeJwt, errors, importJWK, type JWK, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import type { JsonObject } from './backend.ts';
import { notAuthorized } from './error.ts';
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
const ALGORITHM = 'RS256';

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

/**
 * Returns the emulator's tokens with what it lacks: which sign-in they come from, and when that was. A refreshed token names
 * the same ones.
 */
export async function ofSignIn(result: JsonObject, refreshToken: string): Promise<JsonObject> {
  const origin = decodeJwt(refreshToken);
  const claims = { origin_jti: signInOf(refreshToken), auth_time: origin.iat };
  const complete = (token: unknown) => sign({ ...decodeJwt(String(token)), ...claims });
  const [AccessToken, IdToken] = await Promise.all([
    complete(result['AccessToken']),
    complete(result['IdToken']),
  ]);
  return { ...result, AccessToken, IdToken, ExpiresIn: TOKEN_LIFETIME_SECONDS, TokenType: 'Bearer' };
}

/** Returns the id of the sign-in that a refresh token continues. */
export function signInOf(refreshToken: string): string {
  return String(decodeJwt(refreshToken).jti);
}

/** Returns the claims of an access token of the pool. The emulator would believe a forged one. */
export async function readAccessToken(token: string): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, await publicKey(), { algorithms: [ALGORITHM] });
    if (payload['token_use'] === 'access') return payload;
  } catch (error) {
    if (error instanceof errors.JWTExpired) throw notAuthorized('Access Token has expired');
  }
  throw notAuthorized('Invalid Access Token');
}

async function sign(claims: JWTPayload): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: ALGORITHM, kid: 'CognitoLocal' })
    .sign(await signingKey());
}

const keyOfEmulator = () =>
  (require('cognito-local/lib/keys/cognitoLocal.private.json') as { readonly jwk: JWK }).jwk;

async function signingKey() {
  return importJWK(keyOfEmulator(), ALGORITHM);
}

async function publicKey() {
  const { kty, n, e } = keyOfEmulator();
  return importJWK({ kty, n, e } as JWK, ALGORITHM);
}
