/** A stub of Stripe for responses that the simulator never gives: old and future formats, and errors. */
import { createServer } from 'node:http';

export interface StubAnswer {
  readonly status?: number;
  /** A text is sent as it is, everything else as JSON. A function is asked for each answer. */
  readonly body: unknown;
}

export interface StripeStub {
  readonly url: string;
  readonly port: number;
  /** The method and path of every request, in order. */
  readonly requests: readonly string[];
  /** Sets the answer for a method and path without its query, such as `GET /v1/customers`. */
  answer(name: string, answer: StubAnswer): void;
  close(): Promise<void>;
}

export async function openStripeStub(): Promise<StripeStub> {
  const answers = new Map<string, StubAnswer>();
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const name = `${request.method} ${(request.url ?? '').replace(/\?.*$/, '')}`;
    requests.push(name);
    const missing = {
      error: { type: 'invalid_request_error', code: 'resource_missing', message: 'No such object.' },
    };
    const { status = 200, body: given } = answers.get(name) ?? { status: 404, body: missing };
    const body: unknown = typeof given === 'function' ? given() : given;
    request.resume();
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No port.');
  return {
    url: `http://127.0.0.1:${address.port}`,
    port: address.port,
    requests,
    answer: (name, answer) => answers.set(name, answer),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
