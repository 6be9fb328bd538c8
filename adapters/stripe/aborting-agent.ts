/** Ends requests of the Stripe library when their work is given up. The library itself accepts no abort signal. */
import type { Agent, ClientRequest } from 'node:http';
import { timeLimit } from '../../core/system/deadline.ts';
import { abandonment } from '../system/deadline.ts';

/** Node's `http.request` hands every request to this method of its agent, at once. */
interface RequestQueue {
  addRequest(request: ClientRequest, ...rest: readonly unknown[]): void;
}

/** Makes the agent destroy a request whose work is given up, also one that still waits for its connection. */
export function abortingAgent<A extends Agent>(agent: A): A {
  const queue = agent as unknown as RequestQueue;
  const addRequest = queue.addRequest.bind(agent);
  queue.addRequest = (request, ...rest) => {
    const signal = abandonment();
    if (signal !== undefined) destroyOn(signal, request);
    addRequest(request, ...rest);
  };
  return agent;
}

function destroyOn(signal: AbortSignal, request: ClientRequest): void {
  const destroy = () => {
    request.destroy(timeLimit('send request'));
  };
  signal.addEventListener('abort', destroy, { once: true });
  request.once('close', () => {
    signal.removeEventListener('abort', destroy);
  });
}
