import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attributesOf } from '../../adapters/dynamodb/entitlement-item.ts';
import {
  type EntitlementState,
  emptyState,
  neverSynced,
  type SyncState,
} from '../../core/entitlement/row.ts';
import { accessStateOf } from '../../core/entitlement/state-fields.ts';
import { alarms } from '../../infra/alarms.ts';
import { stages } from '../../infra/config.ts';
import { resourcesOf, synthesize } from '../../tests/infra/synth.ts';
import { scriptRunner } from '../../tests/support/run-script.ts';
import { type Installation, metricsIn, monthlyCost, sum } from './model.ts';
import { prices, tiered } from './prices.ts';
import { asMarkdown, costTable } from './table.ts';
import { sizes, usualTraffic } from './traffic.ts';

const usual: Omit<Installation, 'users'> = {
  api: 'http',
  plan: 'ESSENTIALS',
  traffic: usualTraffic,
  sweepsPerDay: 2,
};
const bill = (users: number, changes: Partial<Installation> = {}) =>
  Object.fromEntries(
    monthlyCost({ users, ...usual, ...changes }).map(({ name, dollars }) => [name.split(',')[0], dollars]),
  );

describe('what it costs', () => {
  it('the page shows what the model says', () => {
    const page = readFileSync(new URL('../../docs/cost.md', import.meta.url), 'utf8');
    expect(page).toContain(asMarkdown(costTable([1_000, 100_000, 10_000_000], usual)));
    expect(page).toContain(asMarkdown(costTable([100_000], { ...usual, plan: 'LITE', api: 'rest' })));
  });

  it('a million plain reads cost a million requests, calls and strong reads', () => {
    const traffic = {
      ...usualTraffic,
      paying: 0,
      perUser: { entitlements: 1, sign_up: 0, checkout: 0, portal: 0, sync: 0, deletion: 0 },
    };
    const line = bill(1_000_000, { traffic, sweepsPerDay: 0 });
    expect(line['API Gateway']).toBeCloseTo(1);
    // 0.20 for the requests, and 11.75 ms of a quarter of a gigabyte for each.
    expect(line['Lambda']).toBeCloseTo(0.2 + 0.01175 * 0.25 * 13.3334, 4);
    // A read unit each, and 1 GB kept.
    expect(line['DynamoDB']).toBeCloseTo(0.125 + 1 * 0.45, 6);
    expect(line['Reconcile']).toBe(0);
    expect(line['Codes by e-mail']).toBe(0);
  });

  it('a tier is paid at its own price, and only what lies in it', () => {
    const { LITE, ESSENTIALS } = prices.cognito;
    expect(tiered(LITE, 10_000)).toBe(0);
    expect(tiered(LITE, 1_000_000)).toBeCloseTo(90_000 * 0.0055 + 900_000 * 0.0046);
    expect(tiered(ESSENTIALS, 1_000_000)).toBeCloseTo(14_850);
    expect(tiered(prices.api.http, 400_000_000)).toBeCloseTo(300 + 90);
  });

  it('more users never cost less, and every line is a number', () => {
    const count = fc.integer({ min: 0, max: 50_000_000 });
    const api = fc.constantFrom('http', 'rest');
    const plan = fc.constantFrom('LITE', 'ESSENTIALS', 'PLUS');
    fc.assert(
      fc.property(count, count, fc.record({ api, plan }), (one, other, kinds) => {
        const [fewer, more] = [Math.min(one, other), Math.max(one, other)];
        const totals = [fewer, more].map((users) => {
          const lines = monthlyCost({ ...usual, ...kinds, users }).map(({ dollars }) => dollars);
          for (const dollars of lines) expect(dollars).toBeGreaterThanOrEqual(0);
          return sum(lines);
        });
        expect(totals[1]).toBeGreaterThanOrEqual(totals[0] ?? Number.NaN);
      }),
    );
  });

  it('a row has the size that it is counted with: one that has never changed, and one of ten renewals', () => {
    const kbOf = (state: EntitlementState & SyncState) => {
      const others = { cognito_sub: '0'.repeat(36), updatedAt: new Date(0).toISOString(), version: 1 };
      return bytesOf({ ...attributesOf(state), ...others }) / 1_024;
    };
    const fresh = { ...emptyState, ...neverSynced, features: [] };
    const paid = {
      status: 'active',
      plan: `price_${'0'.repeat(24)}`,
      currentPeriodEnd: 1_790_000_000,
      subscriptionId: `sub_${'0'.repeat(24)}`,
      stripeStatus: 'active',
    } as const;
    const change = {
      at: 1_790_000_000,
      by: `evt_${'0'.repeat(24)}`,
      before: { status: 'active', plan: paid.plan },
      after: accessStateOf({ ...emptyState, ...paid }),
    };
    const payer = {
      ...fresh,
      ...paid,
      customerIds: [`cus_${'0'.repeat(14)}`],
      history: Array.from({ length: 10 }, () => change),
    };
    expect(kbOf(payer)).toBeGreaterThan(sizes.payerRowKb - 1);
    expect(kbOf(payer)).toBeLessThan(sizes.payerRowKb);
    const { paying } = usualTraffic;
    const average = paying * kbOf(payer) + (1 - paying) * kbOf(fresh);
    expect(average).toBeGreaterThan(sizes.rowKb - 0.1);
    expect(average).toBeLessThan(sizes.rowKb);
  });

  it('counts the metrics of the alarms as the template has them', () => {
    const made = resourcesOf(synthesize(stages.dev), 'AWS::CloudWatch::Alarm').map(([, { Properties }]) => {
      const parts = (Properties['Metrics'] ?? []) as readonly { readonly MetricStat?: object }[];
      return Math.max(1, parts.filter(({ MetricStat }) => MetricStat !== undefined).length);
    });
    expect(sum(alarms.map(metricsIn))).toBe(sum(made));
  });
});

/** As DynamoDB counts an item: names and values, and three bytes of a list or map and one of each element. */
function bytesOf(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (typeof value === 'number') return Math.ceil(String(value).length / 2) + 1;
  if (typeof value !== 'object' || value === null) return 1;
  const pairs = Object.entries(value).filter(([, inner]) => inner !== null && inner !== undefined);
  const names = Array.isArray(value) ? 0 : sum(pairs.map(([name]) => Buffer.byteLength(name)));
  return 3 + pairs.length + names + sum(pairs.map(([, inner]) => bytesOf(inner)));
}

describe('npm run cost', () => {
  const cost = scriptRunner(new URL('../cost.ts', import.meta.url), { cwd: tmpdir(), env: {} });

  it('shows a column for each size that is asked for', async () => {
    const { code, text } = await cost('--users', '1,000', '--users', '2_000_000', '--plan', 'LITE');
    expect(code).toBe(0);
    expect(text.split('\n')[0]).toMatch(/^dollars a month\s+1,000 users\s+2,000,000 users$/);
    expect(text).toMatch(/^Cognito, LITE\s+0\.00\s+7,885$/m);
    expect(text).toMatch(/^All\s/m);
  });

  it.each([
    [['--users', 'many'], '--users is a number from 0 on, not many'],
    [['--plan', 'GOLD'], '--plan is one of LITE, ESSENTIALS, PLUS, not GOLD'],
    [['--paying', '4'], '--paying is a share, from 0 to 1'],
    [['--reads', ''], '--reads is a number from 0 on, not '],
  ])('%j: says in one line what is wrong', async (args, line) => {
    expect(await cost(...args)).toEqual({ code: 1, text: `${line}\n` });
  });
});
