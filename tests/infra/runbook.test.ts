import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { functionNames } from '../../contract/functions.ts';
import { watchedMetrics } from '../../contract/metrics.ts';
import { alarms } from '../../infra/alarms.ts';
import { logGroupNameOf } from '../../infra/names.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const runbook = read('docs/runbook.md');
const sections = new Map(
  runbook
    .split(/^## /m)
    .slice(1)
    .map((text) => [text.slice(0, text.indexOf('\n')), text] as const),
);

describe('the runbook', () => {
  it('has an entry for each alarm, and none for another', () => {
    expect([...sections.keys()]).toEqual(alarms.map(({ name }) => name));
  });

  it.each(alarms)('$name: what it means, how to look, what to do', ({ name, source }) => {
    const text = sections.get(name) ?? '';
    for (const part of ['**Means:** ', '**Look:**', '**Do:** ']) expect(text).toContain(part);
    expect(text).toContain(source.kind === 'log_metric' ? source.metric : '');
  });

  it('shows logs of functions that there are, by metrics that they write', () => {
    const asked = [...runbook.matchAll(/`logs (?<name>[\w-]+) (?<metric>\w+)/g)].map(({ groups }) => groups);
    expect(asked.length).toBeGreaterThan(15);
    const sources = [...sourcesOfMetrics()];
    for (const { name = '', metric = '' } of asked.map((groups) => groups ?? {})) {
      expect(functionNames).toContain(name);
      expect(sources).toContain(metric);
    }
    const groups = [...runbook.matchAll(/\/aws\/lambda\/predixa-\$STAGE-(?<name>[a-z][\w-]+)/g)];
    const known = functionNames.map((name) => logGroupNameOf('$STAGE', name));
    expect(known).toEqual(expect.arrayContaining(groups.map(([group]) => group)));
  });

  it('names commands that there are', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = [...runbook.matchAll(/npm run (?<name>[\w:]+)/g)].map(({ groups }) => groups?.['name']);
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining([...new Set(named)]));
  });
});

/** All that is counted, as the code says it. */
function* sourcesOfMetrics(): Iterable<string> {
  const files = [
    'functions/post-confirmation/handler.ts',
    'functions/stripe-webhook/handler.ts',
    'functions/delete-user/handler.ts',
    'functions/reconcile/handler.ts',
    'adapters/apigateway/http-handler.ts',
    'core/account/sign-up.ts',
    'core/checkout/orphaned-checkout.ts',
    'core/sync/owner.ts',
    'core/reconcile/reconcile.ts',
  ];
  for (const file of files) {
    for (const { groups } of read(file).matchAll(/metric: '(?<name>\w+)'/g)) yield groups?.['name'] ?? '';
  }
  // Said by the outcome of a sync.
  yield 'sync_written';
}

it('every metric that an alarm counts is written by the code', () => {
  expect([...sourcesOfMetrics()]).toEqual(expect.arrayContaining(Object.values(watchedMetrics)));
});
