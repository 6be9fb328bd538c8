/** The user pool in memory: users by username, which differs from the sub for federated users. */
import type { UserDirectory, UserReader } from '../../core/account/pool-user.ts';
import type { Network } from '../engine/invocation.ts';

export interface CognitoWorld {
  /** Maps username to sub. */
  readonly users: Map<string, string>;
  /** Maps sub to the verified address. */
  readonly emails: Map<string, string>;
}

export function createCognitoWorld(): CognitoWorld {
  return { users: new Map(), emails: new Map() };
}

export type Directory = UserDirectory & UserReader;

export function userDirectoryOf({ users, emails }: CognitoWorld, network: Network): Directory {
  return {
    deleteUser: (username) =>
      network.call('cognito', 'delete user', () => {
        users.delete(username);
      }),
    readUser: ({ sub }) =>
      network.call('cognito', 'find user', () => {
        const [username] = [...users].find((entry) => entry[1] === sub) ?? [];
        if (username === undefined) return undefined;
        const email = emails.get(sub) ?? null;
        const about = { email, emailVerified: true, givenName: null, familyName: null };
        return { sub, username, ...about, confirmed: true, enabled: true };
      }),
  };
}
