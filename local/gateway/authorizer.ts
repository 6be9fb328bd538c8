/** The authorizer: accepts only a signed, unexpired token that the pool issued for the app client. */
import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from 'jose';
import type { PayloadForm } from './form.ts';

export interface AuthorizerOptions {
  readonly issuer: string;
  readonly jwksUrl: string;
  readonly clientId: string;
  readonly form: PayloadForm;
}

export type Rejection = 'missing' | 'expired' | 'invalid';

/** Resolves to the claims of a valid token, or to the reason why there are none. */
export type Authorizer = (authorization: string | undefined) => Promise<JWTPayload | Rejection>;

/** API Gateway waits 1.5 seconds for the issuer's keys. A busy machine needs longer, and must not reject valid tokens. */
const KEYS_TIMEOUT_MS = 15_000;

export function createAuthorizer(options: AuthorizerOptions): Authorizer {
  const keys = createRemoteJWKSet(new URL(options.jwksUrl), { timeoutDuration: KEYS_TIMEOUT_MS });
  return async (authorization) => {
    const token = authorization?.replace(/^bearer\s+/i, '').trim();
    if (token === undefined || token === '') return 'missing';
    try {
      const { payload } = await jwtVerify(token, keys, {
        algorithms: ['RS256'],
        issuer: options.issuer,
        requiredClaims: ['exp', 'sub'],
      });
      return isForClient(payload, options) ? payload : 'invalid';
    } catch (error) {
      return error instanceof errors.JWTExpired ? 'expired' : 'invalid';
    }
  };
}

function isForClient(payload: JWTPayload, { clientId, form }: AuthorizerOptions): boolean {
  if (payload['token_use'] === 'id') return payload.aud === clientId;
  // A REST method without scopes accepts only ID tokens.
  return form === 'http' && payload['token_use'] === 'access' && payload['client_id'] === clientId;
}
