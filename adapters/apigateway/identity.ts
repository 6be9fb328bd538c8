/** Who is calling, by the claims that the authorizer verified. */
import { isSub } from '../../core/account/sub.ts';
import type { Request } from './request.ts';

export interface Identity {
  readonly sub: string;
  /** ID tokens say `cognito:username`, access tokens `username`. Not the `sub` for federated users. */
  readonly username: string | null;
}

export function identityOf({ claims }: Request): Identity | undefined {
  const { sub } = claims;
  if (!isSub(sub)) return undefined;
  return { sub, username: claimOf(claims['cognito:username']) ?? claimOf(claims['username']) };
}

function claimOf(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value : null;
}
