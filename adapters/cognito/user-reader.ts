/** Reads users of the Cognito pool. A token may be older than its user's deletion, so a claim is not enough. */
import type { PoolUser, UserReader } from '../../core/account/pool-user.ts';
import type { Listings } from '../../core/reconcile/listings.ts';
import { Fault } from '../../core/system/fault.ts';
import { recordIn, recordsIn, textAt, type UnknownRecord, valueAt } from '../../core/system/record.ts';
import { faultOf } from '../aws/fault.ts';
import type { Pace } from '../system/pace.ts';
import { AwsError } from '../transport/aws-json.ts';
import { type Cognito, permanentErrors } from './client.ts';

export interface UserPoolAccess {
  readonly client: Cognito;
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
    const user = (await client('AdminGetUser', { UserPoolId, Username: username })) ?? null;
    // What is no user of Cognito must not count as a user who does not exist.
    if (!Array.isArray(valueAt(user, 'UserAttributes')))
      throw unknownShape('read user', 'a user with attributes');
    return userOf(user, 'UserAttributes');
  } catch (cause) {
    if (isUserNotFound(cause)) return undefined;
    throw faultOf({ system: 'cognito', operation: 'read user', permanentErrors: permanentErrors }, cause);
  }
}

export function isUserNotFound(cause: unknown): boolean {
  return cause instanceof AwsError && cause.name === 'UserNotFoundException';
}

async function bySub(access: UserPoolAccess, sub: string): Promise<PoolUser | undefined> {
  // A quote would end the filter's quoted value.
  if (/["\\]/.test(sub)) return undefined;
  const { items } = await listUsers(access, 'find user', { Filter: `sub = "${sub}"`, Limit: 1 });
  return items.find((user) => user.sub === sub);
}

function unknownShape(operation: string, expected: string): Fault {
  return new Fault({ code: 'unknown_shape', system: 'cognito', operation, expected });
}

interface UserPage {
  readonly items: readonly PoolUser[];
  readonly next: string | null;
}

async function listUsers(
  { client, poolId: UserPoolId }: UserPoolAccess,
  operation: string,
  page: { readonly Filter?: string; readonly Limit: number; readonly PaginationToken?: string },
): Promise<UserPage> {
  const answer = await client('ListUsers', { UserPoolId, ...page }).catch((cause: unknown) => {
    throw faultOf({ system: 'cognito', operation, permanentErrors }, cause);
  });
  const users = valueAt(answer ?? null, 'Users');
  // A page that is left out might hold the user.
  if (answer === undefined || !Array.isArray(users)) {
    throw unknownShape(operation, 'a list of users');
  }
  return {
    items: users.map((user) => userOf(recordIn(user), 'Attributes')).filter((user) => user !== undefined),
    next: textAt(answer, 'PaginationToken'),
  };
}

/** The two answers name the attributes of a user differently. */
function userOf(
  user: UnknownRecord | null,
  attributes: 'Attributes' | 'UserAttributes',
): PoolUser | undefined {
  const given = valueAt(user, attributes);
  const list: readonly UnknownRecord[] = Array.isArray(given) ? recordsIn(given) : [];
  const attribute = (name: string): string | null => {
    return textAt(list.find((entry) => entry['Name'] === name) ?? null, 'Value');
  };
  const sub = attribute('sub');
  const username = textAt(user, 'Username');
  if (sub === null || username === null) return undefined;
  return {
    sub,
    username,
    email: attribute('email'),
    emailVerified: attribute('email_verified') === 'true',
    givenName: attribute('given_name'),
    familyName: attribute('family_name'),
    confirmed: valueAt(user, 'UserStatus') !== 'UNCONFIRMED',
    enabled: valueAt(user, 'Enabled') !== false,
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
  const { pace } = access;
  const list = (page: { readonly Filter?: string; readonly PaginationToken?: string }) =>
    listUsers(access, 'list users', { Limit: PAGE_SIZE, ...page });
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
