import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attributesOf } from '../../adapters/dynamodb/entitlement-item.ts';
import { CHANGES_KEPT } from '../../core/entitlement/history.ts';
import {
  type EntitlementState,
  emptyState,
  neverSynced,
  type SyncState,
} from '../../core/entitlement/row.ts';
import { accessStateOf } from '../../core/entitlement/state-fields.ts';
import { stages } from '../../infra/config.ts';
import { alarmsOf } from '../../infra/stage-alarms.ts';
import { withStores } from '../../tests/infra/configs.ts';
import { resourcesOf, synthesize } from '../../tests/infra/synth.ts';
import { scriptRunner } from '../../tests/support/run-script.ts';
import { type Installation, metricsIn, monthlyCost, sum } from './model.ts';
import { prices, tiered } from './prices.ts';
import { storeRunCost } from './reconcile-run.ts';
import { asMarkdown, costTable } from './table.ts';
import { defaultTraffic, sizes } from './traffic.ts';

const defaults: Omit<Installation, 'users'> = {
  api: 'http',
  plan: 'LITE',
  traffic: defaultTraffic,
  reconcileRunsPerDay: 2,
};
const sellingInStores = { ...defaultTraffic, payingInStores: 0.04 };
const bill = (users: number, changes: Partial<Installation> = {}) =>
  Object.fromEntries(
    monthlyCost({ users, ...defaults, ...changes }).map(({ name, dollars }) => [name.split(',')[0], dollars]),
  );

describe('The cost model', () => {
  it('produces the tables of docs/cost.md', () => {
    const page = readFileSync(new URL('../../docs/cost.md', import.meta.url), 'utf8');
    expect(page).toContain(asMarkdown(costTable([1_000, 100_000, 10_000_000], defaults)));
    expect(page).toContain(
      asMarkdown(costTable([100_000], { ...defaults, plan: 'ESSENTIALS', api: 'rest' })),
    );
    expect(page).toContain(asMarkdown(costTable([100_000], { ...defaults, traffic: sellingInStores })));
  });

  it('bills a million entitlement reads as a million requests, invocations and strongly consistent reads', () => {
    const traffic = {
      ...defaultTraffic,
      paying: 0,
      perUser: { entitlements: 1, sign_up: 0, checkout: 0, portal: 0, sync: 0, deletion: 0 },
    };
    const line = bill(1_000_000, { traffic, reconcileRunsPerDay: 0 });
    expect(line['API Gateway']).toBeCloseTo(1);
    // The requests cost 0.20, and each takes 11.75 ms with a quarter of a gigabyte.
    expect(line['Lambda']).toBeCloseTo(0.2 + 0.01175 * 0.25 * 13.3334, 4);
    // One read unit each, and 1.2 GB of storage.
    expect(line['DynamoDB']).toBeCloseTo(0.125 + 1.2 * 0.45, 6);
    expect(line['Reconcile']).toBe(0);
    expect(line['Codes by email']).toBe(0);
  });

  it('bills the deliveries of RevenueCat, and a reconcile run at its rate limit but never more than the day has', () => {
    const perUser = { entitlements: 0, sign_up: 0, checkout: 0, portal: 0, sync: 0, deletion: 0 };
    const traffic = { ...sellingInStores, paying: 0, perUser };
    const line = bill(1_000_000, { traffic });
    // 40,000 payers with two deliveries each.
    expect(line['API Gateway']).toBeCloseTo(0.08);
    const reads =
      (2 * 30 * 1_000_000 * ((2 * sizes.profileKb + 3 * (sizes.rowKb + sizes.indexKb)) / 8 + 4.5) * 0.125) /
      1_000_000;
    const allDay = 30 * 86_400 * 0.5 * prices.lambda.gbSecondArm;
    expect(line['Reconcile']).toBeLessThan(reads + allDay);
    expect(bill(1_000, { traffic })['Reconcile']).toBeGreaterThan(bill(1_000)['Reconcile'] ?? 0);
    expect(storeRunCost({ customers: 1_000, rows: 40 })).toEqual({ calls: 90, minutes: 0.75 });
  });

  it('bills each tier at its own price', () => {
    const { LITE, ESSENTIALS } = prices.cognito;
    expect(tiered(LITE, 10_000)).toBe(0);
    expect(tiered(LITE, 1_000_000)).toBeCloseTo(90_000 * 0.0055 + 900_000 * 0.0046);
    expect(tiered(ESSENTIALS, 1_000_000)).toBeCloseTo(14_850);
    expect(tiered(prices.api.http, 400_000_000)).toBeCloseTo(300 + 90);
  });

  it('never returns a lower total for more users, or a line that is not a number', () => {
    const count = fc.integer({ min: 0, max: 50_000_000 });
    const api = fc.constantFrom('http', 'rest');
    const plan = fc.constantFrom('LITE', 'ESSENTIALS', 'PLUS');
    fc.assert(
      fc.property(count, count, fc.record({ api, plan }), (one, other, kinds) => {
        const [fewer, more] = [Math.min(one, other), Math.max(one, other)];
        const totals = [fewer, more].map((users) => {
          const lines = monthlyCost({ ...defaults, ...kinds, users }).map(({ dollars }) => dollars);
          for (const dollars of lines) expect(dollars).toBeGreaterThanOrEqual(0);
          return sum(lines);
        });
        expect(totals[1]).toBeGreaterThanOrEqual(totals[0] ?? Number.NaN);
      }),
    );
  });

  it('assumes the real size of a row, without changes and with ten renewals', () => {
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
      planKeys: { [paid.plan]: ['pro_monthly', `prod_${'0'.repeat(14)}`] },
      history: Array.from({ length: 10 }, () => change),
    };
    expect(kbOf(payer)).toBeGreaterThan(sizes.payerRowKb - 1);
    // A read unit is 4 KB.
    const full = { ...payer, history: Array.from({ length: CHANGES_KEPT }, () => change) };
    expect(kbOf(full)).toBeLessThan(4);
    expect(kbOf(payer)).toBeLessThan(sizes.payerRowKb);
    const { paying } = defaultTraffic;
    const average = paying * kbOf(payer) + (1 - paying) * kbOf(fresh);
    expect(average).toBeGreaterThan(sizes.rowKb - 0.1);
    expect(average).toBeLessThan(sizes.rowKb);
  });

  it.each([
    ['without app stores', stages.dev],
    ['with app stores', withStores(stages.dev)],
  ])('counts the metrics of the alarms as the CloudFormation template has them: %s', (_, config) => {
    const sizesInTemplate = resourcesOf(synthesize(config), 'AWS::CloudWatch::Alarm').map(
      ([, { Properties }]) => {
        const metrics = (Properties['Metrics'] ?? []) as readonly { readonly MetricStat?: object }[];
        return Math.max(1, metrics.filter(({ MetricStat }) => MetricStat !== undefined).length);
      },
    );
    expect(sum(alarmsOf(config).map(metricsIn))).toBe(sum(sizesInTemplate));
  });
});

/** Returns an item's size as DynamoDB counts it: names and values, three bytes per list or map, one per element. */
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

  it('prints a column for each size', async () => {
    const { code, text } = await cost('--users', '1,000', '--users', '2_000_000', '--plan', 'LITE');
    expect(code).toBe(0);
    expect(text.split('\n')[0]).toMatch(/^dollars a month\s+1,000 users\s+2,000,000 users$/);
    expect(text).toMatch(/^Cognito, LITE\s+0\.00\s+7,885$/m);
    expect(text).toMatch(/^All\s/m);
  });

  it.each([
    [['--users', 'many'], '--users must be a number of 0 or more, not many'],
    [['--plan', 'GOLD'], '--plan must be one of LITE, ESSENTIALS, PLUS, not GOLD'],
    [['--paying', '4'], '--paying must be a share from 0 to 1'],
    [['--paying-in-stores', '2'], '--paying-in-stores must be a share from 0 to 1'],
    [['--reads', ''], '--reads must be a number of 0 or more, not an empty text'],
  ])('prints in one line what is wrong with the options %j', async (args, line) => {
    expect(await cost(...args)).toEqual({ code: 1, text: `${line}\n` });
  });
});
