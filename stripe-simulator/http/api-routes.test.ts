/** Compares the README with the routes. */
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
    throw new Error('This test runs no operation.');
  };
  return apiRoutes({ send: unused, sendToCli: unused, advance: unused, cli: { open: unused } });
}

test('The README lists exactly the simulated routes of the API', () => {
  const paths = routes().map(({ method, path }) => `${method} ${path}`);

  expect([...documented(' /v1/'), ...documented(' /v2/')].sort()).toEqual(paths.sort());
});

test('The README lists exactly the simulator’s own routes', () => {
  const routes = controlRoutes.map(({ method, path }) => `${method} ${path}`);

  expect(documented(' /_simulator').sort()).toEqual(routes.sort());
});

test('No API route is declared twice', () => {
  const paths = routes().map(({ method, path }) => `${method} ${path}`);

  expect(new Set(paths).size).toBe(paths.length);
});
