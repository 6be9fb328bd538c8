/**
 * A Cognito for one test file, emptied before each test. Tests that go through every user of the pool need it, because
 * the shared pool contains the users of other tests.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { type LocalCognito, openCognito } from '../../local/cognito/open.ts';

/** Starts it before the first test. The returned function returns its URL. */
export function ownCognito(): () => string {
  let directory: string;
  let cognito: LocalCognito;
  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'predixa-cognito-'));
    cognito = await openCognito({
      port: { service: 'this test', port: 0, flag: '' },
      directory,
      confirmationCode: '123456',
      trigger: { lambdaUrl: 'http://127.0.0.1:9', functionName: 'post-confirmation', timeoutMs: 1_000 },
    });
    await cognito.ready();
  });
  beforeEach(() => cognito.deleteAllUsers());
  afterAll(async () => {
    await cognito.close();
    await rm(directory, { recursive: true, force: true });
  });
  return () => cognito.url;
}
