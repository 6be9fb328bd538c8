/** API Gateway: finds the route, checks the token, calls the function and returns its answer. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type FunctionSpec, type HttpRoute, routesIn } from '../../contract/functions.ts';
import { type Answer, readBody } from '../http/body.ts';
import type { AllowedOrigins } from '../http/origins.ts';
import type { InvocationResult } from '../lambda/invocation.ts';
import { functionAnswer, timeoutAnswer } from './answer.ts';
import type { Authorizer, Rejection } from './authorizer.ts';
import { preflightAnswer, withCors } from './cors.ts';
import { type GatewayRequest, gatewayMessage, headerValues, type PayloadForm } from './form.ts';
import { httpEvent } from './http-event.ts';
import { restEvent } from './rest-event.ts';

export interface GatewayOptions {
  readonly form: PayloadForm;
  readonly functions: Readonly<Record<string, FunctionSpec>>;
  readonly authorizer: Authorizer;
  readonly invoke: (name: string, event: unknown) => Promise<InvocationResult>;
  readonly allowedOrigins: AllowedOrigins;
  /** Tests shorten the timeout of API Gateway with it. */
  readonly timeoutMs?: number;
}

export type Gateway = (request: IncomingMessage, url: URL) => Promise<Answer>;

const BODY_LIMIT_BYTES = 10 * 1024 * 1024;
const timeoutMsOf: Readonly<Record<PayloadForm, number>> = { http: 30_000, rest: 29_000 };

interface Target {
  readonly functionName: string;
  readonly route: HttpRoute;
}

export function createGateway(options: GatewayOptions): Gateway {
  const { form, authorizer } = options;
  const targets = targetsOf(options.functions);

  async function answerFor(request: IncomingMessage, url: URL): Promise<Answer> {
    const body = await readBody(request, BODY_LIMIT_BYTES);
    if (body === 'too-large') return gatewayMessage(413, 'Request Entity Too Large');
    const target = targets.get(`${request.method} ${url.pathname}`);
    if (target === undefined) return noRoute(form);
    const [authorization] = headerValues(request.rawHeaders, 'authorization');
    const claims = target.route.authorizer === 'cognito' ? await authorizer(authorization) : undefined;
    if (typeof claims === 'string') return unauthorized(form, claims);
    const gatewayRequest: GatewayRequest = {
      method: target.route.method,
      path: url.pathname,
      rawQuery: rawQueryOf(request),
      rawHeaders: request.rawHeaders,
      body,
      sourceIp: request.socket.remoteAddress ?? '127.0.0.1',
      port: request.socket.localPort ?? 0,
      requestId: randomUUID(),
      timeMs: Date.now(),
      route: target.route,
      ...(claims === undefined ? {} : { claims }),
    };
    return call(target.functionName, gatewayRequest);
  }

  async function call(functionName: string, request: GatewayRequest): Promise<Answer> {
    const event = form === 'http' ? httpEvent(request) : restEvent(request);
    const result = await withTimeout(
      options.invoke(functionName, event),
      options.timeoutMs ?? timeoutMsOf[form],
    );
    const answer = result === 'late' ? timeoutAnswer(form) : functionAnswer(form, result);
    const idHeader = form === 'http' ? 'apigw-requestid' : 'x-amzn-requestid';
    return { ...answer, headers: { ...answer.headers, [idHeader]: request.requestId } };
  }

  const paths = new Set([...targets.values()].map(({ route }) => route.path));

  return async (request, url) => {
    const { origin } = request.headers;
    const { allowedOrigins } = options;
    // An HTTP API answers every preflight request. A REST API answers it on existing paths, which have an OPTIONS
    // method.
    const preflight = request.method === 'OPTIONS' && (form === 'http' || paths.has(url.pathname));
    if (preflight) return preflightAnswer(allowedOrigins, origin);
    const answer = await answerFor(request, url);
    // In a REST API, a function sets the CORS headers of its answer itself. The gateway adds them only to its own
    // answers.
    return form === 'http' || !('x-amzn-requestid' in answer.headers)
      ? withCors(allowedOrigins, origin, answer)
      : answer;
  };
}

function targetsOf(functions: Readonly<Record<string, FunctionSpec>>): ReadonlyMap<string, Target> {
  const targets = new Map<string, Target>();
  // A function in front of another exists only in a cloud with a queue.
  for (const { name: functionName, ...route } of routesIn(functions, true)) {
    targets.set(`${route.method} ${route.path}`, { functionName, route });
  }
  return targets;
}

/** Returns the query string exactly as received. A URL object would rewrite its escapes. */
function rawQueryOf(request: IncomingMessage): string {
  return /\?(?<query>.*)$/s.exec(request.url ?? '')?.groups?.['query'] ?? '';
}

function noRoute(form: PayloadForm): Answer {
  return form === 'http'
    ? gatewayMessage(404, 'Not Found')
    : gatewayMessage(403, 'Missing Authentication Token');
}

/** Returns what API Gateway itself answers. It calls no function, so the body is not the contract's problem document. */
function unauthorized(form: PayloadForm, rejection: Rejection): Answer {
  const isExpired = rejection === 'expired';
  const text = form === 'rest' && isExpired ? 'The incoming token has expired' : 'Unauthorized';
  const answer = gatewayMessage(401, text);
  return { ...answer, headers: { ...answer.headers, ...rejectionHeaders(form, rejection) } };
}

function rejectionHeaders(form: PayloadForm, rejection: Rejection): Record<string, string> {
  if (form === 'rest') {
    const type = rejection === 'expired' ? 'ExpiredTokenException' : 'UnauthorizedException';
    return { 'x-amzn-errortype': type };
  }
  if (rejection === 'missing') return { 'www-authenticate': 'Bearer' };
  const reason = rejection === 'expired' ? 'the token has expired' : 'the token is not valid';
  return { 'www-authenticate': `Bearer scope="" error="invalid_token" error_description="${reason}"` };
}

async function withTimeout<T>(promise: Promise<T>, timeoutMs: number): Promise<T | 'late'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, 'late');
  });
  const result = await Promise.race([promise, late]);
  clearTimeout(timer);
  return result;
}
