/** Opens a server on 127.0.0.1, and explains in one line why a port is not available. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Access, guarded } from './guard.ts';

export const LOOPBACK = '127.0.0.1';

export interface PortRequest {
  /** The service that needs the port, as shown in messages: `DynamoDB`. */
  readonly service: string;
  /** Port 0 selects any free port. */
  readonly port: number;
  /** The command-line option that selects another port. */
  readonly flag: string;
}

export class PortUnavailableError extends Error {
  override readonly name = 'PortUnavailableError';
  readonly port: number;

  constructor(request: PortRequest, cause: unknown) {
    const why = codeOf(cause) === 'EADDRINUSE' ? 'is already in use' : `cannot be opened (${codeOf(cause)})`;
    super(
      `Port ${request.port} ${why}: ${request.service} needs it. Choose another with ${request.flag} PORT (0 = any free one).`,
      { cause },
    );
    this.port = request.port;
  }
}

export function isPortError(error: unknown): boolean {
  return ['EADDRINUSE', 'EACCES', 'EADDRNOTAVAIL'].includes(codeOf(error));
}

export interface OpenServer {
  readonly server: Server;
  readonly port: number;
  readonly url: string;
  close(): Promise<void>;
}

export async function openServer(
  request: PortRequest,
  listener: RequestListener,
  access: Access,
): Promise<OpenServer> {
  const server = createServer(guarded(listener, access, () => address.port));
  // Clients keep idle connections longer than Node's default of 5 s, and a request on a closing connection is lost.
  server.keepAliveTimeout = 65_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      reject(isPortError(error) ? new PortUnavailableError(request, error) : error);
    });
    server.listen(request.port, LOOPBACK, resolve);
  });
  const address = server.address() as AddressInfo;
  return {
    server,
    port: address.port,
    url: `http://${LOOPBACK}:${address.port}`,
    close: () => closeServer(server),
  };
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeAllConnections();
  });
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}
