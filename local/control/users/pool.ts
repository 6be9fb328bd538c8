/** Reads everything that the list of users is made of: the pool and both tables, whole. A local cloud is small. */
import { plainItem } from '../attributes.ts';
import type { SystemClients } from '../clients.ts';
import type { JsonRecord } from '../contract.ts';

export interface StoredUser {
  readonly sub: string;
  readonly user: JsonRecord | undefined;
  readonly profile: JsonRecord | undefined;
  readonly row: JsonRecord | undefined;
}

export interface PoolFacts {
  readonly userPoolId: string;
  readonly usersTable: string;
  readonly entitlementsTable: string;
}

/** Cognito's own maximum. */
const PAGE_SIZE = 60;
const MAX_PAGES = 200;

export async function readAllUsers(clients: SystemClients, facts: PoolFacts): Promise<readonly StoredUser[]> {
  const [users, profiles, rows] = await Promise.all([
    listUsers(clients, facts.userPoolId),
    scanAll(clients, facts.usersTable),
    scanAll(clients, facts.entitlementsTable),
  ]);
  const profileOf = new Map(profiles.map((profile) => [String(profile['userId']), profile]));
  const rowOf = new Map(rows.map((row) => [String(row['cognito_sub']), row]));
  const userOf = new Map(users.map((user) => [attributeOf(user, 'sub') ?? String(user['Username']), user]));
  // The other keys of the table belong to no user: they hold a `#`.
  const isUser = (key: string) => !key.includes('#');
  const subs = new Set([...userOf.keys(), ...profileOf.keys(), ...[...rowOf.keys()].filter(isUser)]);
  return [...subs].map((sub) => ({
    sub,
    user: userOf.get(sub),
    profile: profileOf.get(sub),
    row: rowOf.get(sub),
  }));
}

export async function readUser(clients: SystemClients, facts: PoolFacts, sub: string): Promise<StoredUser> {
  const [user, profile, row] = await Promise.all([
    findUser(clients, facts.userPoolId, sub),
    readItem(clients, facts.usersTable, { userId: { S: sub } }),
    readItem(clients, facts.entitlementsTable, { cognito_sub: { S: sub } }),
  ]);
  return { sub, user, profile, row };
}

export function attributeOf(user: JsonRecord, name: string): string | undefined {
  const list = user['Attributes'] ?? user['UserAttributes'];
  if (!Array.isArray(list)) return undefined;
  const found = (list as readonly JsonRecord[]).find((attribute) => attribute['Name'] === name);
  return typeof found?.['Value'] === 'string' ? found['Value'] : undefined;
}

async function listUsers(clients: SystemClients, UserPoolId: string): Promise<readonly JsonRecord[]> {
  const users: JsonRecord[] = [];
  let token: unknown;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const input = {
      UserPoolId,
      Limit: PAGE_SIZE,
      ...(token === undefined ? {} : { PaginationToken: token }),
    };
    const output = await clients.cognito('ListUsers', input);
    users.push(...((output['Users'] ?? []) as readonly JsonRecord[]));
    token = output['PaginationToken'];
    if (token === undefined || token === null) break;
  }
  return users;
}

async function findUser(
  clients: SystemClients,
  UserPoolId: string,
  sub: string,
): Promise<JsonRecord | undefined> {
  if (/["\\]/.test(sub)) return undefined;
  const output = await clients.cognito('ListUsers', { UserPoolId, Filter: `sub = "${sub}"`, Limit: 1 });
  const [user] = (output['Users'] ?? []) as readonly JsonRecord[];
  return user !== undefined && attributeOf(user, 'sub') === sub ? user : undefined;
}

async function readItem(
  clients: SystemClients,
  TableName: string,
  Key: JsonRecord,
): Promise<JsonRecord | undefined> {
  const { Item } = await clients.dynamodb('GetItem', { TableName, Key, ConsistentRead: true });
  return Item === undefined ? undefined : plainItem(Item as JsonRecord);
}

async function scanAll(clients: SystemClients, TableName: string): Promise<readonly JsonRecord[]> {
  const items: JsonRecord[] = [];
  let start: unknown;
  do {
    const input = { TableName, ...(start === undefined ? {} : { ExclusiveStartKey: start }) };
    const output = await clients.dynamodb('Scan', input);
    items.push(...((output['Items'] ?? []) as readonly JsonRecord[]).map(plainItem));
    start = output['LastEvaluatedKey'];
  } while (start !== undefined);
  return items;
}
