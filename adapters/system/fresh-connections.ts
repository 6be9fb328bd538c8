/**
 * Keeps an agent from using dead connections one after another. While Lambda keeps a process frozen, servers close its idle
 * connections, and the process notices only when it writes to one. Each further attempt would take the next dead one.
 */
import type { Agent, ClientRequest } from 'node:http';

/** Node's `http.request` hands every request to this method of its agent, at once. */
interface RequestQueue {
  addRequest(request: ClientRequest, ...rest: readonly unknown[]): void;
}

/** After the failure of a connection that was idle before, all idle connections are closed: the next attempt opens a new one. */
export function withFreshConnections<A extends Agent>(agent: A): A {
  const queue = agent as unknown as RequestQueue;
  const addRequest = queue.addRequest.bind(agent);
  queue.addRequest = (request, ...rest) => {
    request.once('error', () => {
      if (request.reusedSocket) closeIdle(agent);
    });
    addRequest(request, ...rest);
  };
  return agent;
}

/** The agent skips closed connections, also before it has noticed that they are closed. */
function closeIdle({ freeSockets }: Agent): void {
  for (const socket of Object.values(freeSockets).flatMap((sockets) => sockets ?? [])) socket.destroy();
}
