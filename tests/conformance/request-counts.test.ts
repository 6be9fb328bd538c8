/** The request counts in memory behave like those in the table, and no number of simultaneous requests passes a limit. */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createDynamoDb } from '../../adapters/dynamodb/client.ts';
import { createDeletionChecks } from '../../adapters/dynamodb/deletion-checks.ts';
import { createRequestCounter } from '../../adapters/dynamodb/request-counter.ts';
import type { DeletionChecks } from '../../core/account/repeated-deletion.ts';
import { type LimitedRequest, type RequestCounter, requestLimits } from '../../core/limits/request-limits.ts';
import { type Tables, tablesAt } from '../../local/dynamodb/tables.ts';
import { createRequestsWorld, deletionChecksOf, requestCounterOf } from '../../simulation/worlds/requests.ts';
import { dynamoDbUrl } from '../support/embedded-dynamodb.ts';
import { isLongRun } from '../support/extent.ts';
import { directLine, stillTimeline } from '../support/worlds.ts';

interface Stores {
  readonly requests: RequestCounter;
  readonly checks: DeletionChecks;
}

const endpoint = process.env['DYNAMODB_ENDPOINT'] ?? (await dynamoDbUrl());
const suffix = randomUUID().slice(0, 8);
const names = { users: `Counts-users-${suffix}`, entitlements: `Counts-entitlements-${suffix}` };
const T0 = 1_800_000_000;
const kinds = Object.keys(requestLimits) as LimitedRequest[];

let tables: Tables;
let real: Stores;
beforeAll(async () => {
  const defaults = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };
  for (const [name, value] of Object.entries(defaults)) vi.stubEnv(name, process.env[name] ?? value);
  vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', endpoint);
  tables = tablesAt({ endpoint }, names);
  await tables.createMissing();
  const table = {
    client: createDynamoDb({ timeoutMs: 5_000, maxAttempts: 2 }),
    tableName: names.entitlements,
  };
  real = { requests: createRequestCounter(table), checks: createDeletionChecks(table) };
});
afterAll(() => tables.close());

function inMemory(): Stores {
  const world = createRequestsWorld();
  const line = directLine(stillTimeline());
  return { requests: requestCounterOf(world, line), checks: deletionChecksOf(world, line) };
}

type Step = (stores: Stores, sub: string) => Promise<unknown>;

const moments = [0, 9, 10, 59, 60, 61, 125, 3_600];
const limitAt = (kind: LimitedRequest, seconds: number, atMost = 2) => {
  return { ...requestLimits[kind], atMost, nowSeconds: T0 + seconds };
};
const steps: Record<string, Step> = {
  forget: ({ requests }, sub) => requests.forget(sub),
  ...Object.fromEntries(
    moments.flatMap((seconds): [string, Step][] => [
      [
        `count at ${seconds}`,
        ({ requests }, sub) => requests.count(sub, 'portal', limitAt('portal', seconds)),
      ],
      [
        `count a deletion at ${seconds}`,
        ({ requests }, sub) => requests.count(sub, 'deletion', limitAt('deletion', seconds)),
      ],
      [
        `read at ${seconds}`,
        ({ requests }, sub) => requests.isExhausted(sub, 'portal', limitAt('portal', seconds)),
      ],
      [`reserve at ${seconds}`, ({ checks }, sub) => checks.reserve(sub, T0 + seconds)],
      [`settle at ${seconds}`, ({ checks }, sub) => checks.settle(sub, true, T0 + seconds)],
      [`release at ${seconds}`, ({ checks }, sub) => checks.settle(sub, false, T0 + seconds)],
    ]),
  ),
};

describe('The request counts', () => {
  it('in memory and in the table answer alike, whatever is counted, read, forgotten and checked', async () => {
    const sequences = fc.array(fc.constantFrom(...Object.keys(steps)), { minLength: 1, maxLength: 14 });
    const alike = fc.asyncProperty(sequences, async (sequence) => {
      const memory = inMemory();
      const sub = randomUUID();
      for (const [index, name] of sequence.entries()) {
        const step = steps[name];
        if (step === undefined) continue;
        const answers = [await step(real, sub), await step(memory, sub)];
        expect([index, name, answers[0]]).toEqual([index, name, answers[1]]);
      }
    });
    await fc.assert(alike, { numRuns: isLongRun ? 200 : 40 });
  });

  it.each(kinds)(
    'never allow more than the limit of %s, however many requests arrive at once',
    async (kind) => {
      const { atMost } = requestLimits[kind];
      const crowds = fc.integer({ min: 1, max: atMost * 3 });
      const exact = fc.asyncProperty(crowds, async (size) => {
        const sub = randomUUID();
        const limit = { ...requestLimits[kind], nowSeconds: T0 };
        const counts = await Promise.all(
          Array.from({ length: size }, () => real.requests.count(sub, kind, limit)),
        );
        expect(counts.filter((counted) => counted === 'allowed')).toHaveLength(Math.min(size, atMost));
        expect(await real.requests.isExhausted(sub, kind, limit)).toBe(size >= atMost);
      });
      await fc.assert(exact, { numRuns: isLongRun ? 20 : 4 });
    },
  );

  it('never allow more because the clocks of two machines are in different windows', async () => {
    const sub = randomUUID();
    const { atMost } = requestLimits.portal;
    const counts = [];
    for (let request = 0; request < atMost * 2; request += 1) {
      const limit = { ...requestLimits.portal, nowSeconds: T0 + (request % 2 === 0 ? 60 : 59) };
      counts.push(await real.requests.count(sub, 'portal', limit));
    }
    // The later window counts for both, after at most one request in the earlier one.
    expect(counts.filter((counted) => counted === 'allowed').length).toBeLessThanOrEqual(atMost + 1);
  });

  it('of one kind and user leave the others alone', async () => {
    const [sub, other] = [randomUUID(), randomUUID()];
    await real.requests.count(sub, 'sync', limitAt('sync', 0, 1));
    expect(await real.requests.count(sub, 'sync', limitAt('sync', 0, 1))).toBe('limited');
    expect(await real.requests.count(sub, 'portal', limitAt('portal', 0, 1))).toBe('allowed');
    expect(await real.requests.count(other, 'sync', limitAt('sync', 0, 1))).toBe('allowed');
  });
});

describe('The checks of repeated deletions', () => {
  it('let one of many requests at once check', async () => {
    const sub = randomUUID();
    const answers = await Promise.all(Array.from({ length: 6 }, () => real.checks.reserve(sub, T0)));
    expect(answers.filter((answer) => answer === 'reserved')).toHaveLength(1);
    expect(answers.filter((answer) => answer === 'busy')).toHaveLength(5);
  });

  it('keep at most a hundred users, the newest', async () => {
    const first = randomUUID();
    await real.checks.settle(first, true, T0);
    for (let count = 0; count < 100; count += 1) await real.checks.settle(randomUUID(), true, T0);
    expect(await real.checks.reserve(first, T0)).toBe('reserved');
  });
});
