/** Verifies tokens of the user pool, on the Node and the edge runtime. */
import { JwtVerifier } from 'aws-jwt-verify';
import { JwtExpiredError } from 'aws-jwt-verify/error';
import { SimpleJwksCache } from 'aws-jwt-verify/jwk';

export interface Pool {
  /** Such as `us-east-1_Abc123xyz`. */
  readonly userPoolId: string;
  readonly clientId: string;
  /** Default: the issuer of AWS. The local cloud has one of its own, which `npm start` prints. */
  readonly issuer?: string;
}

export interface User {
  readonly sub: string;
  /** Null if the pool has none of the user. */
  readonly email: string | null;
}

export type Verification =
  | { readonly kind: 'user'; readonly user: User }
  | { readonly kind: 'expired' }
  | { readonly kind: 'invalid' }
  /** The keys of the pool could not be fetched. */
  | { readonly kind: 'unavailable'; readonly cause: unknown };

export type Verify = (idToken: string) => Promise<Verification>;

export function createVerify(pool: Pool): Verify {
  const [region = ''] = pool.userPoolId.split('_');
  const issuer = pool.issuer ?? `https://cognito-idp.${region}.amazonaws.com/${pool.userPoolId}`;
  const keys = new SimpleJwksCache({ fetcher: { fetch: fetchKeys } });
  const verifier = JwtVerifier.create(
    { issuer, audience: pool.clientId, jwksUri: `${issuer}/.well-known/jwks.json` },
    { jwksCache: keys },
  );
  return async (idToken) => {
    try {
      const claims = await verifier.verify(idToken, {
        customJwtCheck: ({ payload }) => {
          if (payload['token_use'] !== 'id') throw new Error('The token is no ID token.');
        },
      });
      const { sub, email } = claims;
      if (sub === undefined || sub === '') return { kind: 'invalid' };
      return { kind: 'user', user: { sub, email: typeof email === 'string' ? email : null } };
    } catch (cause) {
      if (cause instanceof KeysError) return { kind: 'unavailable', cause };
      return { kind: cause instanceof JwtExpiredError ? 'expired' : 'invalid' };
    }
  };
}

class KeysError extends Error {
  override readonly name = 'KeysError';
}

const TIMEOUT_MS = 3_000;

/** The library's own fetcher needs https, which the local cloud does not have. */
async function fetchKeys(uri: string): Promise<ArrayBuffer> {
  const answer = await fetch(uri, { signal: AbortSignal.timeout(TIMEOUT_MS) }).catch((cause: unknown) => {
    throw new KeysError(`${uri} was not reached.`, { cause });
  });
  if (!answer.ok) throw new KeysError(`${uri} answered ${answer.status}.`);
  return answer.arrayBuffer();
}
