/** Makes an AWS SDK client send only within the deadline of the work that calls it. */
import { abandonment, ensureTimeLeft } from '../system/deadline.ts';

/** The part of the SDK's request handler that every attempt of every call goes through. */
interface RequestHandler<Request, Response> {
  handle(request: Request, options?: { abortSignal?: AbortSignal }): Promise<Response>;
}

export function sendWithinDeadline<Request, Response>(handler: RequestHandler<Request, Response>): void {
  const handle = handler.handle.bind(handler);
  handler.handle = async (request, options) => {
    ensureTimeLeft('send request');
    const abortSignal = abandonment();
    return handle(request, abortSignal === undefined ? options : { ...options, abortSignal });
  };
}
