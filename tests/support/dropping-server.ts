/** A server whose idle connections die unseen, as those of a process that Lambda keeps frozen: they break when they are used. */
import { createServer, type RequestListener } from 'node:http';
import type { Socket } from 'node:net';

export interface DroppingServer {
  readonly url: string;
  /** The number of requests that found a dead connection. */
  readonly broken: () => number;
  /** The number of connections that are open. */
  readonly open: () => number;
  /** Lets every connection die that is open now. */
  readonly dropAll: () => void;
  close(): Promise<void>;
}

export async function openDroppingServer(listener: RequestListener): Promise<DroppingServer> {
  const sockets = new Set<Socket>();
  const dead = new WeakSet<Socket>();
  let broken = 0;
  const server = createServer({ keepAliveTimeout: 600_000 }, (request, response) => {
    if (!dead.has(request.socket)) return listener(request, response);
    broken += 1;
    request.socket.destroy();
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No port.');
  return {
    url: `http://127.0.0.1:${address.port}`,
    broken: () => broken,
    open: () => sockets.size,
    dropAll: () => {
      for (const socket of sockets) dead.add(socket);
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
