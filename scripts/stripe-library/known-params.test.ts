/** Checks the committed table of parameters against the types of the installed library. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { writtenParams } from './known-params.ts';

test('The known parameters are those of the installed `stripe` package: `npm run stripe:library` writes them', () => {
  const file = new URL('../../stripe-simulator/protocol/known-params.json', import.meta.url);
  expect(readFileSync(file, 'utf8') === writtenParams()).toBe(true);
});
