/** Serves Lambda's Invoke API over HTTP, as SDKs and Cognito call it. */
import type { IncomingMessage } from 'node:http';
import { type Answer, jsonAnswer, readBody } from '../http/body.ts';
import { PAYLOAD_LIMIT_BYTES } from './invocation.ts';
import type { LambdaRuntime } from './runtime.ts';

const INVOCATION_PATH = /^\/2015-03-31\/functions\/(?<name>[^/]+)\/invocations$/;

export function isInvocation(pathname: string): boolean {
  return pathname.startsWith('/2015-03-31/');
}

export async function answerInvocation(
  lambda: LambdaRuntime,
  request: IncomingMessage,
  pathname: string,
): Promise<Answer> {
  const name = INVOCATION_PATH.exec(pathname)?.groups?.['name'];
  if (name === undefined || request.method !== 'POST') {
    return lambdaError(404, 'UnknownOperationException', 'Unknown operation');
  }
  const body = await readBody(request, PAYLOAD_LIMIT_BYTES);
  if (body === 'too-large') return lambdaError(413, 'RequestTooLargeException', 'Request too large');
  let event: unknown;
  try {
    event = body.byteLength === 0 ? {} : (JSON.parse(body.toString()) as unknown);
  } catch {
    const message = 'Could not parse request body into json';
    return lambdaError(400, 'InvalidRequestContentException', message);
  }
  const result = await lambda.invoke(decodeURIComponent(name), event);
  if (result.ok) return withVersion(jsonAnswer(200, result.payload));
  const { errorType, errorMessage, trace } = result;
  if (errorType === 'ResourceNotFoundException') return lambdaError(404, errorType, errorMessage);
  if (errorType === 'TooManyRequestsException') return lambdaError(429, errorType, errorMessage);
  const failed = withVersion(jsonAnswer(200, { errorType, errorMessage, trace }));
  return { ...failed, headers: { ...failed.headers, 'X-Amz-Function-Error': 'Unhandled' } };
}

function withVersion(answer: Answer): Answer {
  return { ...answer, headers: { ...answer.headers, 'X-Amz-Executed-Version': '$LATEST' } };
}

function lambdaError(status: number, type: string, message: string): Answer {
  const answer = jsonAnswer(status, { Type: 'User', message });
  return { ...answer, headers: { ...answer.headers, 'x-amzn-errortype': type } };
}
