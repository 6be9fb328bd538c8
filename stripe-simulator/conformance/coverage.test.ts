/** Checks that the coverage table is current. `npm run conformance` writes it. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { allRoutes } from '../testing/all-routes.ts';
import coverage from './coverage.json' with { type: 'json' };
import { names, withTable } from './coverage.ts';

test('The coverage was measured with the routes of today: `npm run conformance` measures it', () => {
  expect(Object.keys(coverage).sort()).toEqual(names(allRoutes).sort());
});

test('The README shows the coverage that was measured', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  expect(withTable(readme, coverage)).toBe(readme);
});
