/** Wraps every HTTP function: adds the log, the time limit, and the mapping of failures to responses. */
import type { ProblemCode } from '../../contract/problem.ts';
import type { Clock } from '../../core/system/clock.ts';
import { Fault, refusalIn } from '../../core/system/fault.ts';
import type { Refusal } from '../../core/system/refusal.ts';
import { ConfigurationError } from '../system/environment.ts';
import { type ContextLog, createLog, lambdaOutput } from '../system/log.ts';
import { identityOf } from './identity.ts';
import { type Request, readRequest } from './request.ts';
import { type HttpResponse, type ProblemDetails, problem, withCorsHeaders } from './response.ts';
import { type Served, withoutBody, wrongRoute } from './routing.ts';

/** The parts of Lambda's context that the functions use. */
export interface LambdaContext {
  readonly awsRequestId?: string;
  getRemainingTimeInMillis?(): number;
}

export interface HttpHandlerOptions extends Served {
  readonly clock: Pick<Clock, 'within'>;
  /** The function's own time limit. Lambda's remaining time limits it further. */
  readonly limitMs: number;
  /** The problem that a `Fault` of another system is reported as. */
  readonly unavailable: ProblemCode;
  /**
   * A payer delivers again what was not answered with success, and must: once an operator has corrected the cause, the
   * delivery succeeds. So a permanent refusal is answered to it like an outage. A client must not try again.
   */
  readonly isDelivery?: true;
  /** Returns further fields for the answer to a failure, as they are at that moment. */
  readonly failureFields?: () => object;
  /** Origins that may read the response. HTTP APIs replace these CORS headers with their own; REST APIs need them. */
  readonly allowedOrigins?: () => readonly string[];
}

/** Reserved for sending the response. */
const RESERVE_MS = 500;
const RETRY_AFTER_SECONDS = 5;

export type HttpHandler = (event: unknown, context?: LambdaContext) => Promise<HttpResponse>;

export function httpHandler(
  options: HttpHandlerOptions,
  handle: (request: Request, log: ContextLog) => Promise<HttpResponse>,
): HttpHandler {
  return async (event, context) => {
    const request = readRequest(event);
    const requestId = context?.awsRequestId ?? request.requestId;
    const log = createLog(
      () => ({ request_id: requestId, ...correlationIds(request, requestId) }),
      lambdaOutput(request.header('x-amzn-trace-id')),
    );
    const leftMs = (context?.getRemainingTimeInMillis?.() ?? options.limitMs) - RESERVE_MS;
    const refuse = (code: ProblemCode) =>
      problem(code, { requestId, extension: options.failureFields?.() ?? {} });
    const refused = wrongRoute(request, options, refuse);
    const response = await options.clock
      .within(Math.min(options.limitMs, leftMs), async () => refused ?? handle(request, log))
      .catch((cause) => {
        logFailure(log, cause);
        return failure(cause, options, requestId);
      });
    const answer = request.method === 'HEAD' ? withoutBody(response) : response;
    return withCorsHeaders(request.header('origin'), answer, options.allowedOrigins?.() ?? []);
  };
}

/** Returns ids that connect log lines to the API's access log and to a user. */
function correlationIds(request: Request, requestId: string | null) {
  const sub = identityOf(request)?.sub;
  const { requestId: apiRequestId } = request;
  return {
    ...(apiRequestId === null || apiRequestId === requestId ? {} : { api_request_id: apiRequestId }),
    ...(sub === undefined ? {} : { user_id: sub }),
  };
}

function logFailure(log: ContextLog, cause: unknown): void {
  const refusal = refusalIn(cause);
  if (refusal?.kind === 'situation') {
    log.warn(
      'The request does not apply to the user.',
      { metric: 'request_not_applicable', problem: refusal.problem },
      cause,
    );
  } else {
    log.error('Request failed.', { metric: 'request_failed' }, cause);
  }
}

function failure(cause: unknown, options: HttpHandlerOptions, requestId: string | null): HttpResponse {
  const details = { requestId, extension: options.failureFields?.() ?? {} };
  // The log names the settings. A stranger learns nothing about the installation.
  if (cause instanceof ConfigurationError) return problem('misconfigured', details);
  const refusal = refusalIn(cause);
  // What anyone may ask says nothing of the settings either.
  if (refusal?.kind === 'installation' && options.forUsers !== true && options.isDelivery !== true) {
    return problem('misconfigured', details);
  }
  if (refusal !== undefined && options.isDelivery !== true) return refusalProblem(refusal, details);
  if (cause instanceof Fault) {
    return problem(options.unavailable, { ...details, retryAfterSeconds: RETRY_AFTER_SECONDS });
  }
  return problem('internal_error', details);
}

/** A permanent refusal is never answered with "try again": the client would repeat the request without end. */
function refusalProblem(refusal: Refusal, details: ProblemDetails): HttpResponse {
  switch (refusal.kind) {
    case 'installation':
      return problem('misconfigured', { ...details, detail: `${refusal.setting}: ${refusal.fix}` });
    case 'situation':
      return problem(refusal.problem, { ...details, detail: refusal.hint });
    default:
      return problem('refused', details);
  }
}
