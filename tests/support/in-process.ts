/**
 * Calls a server of this process without a socket, through the official clients or with a plain request. A socket would
 * take longer than most of these calls themselves.
 */
import type { IncomingHttpHeaders, OutgoingHttpHeaders, RequestListener } from 'node:http';
import inject, { type InjectOptions } from 'light-my-request';

export interface InProcessRequest {
  readonly method: string;
  /** The path with its query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer | string;
}

export interface InProcessAnswer {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer;
}

/** Rejects if the server closes the connection without an answer. */
export async function answerFrom(
  listener: RequestListener,
  { method, path, headers, body }: InProcessRequest,
): Promise<InProcessAnswer> {
  const {
    statusCode,
    headers: answered,
    rawPayload,
  } = await inject(listener, {
    method: method as NonNullable<InjectOptions['method']>,
    url: path,
    headers,
    ...(body.length === 0 ? {} : { payload: body }),
    validate: false,
  });
  return { status: statusCode, headers: answered, body: rawPayload };
}

/** Returns a `fetch` that reaches only this server, whatever the host. */
export function fetchFrom(listener: RequestListener): typeof fetch {
  return async (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const answer = await answerFrom(listener, {
      method: init.method ?? 'GET',
      path: `${url.pathname}${url.search}`,
      headers: Object.fromEntries(new Headers(init.headers)),
      body: typeof init.body === 'string' ? init.body : '',
    });
    const headers = Object.entries(answer.headers).map(([name, value]): [string, string] => [
      name,
      String(value),
    ]);
    const hasBody = answer.status !== 204 && answer.status !== 304;
    return new Response(hasBody ? new Uint8Array(answer.body) : null, { status: answer.status, headers });
  };
}

/** The SDK warns when its body is read as a string, so only its bytes are read. */
function bufferOf(body: unknown): Buffer {
  if (body instanceof Uint8Array) return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return Buffer.from(typeof body === 'string' ? body : '');
}

interface AwsRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** Returns a `requestHandler` for a client of the AWS SDK. */
export function requestHandlerFor(listener: RequestListener) {
  return {
    handle: async ({ method, path, headers, body }: AwsRequest) => {
      const sent = bufferOf(body);
      const answer = await answerFrom(listener, { method, path, headers, body: sent });
      return {
        response: {
          statusCode: answer.status,
          headers: Object.fromEntries(
            Object.entries(answer.headers).map(([name, value]) => [name, String(value)]),
          ),
          body: new Uint8Array(answer.body),
        },
      };
    },
    metadata: { handlerProtocol: 'http/1.1' },
    destroy: () => undefined,
    updateHttpClientConfig: () => undefined,
    httpHandlerConfigs: () => ({}),
  };
}
