/**
 * A Cognito for one test file, emptied before each test. Tests that go through every user of the pool need it, because
 * the shared pool contains the users of other tests.
 */
import type { RequestListener } from 'node:http';
import { beforeAll, beforeEach } from 'vitest';
import { type EmbeddedCognito, openEmbeddedCognito } from './embedded-cognito.ts';

/** Starts it before the first test. The returned function returns its listener. */
export function ownCognito(): () => RequestListener {
  let cognito: EmbeddedCognito;
  beforeAll(async () => {
    cognito = await openEmbeddedCognito();
  });
  beforeEach(() => cognito.deleteAllUsers());
  return () => cognito.listener;
}
