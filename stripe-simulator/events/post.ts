/** One HTTP POST to a webhook endpoint: the status it answered, or why there was none. */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

export interface PostOptions {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly timeoutMs: number;
  /** Hands out the way to break the request off. */
  readonly started: (abort: () => void) => void;
}

export type PostOutcome = { readonly status: number } | { readonly error: string };

export function post(posting: PostOptions): Promise<PostOutcome> {
  return new Promise((resolve) => {
    let target: URL;
    try {
      target = new URL(posting.url);
    } catch {
      resolve({ error: `Not a URL: ${posting.url}` });
      return;
    }
    const send = target.protocol === 'https:' ? httpsRequest : httpRequest;
    const headers = { ...posting.headers, 'Content-Length': String(Buffer.byteLength(posting.body)) };
    // A fresh connection each time: an idle one that the receiver just closed would look like a failure.
    const request = send(target, { method: 'POST', headers, agent: false }, (response) => {
      response.resume();
      response.once('end', () => finish({ status: response.statusCode ?? 0 }));
      response.once('error', (error) => finish({ error: error.message }));
    });
    const timer = setTimeout(
      () => request.destroy(new Error(`No answer within ${posting.timeoutMs} ms`)),
      posting.timeoutMs,
    );
    timer.unref();
    const finish = (outcome: PostOutcome) => {
      clearTimeout(timer);
      resolve(outcome);
    };
    request.once('error', (error) => finish({ error: describeError(error) }));
    posting.started(() => request.destroy(new Error('Broken off')));
    request.end(posting.body);
  });
}

function describeError(error: Error & { code?: string }): string {
  return error.message === '' ? (error.code ?? error.name) : error.message;
}
