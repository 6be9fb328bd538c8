/** Reads the credentials that Lambda gives a function: those of its role, in the environment. */
import { processEnvironment } from '../system/process-environment.ts';
import type { Credentials } from './signature-v4.ts';

/** Called for each request, so that credentials can be renewed. Undefined: there are none. */
export type CredentialSource = () => Credentials | undefined | Promise<Credentials | undefined>;

export function environmentCredentials(): Credentials | undefined {
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  } = processEnvironment();
  if (!accessKeyId || !secretAccessKey) return undefined;
  return { accessKeyId, secretAccessKey, sessionToken: sessionToken || undefined };
}
