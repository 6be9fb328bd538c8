/** What every HTTP function does around its work: logs, time limit, and the mapping of failures to answers. */
import type { ProblemCode } from '../../contract/problem.ts';
import type { Clock } from '../../core/system/clock.ts';
import { Fault } from '../../core/system/fault.ts';
import { ConfigurationError } from '../system/environment.ts';
import { type ContextLog, createLog, lambdaOutput } from '../system/log.ts';
import { identityOf } from './identity.ts';
import { type Request, readRequest } from './request.ts';
import { type HttpResponse, problem, withCorsHeaders } from './response.ts';

/** What is used of Lambda's context. */
export interface LambdaContext {
  readonly awsRequestId?: string;
  getRemainingTimeInMillis?(): number;
}

export interface HttpHandlerOptions {
  readonly clock: Pick<Clock, 'within'>;
  /** Milliseconds, where Lambda does not say how long is left. */
  readonly limitMs: number;
  /** What a failure outside is called. */
  readonly unavailable: ProblemCode;
  /** Sites that may read the answer. HTTP APIs put their own CORS headers over these; REST APIs rely on them. */
  readonly allowedOrigins?: () => readonly string[];
}

/** Time kept back to send the answer. */
const RESERVE_MS = 500;
const RETRY_AFTER_SECONDS = 5;

export type HttpHandler = (event: unknown, context?: LambdaContext) => Promise<HttpResponse>;

export function httpHandler(
  options: HttpHandlerOptions,
  work: (request: Request, log: ContextLog) => Promise<HttpResponse>,
): HttpHandler {
  return async (event, context) => {
    const request = readRequest(event);
    const requestId = context?.awsRequestId ?? request.requestId;
    const log = createLog(
      { request_id: requestId, ...correlationIds(request, requestId) },
      lambdaOutput(request.header('x-amzn-trace-id')),
    );
    const leftMs = (context?.getRemainingTimeInMillis?.() ?? options.limitMs) - RESERVE_MS;
    const answer = await options.clock
      .within(Math.min(options.limitMs, leftMs), work(request, log))
      .catch((cause) => {
        log.error('The request failed.', { metric: 'request_failed' }, cause);
        return failure(cause, options, requestId);
      });
    return withCorsHeaders(request.header('origin'), answer, options.allowedOrigins?.() ?? []);
  };
}

/** By which a line is found too: in the API's access log, and of one user. */
function correlationIds(request: Request, requestId: string | null) {
  const sub = identityOf(request)?.sub;
  const { requestId: ofTheApi } = request;
  return {
    ...(ofTheApi === null || ofTheApi === requestId ? {} : { api_request_id: ofTheApi }),
    ...(sub === undefined ? {} : { user_id: sub }),
  };
}

function failure(cause: unknown, options: HttpHandlerOptions, requestId: string | null): HttpResponse {
  if (cause instanceof ConfigurationError)
    return problem('misconfigured', { detail: cause.message, requestId });
  if (cause instanceof Fault) {
    return problem(options.unavailable, { requestId, retryAfterSeconds: RETRY_AFTER_SECONDS });
  }
  return problem('internal_error', { requestId });
}
