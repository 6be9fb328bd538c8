/** Reads users of the Cognito pool. A token may be older than its user's deletion, so a claim is not enough. */
import {
  AdminGetUserCommand,
  type AttributeType,
  type CognitoIdentityProviderClient,
  ListUsersCommand,
  type ListUsersCommandInput,
  UserNotFoundException,
} from '@aws-sdk/client-cognito-identity-provider';
import type { PoolUser, UserReader } from '../../core/account/pool-user.ts';
import type { Listings } from '../../core/reconcile/listings.ts';
import { textIn } from '../../core/system/record.ts';
import { faultOf } from '../aws/fault.ts';
import type { Pace } from '../system/pace.ts';
import { permanentErrors } from './client.ts';

export interface UserPoolAccess {
  readonly client: CognitoIdentityProviderClient;
  readonly poolId: string;
}

export function createUserReader(access: UserPoolAccess): UserReader {
  return {
    readUser: async ({ sub, username }) => {
      if (username !== null) return byName(access, username);
      const listed = await bySub(access, sub);
      if (listed !== undefined) return listed;
      // A listing may be behind, so the pool is asked by name too. Cognito accepts the sub of a local user as the name,
      // and bills the question as an active user only if the user exists.
      const named = await byName(access, sub);
      return named?.sub === sub ? named : undefined;
    },
  };
}

async function byName(
  { client, poolId: UserPoolId }: UserPoolAccess,
  username: string,
): Promise<PoolUser | undefined> {
  try {
    const user = await client.send(new AdminGetUserCommand({ UserPoolId, Username: username }));
    return userOf({ ...user, Attributes: user.UserAttributes });
  } catch (cause) {
    if (cause instanceof UserNotFoundException) return undefined;
    throw faultOf({ system: 'cognito', operation: 'read user', permanentErrors: permanentErrors }, cause);
  }
}

async function bySub({ client, poolId }: UserPoolAccess, sub: string): Promise<PoolUser | undefined> {
  // A quote would end the filter's quoted value.
  if (/["\\]/.test(sub)) return undefined;
  try {
    const command = new ListUsersCommand({ UserPoolId: poolId, Filter: `sub = "${sub}"`, Limit: 1 });
    const { Users = [] } = await client.send(command);
    return Users.map(userOf).find((user) => user?.sub === sub);
  } catch (cause) {
    throw faultOf({ system: 'cognito', operation: 'find user', permanentErrors: permanentErrors }, cause);
  }
}

interface ListedUser {
  readonly Username?: string | undefined;
  readonly Attributes?: readonly AttributeType[] | undefined;
  readonly Enabled?: boolean | undefined;
  readonly UserStatus?: string | undefined;
}

function userOf({ Username, Attributes = [], Enabled, UserStatus }: ListedUser): PoolUser | undefined {
  const attribute = (name: string): string | null => {
    return textIn(Attributes.find((attribute) => attribute.Name === name)?.Value);
  };
  const sub = attribute('sub');
  const username = textIn(Username);
  if (sub === null || username === null) return undefined;
  return {
    sub,
    username,
    email: attribute('email'),
    emailVerified: attribute('email_verified') === 'true',
    givenName: attribute('given_name'),
    familyName: attribute('family_name'),
    confirmed: UserStatus !== 'UNCONFIRMED',
    enabled: Enabled !== false,
  };
}

const PAGE_SIZE = 60;

export interface PoolListingsAccess extends UserPoolAccess {
  /** Limits the questions about single users. */
  readonly pace?: Pace;
}

/** Lists users, all or filtered. It never reads users by name, because those reads may be billed as active users. */
export function createPoolListings(
  access: PoolListingsAccess,
): Pick<Listings, 'users' | 'usersOf' | 'missingUsers'> {
  const { client, poolId, pace } = access;
  const list = async (page: Partial<ListUsersCommandInput>) => {
    try {
      const command = new ListUsersCommand({ UserPoolId: poolId, Limit: PAGE_SIZE, ...page });
      const { Users = [], PaginationToken: next = null } = await client.send(command);
      return { items: Users.map(userOf).filter((user) => user !== undefined), next };
    } catch (cause) {
      throw faultOf({ system: 'cognito', operation: 'list users', permanentErrors: permanentErrors }, cause);
    }
  };
  return {
    users: (from) => list(from === null ? {} : { PaginationToken: from }),
    missingUsers: async (subs) => {
      const missing = new Set<string>();
      for (const sub of subs) {
        await pace?.waitForTurn();
        if ((await bySub(access, sub)) === undefined) missing.add(sub);
      }
      return missing;
    },
    usersOf: async (email) => {
      // A quote would end the filter's quoted value.
      if (/["\\]/.test(email)) return [];
      // The pool stores an address as the user typed it, and compares it case-sensitively.
      const spellings = [...new Set([email, email.toLowerCase()])];
      const pages = await Promise.all(spellings.map((spelling) => list({ Filter: `email = "${spelling}"` })));
      const users = pages.flatMap(({ items }) => items);
      return users.filter(({ sub }, index) => users.findIndex((user) => user.sub === sub) === index);
    },
  };
}
