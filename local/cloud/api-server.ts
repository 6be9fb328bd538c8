/** Serves the API port: the gateway, Lambda's Invoke API, and the pages of the local cloud itself. */
import type { IncomingMessage, RequestListener } from 'node:http';
import { CognitoError } from '../cognito/error.ts';
import type { FederatedSignIn, SignInFederated } from '../cognito/federated-user.ts';
import type { Credentials, PasswordSignIn } from '../cognito/password-sign-in.ts';
import type { ConsoleServer } from '../control/server.ts';
import type { Gateway } from '../gateway/gateway.ts';
import { type Answer, jsonAnswer, parseJsonObject, readBody, sendAnswer } from '../http/body.ts';
import { type Access, ownPagesOnly } from '../http/guard.ts';
import { answerInvocation, isInvocation } from '../lambda/invoke-endpoint.ts';
import type { LambdaRuntime } from '../lambda/runtime.ts';
import { apiReferenceAt } from '../page/api-reference.ts';
import type { CloudStatus } from '../page/status.ts';
import type { Settings } from './options.ts';

export interface ApiParts {
  readonly gateway: Gateway;
  readonly lambda: LambdaRuntime;
  readonly signInFederated: SignInFederated;
  readonly signInByPassword: PasswordSignIn;
  readonly status: () => CloudStatus;
  /** A cloud of a test may have none. */
  readonly console?: ConsoleServer;
}

/** Pages of the allowed origins call the API. Only the cloud's own pages call what invokes functions and shows users. */
export function apiAccess({
  allowedOrigins,
  allowedHosts,
}: Pick<Settings, 'allowedOrigins' | 'allowedHosts'>): Access {
  const own = ownPagesOnly(allowedHosts);
  const api = { origins: allowedOrigins, answersPreflights: true };
  const isOwn = (path: string) => path.startsWith('/_local') || isInvocation(path);
  return { hosts: allowedHosts, pagesFor: (path) => (isOwn(path) ? own.pagesFor(path) : api) };
}

const BODY_LIMIT_BYTES = 64 * 1024;

/** Returns the listener of the API port. Requests wait until the parts behind it have started. */
export function apiListener(parts: () => Promise<ApiParts>): RequestListener {
  return (request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    void parts()
      .then((ready) => {
        if (ready.console?.serve(request, response, url) === true) return undefined;
        return answerFor(request, url, ready);
      })
      .catch((error: unknown) =>
        jsonAnswer(500, { message: error instanceof Error ? error.message : String(error) }),
      )
      .then((answer) => {
        if (answer !== undefined) sendAnswer(response, answer);
      });
  };
}

async function answerFor(request: IncomingMessage, url: URL, parts: ApiParts): Promise<Answer> {
  const route = `${request.method} ${url.pathname}`;
  if (isInvocation(url.pathname)) return answerInvocation(parts.lambda, request, url.pathname);
  const reference =
    request.method === 'GET' ? await apiReferenceAt(url.pathname, parts.status().urls.api) : undefined;
  if (reference !== undefined) return reference;
  if (route === 'GET /_local/status') return jsonAnswer(200, parts.status());
  if (route === 'POST /_local/federated-user') {
    const expected = '{"provider": "Google", "id": "123", "email": "a@example.com"}';
    return answerSignIn(request, { read: federatedSignInOf, signIn: parts.signInFederated, expected });
  }
  if (route === 'POST /_local/sign-in') {
    const expected = '{"email": "a@example.com", "password": "Correct-horse-1"}';
    return answerSignIn(request, { read: credentialsOf, signIn: parts.signInByPassword, expected });
  }
  return parts.gateway(request, url);
}

interface SignInRoute<Input> {
  readonly read: (input: Record<string, unknown>) => Input | undefined;
  readonly signIn: (input: Input) => Promise<object>;
  /** An example of the body. */
  readonly expected: string;
}

async function answerSignIn<Input>(
  request: IncomingMessage,
  { read, signIn, expected }: SignInRoute<Input>,
): Promise<Answer> {
  const body = await readBody(request, BODY_LIMIT_BYTES);
  const json = body === 'too-large' ? undefined : parseJsonObject(body);
  const input = json === undefined ? undefined : read(json);
  if (input === undefined) return jsonAnswer(400, { message: `Send ${expected}` });
  try {
    return jsonAnswer(200, await signIn(input));
  } catch (error) {
    if (!(error instanceof CognitoError)) throw error;
    return jsonAnswer(error.status, { __type: error.type, message: error.message });
  }
}

function credentialsOf({ email, password }: Record<string, unknown>): Credentials | undefined {
  return typeof email === 'string' && typeof password === 'string' ? { email, password } : undefined;
}

function federatedSignInOf(input: Record<string, unknown>): FederatedSignIn | undefined {
  const { provider, id, email } = input;
  return typeof provider === 'string' && typeof id === 'string' && typeof email === 'string'
    ? { provider, id, email }
    : undefined;
}
