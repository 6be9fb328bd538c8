/** A Cognito in the test's own process, in memory: the same emulator and front as in the local cloud. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { cognitoBackend } from '../../local/cognito/backend.ts';
import { cognitoListener } from '../../local/cognito/front.ts';
import { poolData, poolSettings, userPoolId } from '../../local/cognito/pool.ts';
import { confirmationTrigger } from '../../local/cognito/post-confirmation.ts';
import { createSignIn } from '../../local/cognito/sign-in.ts';
import type { Emulator } from '../../local/http/emulator.ts';
import { answerFrom } from './in-process.ts';
import { memoryStores } from './memory-stores.ts';

/** The package has no types. */
interface EmulatorServer {
  readonly application: RequestListener;
}

const { createEmulator } = createRequire(import.meta.url)('../../local/cognito/emulator.cjs') as {
  createEmulator: (stores: object) => Promise<EmulatorServer>;
};

/** Never used: tests that request tokens start a local cloud. */
const ISSUER = 'http://cognito.test';

/** Never called: tests call the trigger themselves, or start a local cloud. */
const noTrigger = { lambdaUrl: 'http://127.0.0.1:9', functionName: 'post-confirmation', timeoutMs: 1_000 };

export interface EmbeddedCognito {
  readonly listener: RequestListener;
  deleteAllUsers(): Promise<void>;
}

export async function openEmbeddedCognito(nowMs: () => number = Date.now): Promise<EmbeddedCognito> {
  const application = await startEmulator();
  const emulator: Emulator = (request) => answerFrom(application, request);
  const backend = cognitoBackend(emulator);
  const trigger = confirmationTrigger(noTrigger);
  const signIn = createSignIn(backend, nowMs);
  return {
    listener: cognitoListener({ backend, trigger, signIn, emulator, url: () => ISSUER }),
    deleteAllUsers: async () => {
      await backend.call('LocalDeleteAllUsers', { UserPoolId: userPoolId });
    },
  };
}

/** The emulator finds its pool by the names of the files in a directory, so the files can be empty. */
async function startEmulator(): Promise<RequestListener> {
  const data = poolData();
  const directory = await mkdtemp(path.join(tmpdir(), 'predixa-cognito-'));
  for (const name of Object.keys(data)) await writeFile(path.join(directory, `${name}.json`), '');
  const server = await createEmulator({
    directory,
    settingsStores: memoryStores({ config: poolSettings(ISSUER) }),
    stores: memoryStores(data),
  });
  await rm(directory, { recursive: true });
  return server.application;
}

let shared: Promise<EmbeddedCognito> | undefined;

/** Returns the Cognito that all test files of this process share. It also contains the users of other tests. */
export function cognitoOfThisProcess(): Promise<EmbeddedCognito> {
  shared ??= openEmbeddedCognito();
  return shared;
}
