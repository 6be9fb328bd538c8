import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { functionNames } from '../../contract/functions.ts';
import { watchedMetrics } from '../../contract/metrics.ts';
import { confirmOwner } from '../../core/sync/owner.ts';
import type { LogFields } from '../../core/system/log.ts';
import { alarms } from '../../infra/alarms.ts';
import { accessLogGroupNameOf, logGroupNameOf } from '../../infra/names.ts';
import { readLogNames } from './log-names.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const runbook = read('docs/runbook.md');
const sections = new Map(
  runbook
    .split(/^## /m)
    .slice(1)
    .map((text) => [text.slice(0, text.indexOf('\n')), text] as const),
);
const names = readLogNames();

describe('The runbook', () => {
  it('has an entry for each alarm, and no other entry', () => {
    expect([...sections.keys()]).toEqual(alarms.map(({ name }) => name));
  });

  it.each(alarms)('says for $name what it means, where to look and what to do', ({ name, source }) => {
    const text = sections.get(name) ?? '';
    for (const part of ['**Means:** ', '**Look:**', '**Do:**']) expect(text).toContain(part);
    expect(text).toContain(source.kind === 'log_metric' ? source.metric : '');
  });

  it('reads logs of existing functions by metrics that the code writes', () => {
    const queries = [...runbook.matchAll(/`logs (?<name>[\w-]+) (?<metric>\w+)/g)];
    expect(queries.length).toBeGreaterThan(15);
    for (const { groups } of queries) {
      const { name = '', metric = '' } = groups ?? {};
      expect(functionNames).toContain(name);
      expect([metric, names.isMetric(metric)]).toEqual([metric, true]);
    }
  });

  it('names existing log groups', () => {
    const groups = [...runbook.matchAll(/\/aws\/(?:lambda|vendedlogs)\/predixa-\$STAGE-[a-z][\w-]+/g)];
    const existing = [
      ...functionNames.map((name) => logGroupNameOf('$STAGE', name)),
      ...(['http', 'rest'] as const).map((kind) => accessLogGroupNameOf('$STAGE', kind)),
    ];
    expect(groups.length).toBeGreaterThan(2);
    expect(existing).toEqual(expect.arrayContaining(groups.map(([group]) => group)));
  });

  it('names existing commands', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = [...runbook.matchAll(/npm run (?<name>[\w:]+)/g)].map(({ groups }) => groups?.['name']);
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining([...new Set(named)]));
  });

  it('says which user of a contradiction gets the access, by the field that the code logs', async () => {
    const lines: (LogFields | undefined)[] = [];
    const ignore = () => undefined;
    const sub = 'named-by-event';
    const confirmed = await confirmOwner(
      {
        billing: {
          retrieveCustomer: async (id) => ({
            kind: 'customer',
            id,
            sub: 'named-by-customer',
            poolId: null,
            createdAt: null,
          }),
          readSubscriptionStamps: async () => [],
          listSubscriptions: async () => 'missing',
        },
        owners: { get: ignore, set: ignore },
        log: { info: ignore, warn: (_, fields) => void lines.push(fields), error: ignore },
      },
      {
        request: {
          customerId: 'cus_1',
          sub,
          changedAt: null,
          cause: { kind: 'stripe_event', id: 'evt_1' },
          customerDeleted: false,
          includesReversal: false,
          includesFeatures: false,
          reassigned: false,
          formerSub: null,
        },
        sub,
        isConfirmed: false,
        row: undefined,
        profile: undefined,
      },
    );
    const [line = {}] = lines;
    const field = Object.keys(line).find((name) => confirmed !== 'ask' && line[name] === confirmed.owner);
    expect(line['metric']).toBe('owner_contradiction');
    expect(sections.get('owner-contradicted')).toContain(`The user in \`${field ?? ''}\` gets the access`);
  });
});

it('Every metric that an alarm watches is written by the code', () => {
  expect(Object.values(watchedMetrics).filter((metric) => !names.isMetric(metric))).toEqual([]);
});
