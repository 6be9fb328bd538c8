/** Opens Cognito: the emulator in a child process, and the front that serves its public address. */
import { fileURLToPath } from 'node:url';
import { superviseChild } from '../child/supervise.ts';
import type { Emulator } from '../http/emulator.ts';
import { forward } from '../http/forward.ts';
import type { Access } from '../http/guard.ts';
import { openServer, type PortRequest } from '../http/listen.ts';
import type { Tap } from '../recording/tap.ts';
import { cognitoBackend } from './backend.ts';
import { federatedSignIn, type SignInFederated } from './federated-user.ts';
import { cognitoListener } from './front.ts';
import { type PasswordSignIn, signInByPassword } from './password-sign-in.ts';
import { seedPool, userPoolId } from './pool.ts';
import { confirmationTrigger, type TriggerOptions } from './post-confirmation.ts';
import { loadUsers, saveUsers } from './saved-users.ts';
import { createSignIn } from './sign-in.ts';

export interface CognitoOptions {
  readonly port: PortRequest;
  /** The directory that stores the users. */
  readonly directory: string;
  /** The code that confirms every sign-up and password reset. */
  readonly confirmationCode: string;
  readonly trigger: TriggerOptions;
  readonly wrap?: Tap | undefined;
  readonly access: Access;
  /** Called if the data cannot be read or written any more. */
  readonly onFailure?: (error: Error) => void;
}

export interface LocalCognito {
  readonly url: string;
  readonly issuer: string;
  readonly signInFederated: SignInFederated;
  readonly signInByPassword: PasswordSignIn;
  ready(): Promise<void>;
  deleteAllUsers(): Promise<void>;
  /** All users and groups, with their passwords and sessions. */
  saveAll(): Promise<unknown>;
  /** Replaces all users and groups by saved ones. */
  loadAll(saved: unknown): Promise<void>;
  close(): Promise<void>;
}

export async function openCognito(options: CognitoOptions): Promise<LocalCognito> {
  const emulator: Emulator = async (request) =>
    forward({ ...request, port: await child.port(), secret: child.headers });
  const backend = cognitoBackend(emulator);
  const trigger = confirmationTrigger(options.trigger);
  const signIn = createSignIn(backend, Date.now);
  const listener = cognitoListener({ backend, trigger, signIn, emulator, url: () => server.url });
  const server = await openServer(options.port, options.wrap?.(listener) ?? listener, options.access);
  // The emulator reads its settings at start, so they must be written before.
  await seedPool(options.directory, server.url).catch(async (error: unknown) => {
    await server.close();
    throw error;
  });
  const child = superviseChild({
    name: 'Cognito (cognito-local)',
    entry: fileURLToPath(new URL('./child.cjs', import.meta.url)),
    args: [],
    cwd: options.directory,
    env: { CODE: options.confirmationCode },
    ...(options.onFailure === undefined ? {} : { onFailure: options.onFailure }),
  });
  const issuer = `${server.url}/${userPoolId}`;
  return {
    url: server.url,
    issuer,
    signInFederated: federatedSignIn({ backend, trigger, issuer }),
    signInByPassword: signInByPassword(signIn),
    async ready() {
      await child.port();
    },
    async deleteAllUsers() {
      await backend.call('LocalDeleteAllUsers', { UserPoolId: userPoolId });
    },
    saveAll: () => saveUsers(backend),
    loadAll: (saved) => loadUsers(backend, saved),
    async close() {
      await server.close();
      await child.close();
    },
  };
}
