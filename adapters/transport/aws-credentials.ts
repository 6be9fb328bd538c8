/** Reads the credentials that Lambda gives a function: those of its role, in the environment. */
import { Fault } from '../../core/system/fault.ts';
import { processEnvironment } from '../system/process-environment.ts';
import type { Credentials } from './signature-v4.ts';

/** Called for each request, so that credentials can be renewed. */
export type CredentialSource = () => Credentials | Promise<Credentials>;

export function environmentCredentials(): Credentials {
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  } = processEnvironment();
  if (!accessKeyId || !secretAccessKey) {
    const fix = 'Run the function with a role, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.';
    const refusal = { kind: 'installation', setting: 'AWS_ACCESS_KEY_ID', fix } as const;
    const reason = 'credentials_missing';
    throw new Fault({ code: 'refused', system: 'self', operation: 'sign request', reason, refusal });
  }
  return { accessKeyId, secretAccessKey, sessionToken: sessionToken || undefined };
}
