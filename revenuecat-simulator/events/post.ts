/** Sends one HTTP POST to a webhook endpoint and returns the status of the response or the error. */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

export interface PostOptions {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly timeoutMs: number;
  /** Receives the function that aborts the request. */
  readonly started: (abort: () => void) => void;
}

export type PostOutcome = { readonly status: number } | { readonly error: string };

export function post(options: PostOptions): Promise<PostOutcome> {
  return new Promise((resolve) => {
    let target: URL;
    try {
      target = new URL(options.url);
    } catch {
      resolve({ error: `The endpoint URL is not valid: ${options.url}` });
      return;
    }
    const send = target.protocol === 'https:' ? httpsRequest : httpRequest;
    const headers = { ...options.headers, 'Content-Length': String(Buffer.byteLength(options.body)) };
    // Each request opens a new connection, because a pooled one that the receiver just closed would look like a failure.
    const request = send(target, { method: 'POST', headers, agent: false }, (response) => {
      response.resume();
      response.once('end', () => finish({ status: response.statusCode ?? 0 }));
      response.once('error', (error) => finish({ error: error.message }));
    });
    const timer = setTimeout(
      () => request.destroy(new Error(`The endpoint did not respond within ${options.timeoutMs} ms.`)),
      options.timeoutMs,
    );
    timer.unref();
    const finish = (outcome: PostOutcome) => {
      clearTimeout(timer);
      resolve(outcome);
    };
    request.once('error', (error) => finish({ error: describeError(error) }));
    options.started(() => request.destroy(new Error('The delivery was aborted.')));
    request.end(options.body);
  });
}

function describeError(error: Error & { code?: string }): string {
  return error.message === '' ? (error.code ?? error.name) : error.message;
}
