/** How an AWS SDK client sends: with a timeout for every attempt, and after a dead connection with a new one. */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { withFreshConnections } from '../system/fresh-connections.ts';

/** The SDK's own number of connections. */
const agentOptions = { keepAlive: true, maxSockets: 50 } as const;

export function requestHandlerWithin(timeoutMs: number) {
  return {
    connectionTimeout: timeoutMs,
    requestTimeout: timeoutMs,
    // Without this option, the SDK only logs a warning after requestTimeout.
    throwOnRequestTimeout: true,
    httpAgent: withFreshConnections(new HttpAgent(agentOptions)),
    httpsAgent: withFreshConnections(new HttpsAgent(agentOptions)),
  };
}
