/** Forwards a request unchanged to one of our servers on another port, and returns the whole answer. */
import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import type { Answer } from './body.ts';
import type { EmulatorRequest } from './emulator.ts';
import { LOOPBACK } from './listen.ts';

export interface ForwardedRequest extends EmulatorRequest {
  readonly port: number;
  /** Headers that show the server who asks. */
  readonly secret: Readonly<Record<string, string>>;
}

const agent = new Agent({ keepAlive: true });

/** Headers that belong to one connection, or that are set again because the body is sent in one piece. */
const connectionHeaders = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length']);

export function forward(forwarded: ForwardedRequest): Promise<Answer> {
  const { port, method, path, body } = forwarded;
  const headers = { ...endToEnd(forwarded.headers), ...forwarded.secret, 'content-length': body.byteLength };
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: LOOPBACK, port, method, path, headers, agent }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        resolve({
          status: incoming.statusCode ?? 502,
          headers: endToEnd(incoming.headers),
          body: Buffer.concat(chunks),
        });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !connectionHeaders.has(name)));
}
