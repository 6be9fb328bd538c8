/** The HTTP server. */
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { type RequestSource, refusalOf } from '../../simulator-kit/request-source.ts';
import { StateFileError } from '../../simulator-kit/state-error.ts';
import { type Answer, jsonAnswer } from '../protocol/answer.ts';
import { corsHeaders, foreignUseOf } from './cross-origin.ts';

export type Responder = (request: IncomingMessage) => Promise<Answer>;

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Longer than clients keep idle sockets, because a socket that the server closes first looks like a network error. */
const KEEP_ALIVE_MS = 10 * 60 * 1000;

export interface Serving {
  readonly respond: Responder;
  readonly nowMs: () => number;
  /** Resolves once what the request has changed is stored: a client must not learn of what can still be lost. */
  readonly stored: () => Promise<void>;
}

export function listenerOf(serving: Serving): RequestListener {
  return (request, response) => {
    void answer(request, response, serving);
  };
}

export function listen(listener: RequestListener, { host, port }: Address): Promise<Server> {
  const server = createServer(listener);
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve(server);
    });
  });
}

export interface Guard {
  readonly address: string;
  readonly allowedHosts: readonly string[];
}

/** Keeps the pages of other sites away from the listener. */
export function guarded(listener: RequestListener, { address, allowedHosts }: Guard): RequestListener {
  return (request, response) => {
    const use = foreignUseOf(request);
    const message = refusalFor(request, { address, allowedHosts });
    if (message === undefined) {
      if (use === 'preflight' || use === 'publishable') setHeaders(response, corsHeaders(request));
      if (use === 'preflight') {
        response.writeHead(200).end();
        return;
      }
      listener(request, response);
      return;
    }
    const { status, headers, body } = jsonAnswer(403, { error: { message, type: 'invalid_request_error' } });
    response.writeHead(status, { ...headers, 'X-Content-Type-Options': 'nosniff' }).end(body);
  };
}

const noSite = {
  origin: undefined,
  site: undefined,
  mode: undefined,
  destination: undefined,
} as const;

function setHeaders(response: ServerResponse, headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
}

/** Says why the request may not come from where it does, or returns undefined. */
export function refusalFor(request: IncomingMessage, { address, allowedHosts }: Guard): string | undefined {
  const names = { address, allowed: allowedHosts, port: request.socket.localPort ?? 0 };
  const { host } = request.headers;
  // What every page may do depends on the name of the server alone.
  const source = foreignUseOf(request) === undefined ? sourceOf(request) : { ...noSite, host, method: 'GET' };
  return refusalOf(source, names);
}

function sourceOf({ method = 'GET', headers }: IncomingMessage): RequestSource {
  return {
    method,
    host: headers.host,
    origin: headers.origin,
    site: textOf(headers['sec-fetch-site']),
    mode: textOf(headers['sec-fetch-mode']),
    destination: textOf(headers['sec-fetch-dest']),
  };
}

function textOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

export function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { respond, nowMs, stored }: Serving,
): Promise<void> {
  const result = await respondSafely(request, async (received) => {
    const answered = await respond(received);
    await stored();
    return answered;
  });
  if (result.fault === 'drop') response.destroy();
  if (result.fault !== undefined) return;
  // Clients read the server's time from this header, so it follows the simulator's clock.
  response.sendDate = false;
  response.setHeader('Date', new Date(nowMs()).toUTCString());
  response.writeHead(result.status, { ...result.headers, 'Content-Length': Buffer.byteLength(result.body) });
  response.end(result.body);
}

async function respondSafely(request: IncomingMessage, respond: Responder): Promise<Answer> {
  try {
    return await respond(request);
  } catch (error) {
    const message = error instanceof StateFileError ? error.message : explained(error);
    return {
      status: 500,
      body: `The simulator failed to handle the request: ${message}\n`,
      headers: { 'Content-Type': 'text/plain; charset=utf-8' },
    };
  }
}

function explained(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
