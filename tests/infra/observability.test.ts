import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  METRIC_NAMESPACE,
  measuredFields,
  metricDimensions,
  watchedMetrics,
} from '../../contract/metrics.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
const page = read('docs/observability.md');

const part = (heading: string) => page.slice(page.indexOf(`## ${heading}`)).split('\n## ')[0] ?? '';
const rows = part('Metrics')
  .split('\n')
  .map((line) => /^\| (?<bold>\*\*)?`(?<name>\w+)`/.exec(line)?.groups)
  .flatMap((groups) => (groups === undefined ? [] : [groups]));
const told = rows.map(({ name = '' }) => name);

const code = ['core', 'adapters', 'functions'].flatMap((folder) =>
  readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => read(`${folder}/${file}`)),
);

describe('the page on observability', () => {
  it('lists every metric that the code names, once', () => {
    const named = code.flatMap((text) => [...text.matchAll(/metric: '(?<name>\w+)'/g)]);
    expect(named.length).toBeGreaterThan(20);
    expect(told).toEqual(expect.arrayContaining(named.map(({ groups }) => groups?.['name'] ?? '')));
    expect(new Set(told).size).toBe(told.length);
  });

  it('lists none that the code does not write', () => {
    const text = code.join('\n');
    const families = [...text.matchAll(/metric: `(?<prefix>\w+)_\$\{/g)].map(
      ({ groups }) => groups?.['prefix'],
    );
    expect(new Set(families)).toEqual(new Set(['checkout', 'portal', 'sync', 'webhook']));
    const written = (name: string) => {
      const [prefix = '', ...rest] = name.split('_');
      const ending = `'${rest.join('_')}'`;
      return text.includes(`'${name}'`) || (families.includes(prefix) && text.includes(ending));
    };
    expect(told.filter((name) => !written(name))).toEqual([]);
  });

  it('marks those that an alarm counts', () => {
    const bold = rows.filter((row) => row['bold'] !== undefined).map(({ name }) => name);
    expect(new Set(bold)).toEqual(new Set(Object.values(watchedMetrics)));
  });

  it('names the namespace, the dimensions and what is measured beside a count', () => {
    const text = part('Metrics');
    const measured = Object.values(measuredFields).flatMap((fields = []) => fields);
    for (const name of [METRIC_NAMESPACE, ...metricDimensions, ...measured])
      expect(text).toContain(`\`${name}\``);
  });

  it('a metric has the name of no field, whose value it would take the place of', () => {
    const fields = [...part('Log lines').matchAll(/^\| (?<cell>[^|]+)\|/gm)]
      .flatMap(({ groups }) => [...(groups?.['cell'] ?? '').matchAll(/`(?<name>\w+)`/g)])
      .map(({ groups }) => groups?.['name']);
    expect(fields).toContain('request_id');
    expect(told.filter((name) => fields.includes(name))).toEqual([]);
  });
});
