/**
 * Reads what a token says about its user, without verifying it. That is enough for a cache key and for what is shown:
 * a user who forges a token only deceives their own page. A server verifies the token before it trusts it.
 */

/** What the token says about the user's access, in the claim `entitlement`. */
export interface AccessClaim {
  readonly status: string;
  readonly plan: string | null;
  readonly features: readonly string[];
  /** Unix seconds until which the claim stays true without any event. */
  readonly accessUntil: number;
}

export interface TokenFacts {
  readonly sub: string;
  /** Unix seconds. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly access: AccessClaim | undefined;
}

/** Returns undefined for a token that is not a JWT with a subject. */
export function factsOf(token: string): TokenFacts | undefined {
  const payload = payloadOf(token);
  const sub = payload?.['sub'];
  if (payload === undefined || typeof sub !== 'string' || sub === '') return undefined;
  const { iat, exp } = payload;
  return {
    sub,
    issuedAt: typeof iat === 'number' ? iat : 0,
    expiresAt: typeof exp === 'number' ? exp : 0,
    access: accessClaimOf(payload['entitlement']),
  };
}

type Fields = Readonly<Record<string, unknown>>;

function payloadOf(token: string): Fields | undefined {
  try {
    const part = (token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/');
    // Not every engine of React Native has a TextDecoder.
    const bytes = Array.from(atob(part), (character) =>
      character.charCodeAt(0).toString(16).padStart(2, '0'),
    );
    return fieldsOf(JSON.parse(decodeURIComponent(bytes.map((hex) => `%${hex}`).join(''))));
  } catch {
    return undefined;
  }
}

/** ID tokens hold the claim as JSON text, since one form of the trigger allows only text. */
function accessClaimOf(claim: unknown): AccessClaim | undefined {
  try {
    const fields = fieldsOf(typeof claim === 'string' ? JSON.parse(claim) : claim);
    const { status, plan, features, access_until: accessUntil } = fields ?? {};
    if (typeof status !== 'string' || typeof accessUntil !== 'number') return undefined;
    return {
      status,
      plan: typeof plan === 'string' ? plan : null,
      features: Array.isArray(features) ? features.filter((name) => typeof name === 'string') : [],
      accessUntil,
    };
  } catch {
    return undefined;
  }
}

function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null ? (value as Fields) : undefined;
}
