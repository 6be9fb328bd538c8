/** The user pool in memory: users by username, which differs from the sub for federated users. */
import type { UserDirectory, UserReader } from '../../core/account/pool-user.ts';
import type { Network } from '../engine/invocation.ts';

/** How long a listing may not show a new user. */
const LISTING_LAG_MS = 30_000;

export interface CognitoWorld {
  /** Maps username to sub. */
  readonly users: Map<string, string>;
  /** Maps sub to the verified address. */
  readonly emails: Map<string, string>;
  /** When each user signed up, by sub, in milliseconds. */
  readonly createdMs: Map<string, number>;
  readonly nowMs: () => number;
  /** Called before this service deletes a user. */
  readonly onDeletion: (sub: string) => void;
}

export function createCognitoWorld(options: Pick<CognitoWorld, 'nowMs' | 'onDeletion'>): CognitoWorld {
  return { users: new Map(), emails: new Map(), createdMs: new Map(), ...options };
}

/** Returns the users that a listing shows: it lags. */
export function listedUsers({
  users,
  createdMs,
  nowMs,
}: CognitoWorld): readonly (readonly [string, string])[] {
  return [...users].filter(([, sub]) => (createdMs.get(sub) ?? 0) <= nowMs() - LISTING_LAG_MS);
}

export type Directory = UserDirectory & UserReader;

export function userDirectoryOf(world: CognitoWorld, network: Network): Directory {
  const { users, emails } = world;
  return {
    deleteUser: ({ sub, username }) =>
      network.call('cognito', 'delete user', () => {
        if (users.get(username) !== sub) return;
        world.onDeletion(sub);
        users.delete(username);
      }),
    readUser: ({ sub, username: name }) =>
      network.call('cognito', 'find user', () => {
        // Without a name, the pool is asked by a listing, and then by the sub as the name.
        const isNamed = name === null ? users.has(sub) : users.has(name);
        const found = isNamed ? [...users] : listedUsers(world);
        const [username] = found.find((entry) => entry[1] === sub) ?? [];
        if (username === undefined) return undefined;
        const email = emails.get(sub) ?? null;
        const about = { email, emailVerified: true, givenName: null, familyName: null };
        return { sub, username, ...about, confirmed: true, enabled: true };
      }),
  };
}
