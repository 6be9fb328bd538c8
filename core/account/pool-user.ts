/** A user as Cognito knows them. */

export interface PoolUser {
  readonly sub: string;
  /** Differs from the `sub` for federated users. */
  readonly username: string;
  readonly email: string | null;
  readonly emailVerified: boolean;
  readonly givenName: string | null;
  readonly familyName: string | null;
  /** False until the user has verified the address. Cognito runs the sign-up trigger at that moment. */
  readonly confirmed: boolean;
  /** False for a user that an administrator disabled. */
  readonly enabled: boolean;
}

export interface UserReader {
  /** Looks up by username, as a verified token carries it, or by `sub` if the username is unknown. */
  readUser(query: { readonly sub: string; readonly username: string | null }): Promise<PoolUser | undefined>;
}
