/** Serves the API port: the gateway, Lambda's Invoke API, and the pages of the local cloud itself. */
import type { IncomingMessage, RequestListener } from 'node:http';
import { CognitoError } from '../cognito/error.ts';
import type { FederatedSignIn, SignInFederated } from '../cognito/federated-user.ts';
import type { Gateway } from '../gateway/gateway.ts';
import { type Answer, jsonAnswer, parseJsonObject, readBody, sendAnswer } from '../http/body.ts';
import { answerInvocation, isInvocation } from '../lambda/invoke-endpoint.ts';
import type { LambdaRuntime } from '../lambda/runtime.ts';
import { apiReferenceAt } from '../page/api-reference.ts';
import { pageOf } from '../page/page.ts';
import type { CloudStatus } from '../page/status.ts';

export interface ApiParts {
  readonly gateway: Gateway;
  readonly lambda: LambdaRuntime;
  readonly signInFederated: SignInFederated;
  readonly status: () => CloudStatus;
}

const BODY_LIMIT_BYTES = 64 * 1024;

/** Returns the listener of the API port. Requests wait until the parts behind it have started. */
export function apiListener(parts: () => Promise<ApiParts>): RequestListener {
  return (request, response) => {
    void parts()
      .then((ready) => answerFor(request, ready))
      .catch((error: unknown) =>
        jsonAnswer(500, { message: error instanceof Error ? error.message : String(error) }),
      )
      .then((answer) => {
        sendAnswer(response, answer);
      });
  };
}

async function answerFor(request: IncomingMessage, parts: ApiParts): Promise<Answer> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const route = `${request.method} ${url.pathname}`;
  if (isInvocation(url.pathname)) return answerInvocation(parts.lambda, request, url.pathname);
  if (route === 'GET /') return pageOf(parts.status());
  const reference =
    request.method === 'GET' ? await apiReferenceAt(url.pathname, parts.status().urls.api) : undefined;
  if (reference !== undefined) return reference;
  if (route === 'GET /_local/status') return jsonAnswer(200, parts.status());
  if (route === 'POST /_local/federated-user') return answerFederated(request, parts.signInFederated);
  return parts.gateway(request, url);
}

async function answerFederated(request: IncomingMessage, signIn: SignInFederated): Promise<Answer> {
  const body = await readBody(request, BODY_LIMIT_BYTES);
  const input = body === 'too-large' ? undefined : parseJsonObject(body);
  const signInRequest = input === undefined ? undefined : federatedSignInOf(input);
  if (signInRequest === undefined) {
    return jsonAnswer(400, { message: 'Send {"provider": "Google", "id": "123", "email": "a@example.com"}' });
  }
  try {
    return jsonAnswer(200, await signIn(signInRequest));
  } catch (error) {
    if (!(error instanceof CognitoError)) throw error;
    return jsonAnswer(error.status, { __type: error.type, message: error.message });
  }
}

function federatedSignInOf(input: Record<string, unknown>): FederatedSignIn | undefined {
  const { provider, id, email } = input;
  return typeof provider === 'string' && typeof id === 'string' && typeof email === 'string'
    ? { provider, id, email }
    : undefined;
}
