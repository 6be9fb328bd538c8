/**
 * The tables in memory behave like the adapters on a real server: the embedded one, or the one at DYNAMODB_ENDPOINT
 * (`npm run conformance:dynamodb`).
 */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createDynamoDb } from '../../adapters/dynamodb/client.ts';
import { createEntitlementStore } from '../../adapters/dynamodb/entitlement-store.ts';
import { createProfileStore } from '../../adapters/dynamodb/profile-store.ts';
import { systemClock } from '../../adapters/system/clock.ts';
import type { Profile, ProfileStore } from '../../core/account/profile.ts';
import {
  type EntitlementRow,
  type EntitlementStore,
  emptyState,
  neverSynced,
} from '../../core/entitlement/row.ts';
import { type Tables, tablesAt } from '../../local/dynamodb/tables.ts';
import { createDynamoDbWorld, entitlementStoreOf, profileStoreOf } from '../../simulation/worlds/dynamodb.ts';
import { dynamoDbUrl } from '../support/embedded-dynamodb.ts';
import { isLongRun } from '../support/extent.ts';
import { directLine, stillTimeline } from '../support/worlds.ts';

const endpoint = process.env['DYNAMODB_ENDPOINT'] ?? (await dynamoDbUrl());
const suffix = randomUUID().slice(0, 8);
const names = { users: `Conformance-users-${suffix}`, entitlements: `Conformance-entitlements-${suffix}` };

interface Stores {
  readonly entitlements: EntitlementStore;
  readonly profiles: ProfileStore;
}

let tables: Tables;
let real: Stores;
beforeAll(async () => {
  const defaults = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };
  for (const [name, value] of Object.entries(defaults)) vi.stubEnv(name, process.env[name] ?? value);
  vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', endpoint);
  tables = tablesAt({ endpoint }, names);
  await tables.createMissing();
  const client = createDynamoDb({ timeoutMs: 5_000, maxAttempts: 2 });
  real = {
    entitlements: createEntitlementStore({ client, tableName: names.entitlements, clock: systemClock }),
    profiles: createProfileStore({ client, tableName: names.users }),
  };
});
afterAll(() => tables.close());

function inMemory(): Stores {
  const world = createDynamoDbWorld();
  const line = directLine(stillTimeline());
  return { entitlements: entitlementStoreOf(world, line), profiles: profileStoreOf(world, line) };
}

/** A step on either implementation. Returns its result, and keeps what later steps need in `memory`. */
type Step = (stores: Stores, key: string, memory: Memory) => Promise<unknown>;

interface Memory {
  row?: EntitlementRow | undefined;
}

const at = '2026-01-01T00:00:00.000Z';
const later = '2026-02-02T00:00:00.000Z';
const paid = {
  ...emptyState,
  ...neverSynced,
  status: 'active',
  plan: 'price_a',
  currentPeriodEnd: 1_800_000_000,
} as const;
const seen = {
  ...paid,
  status: 'canceled',
  cancelAtPeriodEnd: true,
  syncedAt: 1_700_000_000,
  customerIds: ['cus_a', 'cus_b'],
  formerCustomerIds: ['cus_c'],
  planKeys: { price_a: ['pro_monthly', 'prod_a'] },
} as const;
const provisional = {
  ...paid,
  provisional: true,
  pastDueSince: 5,
  subscriptionId: 'sub_a',
  stripeStatus: 'past_due',
} as const;

const entitlementSteps: Record<string, Step> = {
  read: async ({ entitlements }, key, memory) => {
    memory.row = await entitlements.read(key);
    return comparable(memory.row);
  },
  'create paid': async ({ entitlements }, key) => comparable(await entitlements.createIfAbsent(key, paid)),
  'create with a trial': async ({ entitlements }, key) =>
    comparable(await entitlements.createIfAbsent(key, { ...paid, trialStartedAt: at })),
  'create provisional': async ({ entitlements }, key, memory) => {
    const made = await entitlements.createIfAbsent(key, provisional);
    if (made !== 'exists') memory.row = made;
    return comparable(made);
  },
  'replace what was read': async ({ entitlements }, _, { row }) => row && entitlements.replace(row, seen),
  'replace it with an empty state': async ({ entitlements }, _, { row }) => {
    return row && entitlements.replace(row, { ...emptyState, ...neverSynced });
  },
  'remove what was read': async ({ entitlements }, _, { row }) => row && entitlements.removeIfUnchanged(row),
};

const profileSteps: Record<string, Step> = {
  read: async ({ profiles }, key) => profiles.read(key),
  'fill in': ({ profiles }, key) => {
    return profiles.fillIn({
      userId: key,
      email: 'a@example.com',
      givenName: null,
      familyName: 'B',
      createdAt: at,
    });
  },
  'link a': ({ profiles }, key) => profiles.linkCustomer({ userId: key, customerId: 'cus_a', at }),
  'link b': ({ profiles }, key) => profiles.linkCustomer({ userId: key, customerId: 'cus_b', at }),
  'mark as Google_1': ({ profiles }, key) =>
    profiles.markForDeletion({ userId: key, username: 'Google_1', at, requested: true }),
  'mark again': ({ profiles }, key) =>
    profiles.markForDeletion({ userId: key, username: null, at: later, requested: true }),
  'mark with pro_rata': ({ profiles }, key) =>
    profiles.markForDeletion({
      userId: key,
      username: null,
      at,
      requested: true,
      refund: promised('pro_rata'),
    }),
  'mark with none': ({ profiles }, key) =>
    profiles.markForDeletion({
      userId: key,
      username: null,
      at: later,
      requested: true,
      refund: promised('none'),
    }),
  'mark as missing': ({ profiles }, key) =>
    profiles.markForDeletion({ userId: key, username: null, at: later, requested: false }),
  'mark if it exists': ({ profiles }, key) =>
    profiles.markForDeletion({ userId: key, username: null, at: later, requested: true, mustExist: true }),
  'remove unless marked, of a': async ({ profiles }, key) => {
    return profiles.removeUnlessMarked({ userId: key, customerId: 'cus_a' });
  },
  remove: ({ profiles }, key) => profiles.remove(key),
};

function promised(kind: 'pro_rata' | 'none') {
  return { policy: { kind }, requestedAt: 1_767_225_600 } as const;
}

/** Returns the row without versions and times, which differ between implementations. */
function comparable(row: EntitlementRow | 'exists' | undefined): unknown {
  if (typeof row !== 'object') return row;
  const { fence: _fence, updatedAt, sub: _sub, ...rest } = row;
  // The times differ, but every write leaves one.
  return { ...rest, isDated: updatedAt !== null };
}

function withoutKey(answer: unknown): unknown {
  if (typeof answer !== 'object' || answer === null || !('userId' in answer)) return answer;
  const { userId: _userId, ...rest } = answer as Profile;
  return rest;
}

async function play(stores: Stores, key: string, steps: readonly Step[]): Promise<readonly unknown[]> {
  const memory: Memory = {};
  const answers: unknown[] = [];
  for (const step of steps) answers.push(withoutKey(await step(stores, key, memory)));
  return answers;
}

describe('The tables in memory return the same as the real ones', () => {
  it.each([
    ['entitlements', entitlementSteps],
    ['profiles', profileSteps],
  ])('for any sequence of operations on %s', async (_, steps) => {
    const sequences = fc.array(fc.constantFrom(...Object.keys(steps)), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(sequences, async (sequence) => {
        const chosen = sequence.map((name) => steps[name]).filter((step) => step !== undefined);
        const key = randomUUID();
        expect(await play(inMemory(), key, chosen)).toEqual(await play(real, key, chosen));
      }),
      { numRuns: isLongRun ? 60 : 30 },
    );
  });
});

describe.each(['in memory', 'real'])('The entitlement table (%s)', (which) => {
  const stores = (): Stores => (which === 'real' ? real : inMemory());

  it('lets one of twenty concurrent creations succeed', async () => {
    const { entitlements } = stores();
    const key = randomUUID();
    const made = await Promise.all(Array.from({ length: 20 }, () => entitlements.createIfAbsent(key, paid)));
    expect(made.filter((row) => row !== 'exists')).toHaveLength(1);
  });

  it('lets one of twenty concurrent replacements of the same version succeed', async () => {
    const { entitlements } = stores();
    const key = randomUUID();
    const row = await entitlements.createIfAbsent(key, paid);
    if (row === 'exists') throw new Error('The row already exists.');
    const written = await Promise.all(Array.from({ length: 20 }, () => entitlements.replace(row, seen)));
    expect(written.filter((result) => result === 'written')).toHaveLength(1);
  });

  it('does not mistake a row that was removed and created again for the one before it', async () => {
    const { entitlements } = stores();
    const key = randomUUID();
    const former = await entitlements.createIfAbsent(key, provisional);
    if (former === 'exists') throw new Error('The row already exists.');
    await entitlements.removeIfUnchanged(former);
    await entitlements.createIfAbsent(key, provisional);
    expect(await entitlements.replace(former, seen)).toBe('conflict');
    expect(await entitlements.removeIfUnchanged(former)).toBe('conflict');
    expect(await entitlements.read(key)).toMatchObject({ provisional: true });
  });
});
