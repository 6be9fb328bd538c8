import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { functionNames } from '../contract/functions.ts';
import { excessesOf, readBudgets } from './budgets.ts';
import { reportOf } from './report.ts';
import { type Results, runBench } from './run.ts';
import { scenarioNames } from './scenarios.ts';

const directory = path.resolve('dist/functions');
let results: Results;

beforeAll(async () => {
  results = await runBench(
    { directory, node: process.execPath },
    {
      coldRounds: 1,
      warmRounds: 1,
      warmRequests: 2,
      burstRounds: 1,
      burstEvents: 2,
      stripeDelaysMs: [0],
      memoryRequests: 0,
      references: false,
      functions: ['entitlements-api', 'stripe-webhook'],
    },
  );
});

describe('The benchmark', () => {
  it('gets a first answer over TLS from every process that it compares', () => {
    const names = results.cold.map(({ name }) => name);
    expect(names).toEqual(['empty', 'raw', 'entitlements-api', 'stripe-webhook']);
  });

  it('reports a number wherever it measures something', () => {
    expect(reportOf(results)).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('sees what the events of one payment call', () => {
    const [burst] = results.bursts;
    expect(burst?.events).toBe(2);
    expect(burst?.stripeCalls.median).toBeGreaterThan(0);
    expect(burst?.dynamoDbCalls.median).toBeGreaterThan(0);
  });
});

describe('The budgets', () => {
  it('hold for every bundle, and for the calls of an everyday event and of a read', () => {
    expect(results.sizes.map(({ name }) => name)).toEqual(functionNames);
    expect(excessesOf(readBudgets(), results)).toEqual([]);
  });

  it('exist for every function', () => {
    const { bundles, calls } = readBudgets();
    expect(Object.keys(bundles)).toEqual(functionNames);
    expect(Object.keys(calls)).toEqual(scenarioNames);
  });

  it('name every bundle that has grown, every new package in one and every additional call', () => {
    const counts = { stripe: 2, dynamodb: 1, cognito: 0, revenuecat: 0 };
    const found = {
      sizes: [
        { name: 'prices', bytes: 101, zipBytes: 1, packages: ['stripe', 'left-pad'] },
        { name: 'new', bytes: 1, zipBytes: 1, packages: [] },
      ],
      counts: [{ name: 'prices', calls: counts }],
    };
    const budgets = {
      bundles: { prices: { bytes: 100, packages: ['stripe'] } },
      calls: { prices: { ...counts, stripe: 1 } },
    };
    expect(excessesOf(budgets, found)).toEqual([
      'The bundle prices has 101 bytes, more than 100.',
      'The bundle prices contains the package left-pad.',
      'The bundle new has no budget.',
      'prices makes 2 calls to stripe, more than 1.',
    ]);
  });
});
