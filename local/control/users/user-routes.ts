/** The routes of users: the list, one user in every system, what the app sees at a moment, and a session. */
import { rowOf } from '../../../adapters/dynamodb/entitlement-item.ts';
import { answerOf } from '../../../core/entitlement/answer.ts';
import type { AccessPolicy } from '../../../core/entitlement/policy.ts';
import { mintTokens } from '../../cognito/tokens.ts';
import type { SystemClients } from '../clients.ts';
import type { Session, UserDetail } from '../contract.ts';
import type { Inspector } from '../inspection.ts';
import { ControlRefusal, type ControlRoute } from '../routes.ts';
import { momentsOf, sentenceAt } from './access.ts';
import { differenceOf } from './differences.ts';
import { readRevenueCat, readStripe } from './payers.ts';
import { attributeOf, type PoolFacts, readUser, type StoredUser } from './pool.ts';
import type { Roster } from './roster.ts';
import { matchesSearch, newestFirst, summaryOf } from './summary.ts';

export interface UserRoutesDeps {
  readonly clients: SystemClients;
  readonly roster: Roster;
  readonly inspector: Inspector;
  readonly policy: AccessPolicy;
  readonly facts: () => PoolFacts & { readonly projectId: string; readonly issuer: string };
  readonly nowSeconds: () => number;
}

/** The most that a page shows. A search narrows the rest. */
const MAX_USERS = 500;

export function userRoutes(deps: UserRoutesDeps): readonly ControlRoute[] {
  return [
    { method: 'GET', path: '/users', run: ({ query }) => listUsers(deps, query.get('search') ?? '') },
    { method: 'GET', path: '/users/:sub', run: ({ params: { sub = '' } }) => detailOf(deps, sub) },
    {
      method: 'GET',
      path: '/users/:sub/differences',
      run: async ({ params: { sub = '' } }) => {
        const { findings } = await deps.inspector.compare(sub);
        return { differences: findings.map(differenceOf) };
      },
    },
    {
      method: 'GET',
      path: '/users/:sub/at',
      run: ({ params: { sub = '' }, query }) => accessAt(deps, sub, query.get('seconds')),
    },
    { method: 'POST', path: '/users/:sub/session', run: ({ params: { sub = '' } }) => sessionOf(deps, sub) },
  ];
}

async function listUsers({ roster, policy, nowSeconds }: UserRoutesDeps, search: string) {
  const context = { nowSeconds: nowSeconds(), policy };
  const all = (await roster.read()).map((stored) => summaryOf(stored, context));
  const found = all.filter((summary) => matchesSearch(summary, search)).sort(newestFirst);
  return { users: found.slice(0, MAX_USERS), found: found.length, total: all.length };
}

async function detailOf(deps: UserRoutesDeps, sub: string): Promise<UserDetail> {
  const { clients, policy } = deps;
  const facts = deps.facts();
  const stored = await readUser(clients, facts, sub);
  const [stripe, revenuecat] = await Promise.all([
    readStripe(clients, stored),
    readRevenueCat(clients, { projectId: facts.projectId, sub }),
  ]);
  const nowSeconds = deps.nowSeconds();
  const query = { row: entitlementOf(stored), nowSeconds, policy };
  const isKnown = stored.user ?? stored.profile ?? stored.row;
  return {
    sub,
    summary: isKnown === undefined ? null : summaryOf(stored, { nowSeconds, policy }),
    cognito: { user: stored.user ?? null },
    dynamodb: { profile: stored.profile ?? null, row: stored.row ?? null },
    stripe,
    revenuecat,
    answer: answerOf(query.row, nowSeconds, policy),
    sentence: sentenceAt(query, null),
    moments: momentsOf(query),
  };
}

async function accessAt(deps: UserRoutesDeps, sub: string, text: string | null) {
  if (text === null || !/^\d{1,12}$/.test(text)) {
    throw new ControlRefusal(400, '"seconds" must be a moment in Unix seconds.');
  }
  const { clients, policy } = deps;
  const stored = await readUser(clients, deps.facts(), sub);
  return sentenceAt({ row: entitlementOf(stored), nowSeconds: deps.nowSeconds(), policy }, Number(text));
}

function entitlementOf({ sub, row }: StoredUser) {
  return row === undefined ? undefined : rowOf(sub, row);
}

async function sessionOf({ clients, facts }: UserRoutesDeps, sub: string): Promise<Session> {
  const { user } = await readUser(clients, facts(), sub);
  if (user === undefined) {
    throw new ControlRefusal(404, `Cognito has no user ${sub}, so no one can sign in.`);
  }
  const email = attributeOf(user, 'email') ?? null;
  const subject = { username: String(user['Username']), sub, email: email ?? '', groups: [], identities: [] };
  return { sub, email, ...(await mintTokens(subject, facts().issuer)) };
}
