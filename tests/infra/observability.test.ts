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
const listed = rows.map(({ name = '' }) => name);

const code = ['core', 'adapters', 'functions'].flatMap((folder) =>
  readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => read(`${folder}/${file}`)),
);

describe('The observability page', () => {
  it('lists every metric that the code names, once', () => {
    const named = code.flatMap((text) => [...text.matchAll(/metric: '(?<name>\w+)'/g)]);
    expect(named.length).toBeGreaterThan(20);
    expect(listed).toEqual(expect.arrayContaining(named.map(({ groups }) => groups?.['name'] ?? '')));
    expect(new Set(listed).size).toBe(listed.length);
  });

  it('lists no metric that the code does not write', () => {
    const text = code.join('\n');
    const families = [...text.matchAll(/metric: `(?<prefix>\w+)_\$\{/g)].map(
      ({ groups }) => groups?.['prefix'],
    );
    expect(new Set(families)).toEqual(new Set(['change', 'checkout', 'portal', 'sync', 'webhook']));
    const written = (name: string) => {
      const [prefix = '', ...rest] = name.split('_');
      const ending = `'${rest.join('_')}'`;
      return text.includes(`'${name}'`) || (families.includes(prefix) && text.includes(ending));
    };
    expect(listed.filter((name) => !written(name))).toEqual([]);
  });

  it('marks the metrics that alarms watch', () => {
    const bold = rows.filter((row) => row['bold'] !== undefined).map(({ name }) => name);
    expect(new Set(bold)).toEqual(new Set(Object.values(watchedMetrics)));
  });

  it('names the namespace, the dimensions and the measured fields', () => {
    const text = part('Metrics');
    const measured = Object.values(measuredFields).flatMap((fields = []) => fields);
    for (const name of [METRIC_NAMESPACE, ...metricDimensions, ...measured])
      expect(text).toContain(`\`${name}\``);
  });

  it('lists no metric with the name of a field, whose value it would overwrite', () => {
    const fields = [...part('Log lines').matchAll(/^\| (?<cell>[^|]+)\|/gm)]
      .flatMap(({ groups }) => [...(groups?.['cell'] ?? '').matchAll(/`(?<name>\w+)`/g)])
      .map(({ groups }) => groups?.['name']);
    expect(fields).toContain('request_id');
    expect(listed.filter((name) => fields.includes(name))).toEqual([]);
  });
});
