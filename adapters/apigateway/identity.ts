/** Who is calling, by the claims that the authorizer verified. */
import { isSub } from '../../core/account/sub.ts';
import { textAt, valueAt } from '../../core/system/record.ts';
import type { Request } from './request.ts';

export interface Identity {
  readonly sub: string;
  /** ID tokens say `cognito:username`, access tokens `username`. Not the `sub` for federated users. */
  readonly username: string | null;
}

export function identityOf({ claims }: Request): Identity | undefined {
  const sub = valueAt(claims, 'sub');
  if (!isSub(sub)) return undefined;
  return { sub, username: textAt(claims, 'cognito:username') ?? textAt(claims, 'username') };
}
