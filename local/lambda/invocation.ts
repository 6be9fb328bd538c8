/** The result of an invocation, and the failures that come from Lambda itself rather than from the function. */

export type InvocationResult =
  | { readonly ok: true; readonly payload: unknown }
  | {
      readonly ok: false;
      readonly errorType: string;
      readonly errorMessage: string;
      readonly trace?: readonly string[];
    };

export type FailedInvocation = Extract<InvocationResult, { ok: false }>;

/** One line of a function's output. */
export interface FunctionLogLine {
  readonly functionName: string;
  readonly line: string;
}

/** Lambda's limit for the event and for the result of a synchronous invocation. */
export const PAYLOAD_LIMIT_BYTES = 6 * 1024 * 1024;

export function timedOut(requestId: string, timeoutMs: number): FailedInvocation {
  const seconds = (timeoutMs / 1000).toFixed(2);
  return {
    ok: false,
    errorType: 'Sandbox.Timedout',
    errorMessage: `RequestId: ${requestId} Error: Task timed out after ${seconds} seconds`,
  };
}

export function exited(requestId: string, detail: string): FailedInvocation {
  return {
    ok: false,
    errorType: 'Runtime.ExitError',
    errorMessage: `RequestId: ${requestId} Error: Runtime exited ${detail}`,
  };
}

export const throttled: FailedInvocation = {
  ok: false,
  errorType: 'TooManyRequestsException',
  errorMessage: 'Rate Exceeded.',
};

export function unknownFunction(name: string): FailedInvocation {
  return {
    ok: false,
    errorType: 'ResourceNotFoundException',
    errorMessage: `Function not found: arn:aws:lambda:us-east-1:000000000000:function:${name}`,
  };
}

export const payloadTooLarge: FailedInvocation = {
  ok: false,
  errorType: 'RequestTooLargeException',
  errorMessage: `Request must be smaller than ${PAYLOAD_LIMIT_BYTES} bytes for the InvokeFunction operation`,
};

export function responseTooLarge(bytes: number): FailedInvocation {
  return {
    ok: false,
    errorType: 'Function.ResponseSizeTooLarge',
    errorMessage: `Response payload size (${bytes} bytes) exceeded maximum allowed payload size (${PAYLOAD_LIMIT_BYTES} bytes).`,
  };
}
