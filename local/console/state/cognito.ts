/** Calls the local Cognito as the app of a user does. */
import { overview } from './cloud.ts';

export class CognitoCallError extends Error {
  override readonly name = 'CognitoCallError';
}

const OPERATIONS = 'AWSCognitoIdentityProviderService';

export interface NewUser {
  readonly email: string;
  readonly password: string;
}

/** Returns the `sub`. */
export async function signUp({ email, password }: NewUser): Promise<string> {
  const UserAttributes = [{ Name: 'email', Value: email }];
  const answer = await call('SignUp', { Username: email, Password: password, UserAttributes });
  return String(answer['UserSub']);
}

export async function confirmSignUp(email: string, code: string): Promise<void> {
  await call('ConfirmSignUp', { Username: email, ConfirmationCode: code });
}

/** Returns the ID token. The local cloud does the arithmetic of SRP, which a page needs a library for. */
export async function signIn({ email, password }: NewUser): Promise<string> {
  const response = await fetch('/_local/sign-in', {
    method: 'POST',
    body: JSON.stringify({ email, password }),
  });
  const answer = (await response.json()) as { readonly idToken?: string; readonly message?: string };
  if (answer.idToken !== undefined) return answer.idToken;
  throw new CognitoCallError(answer.message ?? `The sign-in answered ${response.status}.`);
}

async function call(operation: string, input: object): Promise<Readonly<Record<string, unknown>>> {
  const read = overview.peek();
  if (read === null)
    throw new CognitoCallError('The local cloud does not answer yet. Try again in a moment.');
  const response = await fetch(read.urls.cognito, {
    method: 'POST',
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `${OPERATIONS}.${operation}` },
    body: JSON.stringify({ ClientId: read.ids.clientId, ...input }),
  }).catch((cause: unknown) => {
    throw new CognitoCallError('Cognito did not answer: it fails on purpose, or the cloud has stopped.', {
      cause,
    });
  });
  const answer = (await response.json()) as Readonly<Record<string, unknown>>;
  if (response.ok) return answer;
  throw new CognitoCallError(`Cognito: ${String(answer['message'] ?? answer['__type'])}`);
}
