import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRevenueCat } from '../../adapters/revenuecat/access.ts';
import { createStoreListings } from '../../adapters/revenuecat/listings.ts';
import { access } from '../../core/entitlement/access.ts';
import { type AccessPolicy, defaultRules } from '../../core/entitlement/policy.ts';
import type { Claim } from '../../core/entitlement/row.ts';
import { claimsOfPurchases, PAST_END_SECONDS } from '../../core/stores/claims-of-purchases.ts';
import { Fault } from '../../core/system/fault.ts';
import { forAll, patience } from './checks.ts';
import { corrupted, type Json, json, texts } from './inputs.ts';

/** 2026-01-01, in Unix seconds. */
const NOW = 1_767_225_600;
const DAY = 86_400;

interface Served {
  readonly status: number;
  readonly body: string;
  readonly date: string | undefined;
}

/** What the server answers, by the last part of the path. */
let served: Readonly<Record<string, Served>>;
let requests: number;
let server: Server;
beforeAll(async () => {
  server = createServer((request, response) => {
    requests += 1;
    request.resume();
    const name = /\/(?<name>\w+)(?:\?.*)?$/.exec(request.url ?? '')?.groups?.['name'] ?? '';
    // A product may have the name of an inherited property.
    const known = Object.hasOwn(served, name) ? served[name] : undefined;
    const answer = known ?? { status: 404, body: '', date: undefined };
    response.sendDate = false;
    if (answer.date !== undefined) response.setHeader('date', answer.date);
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    response.end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** A process of its own, which has looked up no product yet. */
function open(allowSandbox: boolean) {
  const { port } = server.address() as AddressInfo;
  return openRevenueCat({
    config: {
      projectId: 'proj1',
      apiKey: { kind: 'value', value: 'sk_1' },
      base: new URL(`http://127.0.0.1:${port}`),
      allowSandbox,
    },
    secret: { fetch: async () => '' },
    clock: { nowMs: () => NOW * 1_000, sleep: async () => {}, within: (_, work) => work() },
    limits: { timeoutMs: 5_000, maxWaitMs: 8_000 },
  });
}

const pro: Json = { object: 'list', items: [{ id: 'entl1', lookup_key: 'pro' }], next_page: null };
const sold = { product_id: 'prod1', environment: 'production', entitlements: pro };

const subscription = (id: string, fields: { readonly [key: string]: Json }): Json => ({
  id,
  ...sold,
  store: 'app_store',
  status: 'active',
  gives_access: true,
  auto_renewal_status: 'will_renew',
  current_period_ends_at: (NOW + 20 * DAY) * 1_000,
  ends_at: null,
  management_url: 'https://apps.apple.com/account/subscriptions',
  ...fields,
});

/** What RevenueCat answers about a user with each kind of purchase. */
const real: Readonly<Record<string, Json>> = {
  subscriptions: {
    items: [
      subscription('sub1', {}),
      subscription('sub2', { status: 'expired', gives_access: false }),
      subscription('sub3', { store: 'promotional', current_period_ends_at: null }),
    ],
    next_page: null,
  },
  purchases: { items: [{ id: 'purch1', ...sold, store: 'play_store', status: 'owned' }], next_page: null },
  active_entitlements: { items: [{ entitlement_id: 'entl1', expires_at: null }], next_page: null },
  aliases: { items: [{ id: 'user' }, { id: '$RCAnonymousID:1' }], next_page: null },
  customers: {
    items: [{ id: 'user', last_seen_at: NOW * 1_000 }, { id: '$RCAnonymousID:1' }],
    next_page: null,
  },
  prod1: { id: 'prod1', store_identifier: 'monthly_pro' },
};

const odd: readonly Json[] = [
  null,
  NOW + 20 * DAY,
  1e308,
  -1,
  9e15,
  '2027-01-01T00:00:00Z',
  'sandbox',
  'stripe',
  '__proto__',
  'a_later_value',
  true,
  '/v2/next',
  { items: [] },
  { items: null },
  { object: 'error', type: 'server_error', backoff_ms: 1 },
];

function bodyOf(name: string): fc.Arbitrary<string> {
  const body = real[name] ?? null;
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant(JSON.stringify(body)) },
    { weight: 6, arbitrary: corrupted(body, odd).map((value) => JSON.stringify(value)) },
    { weight: 1, arbitrary: json.map((value) => JSON.stringify(value)) },
    { weight: 1, arbitrary: fc.oneof(texts, fc.constantFrom('', '<!doctype html><html></html>')) },
    { weight: 1, arbitrary: fc.constantFrom(...odd.slice(-3)).map((value) => JSON.stringify(value)) },
  );
}

const dates = fc.constantFrom(
  undefined,
  'Thu, 01 Jan 2026 00:00:00 GMT',
  'Fri, 31 Dec 9999 23:59:59 GMT',
  'Thu, 01 Jan 1970 00:00:00 GMT',
  'soon',
);
const statuses = fc.oneof(
  { weight: 12, arbitrary: fc.constant(200) },
  { weight: 1, arbitrary: fc.constantFrom(201, 204, 302, 400, 401, 403, 404, 409, 423, 429, 500, 503) },
);

const answers: fc.Arbitrary<Readonly<Record<string, Served>>> = fc.record(
  Object.fromEntries(
    Object.keys(real).map((name) => [name, fc.record({ status: statuses, body: bodyOf(name), date: dates })]),
  ),
);

/** Returns undefined for a fault. Anything else that is thrown fails the test. */
async function orFault<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Fault) return undefined;
    throw error;
  }
}

const policy: AccessPolicy = { renewalGraceSeconds: 0, rules: defaultRules, plans: {} };

/** Whether the answers say that something gives access, and until when, unless that is soon. */
function isStated({ currentPeriodEnd: end }: Claim, said: readonly string[]): boolean {
  const gives = said.some((body) => /"gives_access":true|"status":"owned"/.test(body));
  if (end === null) return gives && said.some((body) => /"(?:ends_at|expires_at)":null/.test(body));
  const isSoon = end <= NOW + 2 * PAST_END_SECONDS;
  return gives && (isSoon || said.some((body) => body.includes(String(end))));
}

describe('Whatever RevenueCat answers', () => {
  it('a read ends, and gives no access that no answer stated', patience, async () => {
    const outcomes = new Set<string>();
    await forAll(fc.tuple(answers, fc.boolean()), async ([next, allowSandbox]) => {
      served = next;
      requests = 0;
      const read = await orFault(open(allowSandbox).purchases.readPurchases('user'));
      expect(requests).toBeLessThan(400);
      outcomes.add(read === undefined ? 'fault' : read.known ? 'read' : 'unknown');
      if (read === undefined) return;
      const claims = claimsOfPurchases(read, NOW);
      // What a row cannot hold would fail later.
      expect(JSON.parse(JSON.stringify(claims))).toEqual(claims);
      const said = Object.values(next).map(({ body }) => body);
      const granting = claims.filter((claim) => access([claim], NOW, policy).granted);
      expect(granting.filter((claim) => !isStated(claim, said))).toEqual([]);
    });
    expect([...outcomes].sort()).toEqual(expect.arrayContaining(['fault', 'read']));
  });

  it('the ids of a customer and the pages of customers are read, or fail as a fault', patience, async () => {
    await forAll(answers, async (next) => {
      served = next;
      requests = 0;
      const stores = open(false);
      const aliases = await orFault(stores.purchases.readAliases('$RCAnonymousID:1'));
      expect(aliases ?? ['$RCAnonymousID:1']).toContain('$RCAnonymousID:1');
      const { storeCustomers } = createStoreListings(stores, NOW);
      for (const cursor of [null, 'user']) {
        const page = await orFault(storeCustomers(cursor));
        expect(page?.items.filter(({ sub }) => sub.startsWith('$RCAnonymousID:')) ?? []).toEqual([]);
        expect(page?.next ?? null).not.toBe(cursor ?? '');
      }
      await orFault(stores.purchases.deleteStoreCustomer('user'));
      expect(requests).toBeLessThan(400);
    });
  });
});
