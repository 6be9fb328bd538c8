/** Identifies the caller by the claims that the authorizer verified. */
import { isSub } from '../../core/account/sub.ts';
import { textAt, valueAt } from '../../core/system/record.ts';
import type { Request } from './request.ts';

export interface Identity {
  readonly sub: string;
  /** From `cognito:username` in ID tokens or `username` in access tokens. For federated users it is not the `sub`. */
  readonly username: string | null;
}

export function identityOf({ claims }: Request): Identity | undefined {
  const sub = valueAt(claims, 'sub');
  if (!isSub(sub)) return undefined;
  return { sub, username: textAt(claims, 'cognito:username') ?? textAt(claims, 'username') };
}
