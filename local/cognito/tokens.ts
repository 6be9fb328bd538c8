/**
 * Signs and reads tokens with the emulator's signing key. That key is public in its package, so the tokens prove nothing
 * elsewhere.
 */
import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { decodeJwt, errors, importJWK, type JWK, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import type { JsonObject, PoolUser } from './backend.ts';
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
 * Returns the emulator's tokens with what it lacks: which sign-in they come from, when that was, and the attributes of the
 * user. A refreshed token names the same sign-in.
 */
export async function ofSignIn(
  result: JsonObject,
  refreshToken: string,
  user: PoolUser,
): Promise<JsonObject> {
  const signIn = { origin_jti: signInOf(refreshToken), auth_time: decodeJwt(refreshToken).iat };
  const access = decodeJwt(String(result['AccessToken']));
  const id = decodeJwt(String(result['IdToken']));
  const [AccessToken, IdToken] = await Promise.all([
    sign({ ...access, ...signIn }),
    sign({ ...id, ...attributeClaims(user), ...signIn }),
  ]);
  const ExpiresIn = Number(access.exp) - Number(access.iat);
  return { ...result, AccessToken, IdToken, ExpiresIn, TokenType: 'Bearer' };
}

/** The emulator shows few attributes, and calls every address verified that has a mark, also a negative one. */
function attributeClaims({ attributes }: PoolUser): JWTPayload {
  const { identities: _, ...shown } = attributes;
  const verified = (name: string) => (name in attributes ? { [name]: attributes[name] === 'true' } : {});
  return {
    ...shown,
    email_verified: attributes['email_verified'] === 'true',
    ...verified('phone_number_verified'),
  };
}

/** Returns the id of the sign-in that a refresh token continues. */
export function signInOf(refreshToken: string): string {
  return String(decodeJwt(refreshToken).jti);
}

/** Returns the claims of an access token of the pool. The emulator would believe a forged one. */
export async function readAccessToken(token: string): Promise<JWTPayload> {
  const claims = await verified(token, 'Access Token');
  if (claims['token_use'] === 'access') return claims;
  throw notAuthorized('Invalid Access Token');
}

/** Returns the username in a refresh token of the pool. The emulator would accept one that has expired. */
export async function readRefreshToken(token: string): Promise<string> {
  const claims = await verified(token, 'Refresh Token');
  if (claims['token_use'] === undefined) return String(claims['cognito:username']);
  throw notAuthorized('Invalid Refresh Token');
}

/** Returns the claims of any token of the pool, and undefined for anything else. */
export async function claimsOf(token: string): Promise<JWTPayload | undefined> {
  return verified(token, 'Token').catch(() => undefined);
}

async function verified(token: string, kind: string): Promise<JWTPayload> {
  try {
    return (await jwtVerify(token, await publicKey(), { algorithms: [ALGORITHM] })).payload;
  } catch (error) {
    throw notAuthorized(error instanceof errors.JWTExpired ? `${kind} has expired` : `Invalid ${kind}`);
  }
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
