/** The user pool in memory: users by username, which for federated users is not the sub. */
import type { UserDirectory } from '../../core/account/delete-account.ts';
import type { Line } from '../engine/invocation.ts';

export interface CognitoWorld {
  /** username → sub. */
  readonly users: Map<string, string>;
}

export function createCognitoWorld(): CognitoWorld {
  return { users: new Map() };
}

export function userDirectoryOf(
  { users }: CognitoWorld,
  line: Line,
): UserDirectory & {
  exists(sub: string): Promise<boolean>;
} {
  return {
    deleteUser: (username) =>
      line.call('cognito', 'delete user', () => {
        users.delete(username);
      }),
    exists: (sub) => line.call('cognito', 'find user', () => [...users.values()].includes(sub)),
  };
}
