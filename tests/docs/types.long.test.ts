/** Checks the types of every block that a reader may copy into TypeScript code. */
import { expect, it } from 'vitest';
import { loadPage, pagePaths } from './checks.ts';
import { typeProblems } from './script.ts';

it('The blocks that a reader may copy contain no type errors', () => {
  expect(typeProblems(pagePaths().map(loadPage))).toEqual([]);
});
