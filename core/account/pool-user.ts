/** A user as Cognito knows them. */

export interface PoolUser {
  readonly sub: string;
  /** Not the `sub` for federated users. */
  readonly username: string;
  readonly email: string | null;
  readonly emailVerified: boolean;
  readonly givenName: string | null;
  readonly familyName: string | null;
  /** False for who has signed up and not yet proved the address: the trigger runs when that is done. */
  readonly confirmed: boolean;
  /** False for who was disabled by an admin. */
  readonly enabled: boolean;
}

export interface UserReader {
  /** By username, as a verified token names the user; by `sub` where none is known. */
  readUser(named: { readonly sub: string; readonly username: string | null }): Promise<PoolUser | undefined>;
}
