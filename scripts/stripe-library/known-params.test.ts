/** Checks the committed tables against the types of the installed library. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { writtenEventTypes } from './event-types.ts';
import { writtenParams } from './known-params.ts';

test('The known parameters are those of the installed `stripe` package: `npm run stripe:library` writes them', () => {
  const file = new URL('../../stripe-simulator/protocol/known-params.json', import.meta.url);
  expect(readFileSync(file, 'utf8') === writtenParams()).toBe(true);
});

test('The known types of events are those of the installed `stripe` package: `npm run stripe:library` writes them', () => {
  const file = new URL('../../stripe-simulator/protocol/event-types.json', import.meta.url);
  expect(readFileSync(file, 'utf8')).toBe(writtenEventTypes());
});
