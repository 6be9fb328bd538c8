/** The README tells exactly which routes there are. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { controlRoutes } from '../control/control-routes.ts';
import { apiRoutes } from './api-routes.ts';

const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');

function documented(area: string): string[] {
  const rows = [...readme.matchAll(/^\| `(?<route>[A-Z]+ \/[^`]*)` +\|/gm)];
  return rows.map((row) => row.groups?.['route'] ?? '').filter((route) => route.includes(area));
}

function routes() {
  const unused = () => {
    throw new Error('No operation runs here');
  };
  return apiRoutes({ send: unused, advance: unused });
}

test('every route of the API is in the table, and nothing else', () => {
  const paths = routes().map(({ method, path }) => `${method} ${path}`);

  expect(documented(' /v1/').sort()).toEqual(paths.sort());
});

test('every route of the simulator’s own is in the table, and nothing else', () => {
  const routes = controlRoutes.map(({ method, path }) => `${method} ${path}`);

  expect(documented(' /_simulator').sort()).toEqual(routes.sort());
});

test('no route is there twice', () => {
  const paths = routes().map(({ method, path }) => `${method} ${path}`);

  expect(new Set(paths).size).toBe(paths.length);
});
