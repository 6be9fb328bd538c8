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
  /**
   * Looks up by username, as a verified token carries it, or by `sub` if the username is unknown. Returns `undefined`
   * only after a direct question: a listing alone may be behind.
   */
  readUser(query: { readonly sub: string; readonly username: string | null }): Promise<PoolUser | undefined>;
}

export interface UserDirectory {
  /**
   * Takes the username, since a federated user's differs from the `sub`. Succeeds if the user does not exist. Another user may
   * have the name by now: a user who signs in again with Google gets the same name and another `sub`. That user stays.
   */
  deleteUser(user: { readonly sub: string; readonly username: string }): Promise<void>;
}
