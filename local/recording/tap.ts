/**
 * Records what a server receives and answers, without a change to the server, and lets faults interfere. It reads the body
 * on its way to the server, and holds the answer until the faults allow it.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Interference } from '../faults/interference.ts';
import { inSpan, isUnrecorded, PARENT_HEADER, parentIn } from './context.ts';
import type { NewSpan, Recorder, SpanEnd } from './recorder.ts';
import type { TappedAnswer, TappedRequest } from './tapped.ts';

/** Wraps the listener of one server. */
export type Tap = (listener: RequestListener) => RequestListener;

/** What one server's requests mean. */
export interface Description {
  /** Returns `skip` for a request that is no work of the product, such as a style sheet. */
  begin(request: TappedRequest): NewSpan | 'skip';
  end(request: TappedRequest, answer: TappedAnswer): SpanEnd;
}

export interface TapOptions {
  readonly recorder: Recorder;
  readonly description: Description;
  /** Without it, nothing interferes. */
  readonly interference?: Interference | undefined;
  readonly onEnd?: (end: SpanEnd, begun: NewSpan) => void;
}

/** What is read of a body. The rest is counted alone. */
const MAX_BODY_BYTES = 256 * 1024;

export function tapped(listener: RequestListener, options: TapOptions): RequestListener {
  const { recorder, description, interference } = options;
  return (request, response) => {
    const unrecorded = isUnrecorded(request.headers);
    const parent = parentIn(request.headers);
    withoutParent(request);
    if (unrecorded) {
      listener(request, response);
      return;
    }
    const seen = watch(request);
    const span = description.begin(seen);
    if (span === 'skip') {
      if (parent === null) listener(request, response);
      else inSpan(parent, () => listener(request, response));
      return;
    }
    const id = recorder.begin({ ...span, parent });
    const answered = watchAnswer(response, interference?.holding(parent, seen));
    response.once('close', () => {
      const end = description.end(seen, answered());
      recorder.end(id, end);
      options.onEnd?.(end, span);
    });
    const run = () => {
      inSpan(id, () => listener(request, response));
    };
    const first = interference?.before(seen);
    if (first === undefined) run();
    else first.interfere(request, response, run);
  };
}

function withoutParent(request: IncomingMessage): void {
  delete request.headers[PARENT_HEADER];
  const { rawHeaders } = request;
  for (let index = rawHeaders.length - 2; index >= 0; index -= 2) {
    if (rawHeaders[index]?.toLowerCase() === PARENT_HEADER) rawHeaders.splice(index, 2);
  }
}

/** The parser hands each part of the body to `push`, so that reading along starts and drains no stream. */
function watch(request: IncomingMessage): TappedRequest {
  const body = bodyOf();
  const push = request.push.bind(request);
  request.push = (chunk: unknown, encoding?: BufferEncoding) => {
    if (chunk instanceof Uint8Array) body.add(chunk);
    return push(chunk, encoding);
  };
  const { method = 'GET', url = '/', headers } = request;
  return {
    method,
    path: url,
    headers,
    get body() {
      return body.whole();
    },
  };
}

/** `hold` delays the end of the answer, or never allows it. */
function watchAnswer(response: ServerResponse, hold: (() => Promise<void>) | undefined): () => TappedAnswer {
  const body = bodyOf();
  const headers: Record<string, unknown> = {};
  const writeHead: (...args: never[]) => ServerResponse = response.writeHead.bind(response);
  response.writeHead = (...args: unknown[]) => {
    Object.assign(headers, lowerCased(args.findLast((arg) => typeof arg === 'object' && arg !== null)));
    return writeHead(...(args as never[]));
  };
  const write = response.write.bind(response) as (...args: unknown[]) => boolean;
  const end = response.end.bind(response) as (...args: unknown[]) => ServerResponse;
  response.write = ((chunk: unknown, ...rest: unknown[]) => {
    body.add(chunk);
    return write(chunk, ...rest);
  }) as ServerResponse['write'];
  response.end = ((chunk: unknown, ...rest: unknown[]) => {
    if (typeof chunk !== 'function') body.add(chunk);
    if (hold === undefined) return end(chunk, ...rest);
    void hold().then(() => end(chunk, ...rest));
    return response;
  }) as ServerResponse['end'];
  return () => ({
    status: response.statusCode,
    headers: { ...response.getHeaders(), ...headers },
    body: body.whole(),
    aborted: !response.writableFinished,
  });
}

function lowerCased(headers: object | undefined): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
  );
}

function bodyOf(): { add(chunk: unknown): void; whole(): Buffer } {
  const chunks: Buffer[] = [];
  let length = 0;
  return {
    add(chunk) {
      if (typeof chunk !== 'string' && !(chunk instanceof Uint8Array)) return;
      if (length >= MAX_BODY_BYTES) return;
      const part = typeof chunk === 'string' ? Buffer.from(chunk) : Buffer.from(chunk);
      chunks.push(part);
      length += part.byteLength;
    },
    whole: () => Buffer.concat(chunks),
  };
}
