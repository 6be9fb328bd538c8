/** Creates the Stripe client, with a timeout and a retry limit for every call. */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { Stripe } from 'stripe';
import { ensureTimeLeft } from '../system/deadline.ts';
import { withFreshConnections } from '../system/fresh-connections.ts';
import type { Pace } from '../system/pace.ts';
import { abortingAgent } from './aborting-agent.ts';
import { withReadableAnswers } from './answer-body.ts';

export interface StripeLimits {
  /** How long the connection of one attempt may be idle. */
  readonly timeoutMs: number;
  readonly maxNetworkRetries: number;
  /** Limits when requests may be sent, including the library's own retries. */
  readonly pace?: Pace;
  /** Returns the current key. Called when Stripe has rejected the key in use, because it may have been rotated. */
  readonly freshKey?: () => Promise<string>;
}

/** Creates a client. `base` names a server other than Stripe's own, such as `http://host:port`. */
export function createStripe(apiKey: string, base: URL | undefined, limits: StripeLimits): Stripe {
  return new Stripe(apiKey, {
    timeout: limits.timeoutMs,
    maxNetworkRetries: limits.maxNetworkRetries,
    // Telemetry would write an id to the user's configuration folder and send timings of earlier requests.
    telemetry: false,
    httpClient: httpClient(base, limits),
    ...(base === undefined ? {} : serverOf(base)),
  });
}

function serverOf(base: URL) {
  const protocol = base.protocol === 'https:' ? 'https' : 'http';
  const port = base.port === '' ? (protocol === 'https' ? 443 : 80) : Number(base.port);
  // Node connects to the address of IPv6, and a URL has it in brackets.
  return { protocol, host: base.hostname.replace(/^\[|\]$/g, ''), port } as const;
}

type Send = ReturnType<typeof Stripe.createNodeHttpClient>['makeRequest'];

function httpClient(base: URL | undefined, { pace, freshKey }: StripeLimits): Stripe.HttpClient {
  const client = Stripe.createNodeHttpClient(agentFor(base));
  const plain = withinDeadline(client.makeRequest.bind(client));
  const paced = pace === undefined ? plain : withPace(plain, pace);
  client.makeRequest = withReadableAnswers(freshKey === undefined ? paced : withFreshKey(paced, freshKey));
  return client;
}

function agentFor(base: URL | undefined): HttpAgent {
  const Agent = base?.protocol === 'http:' ? HttpAgent : HttpsAgent;
  return abortingAgent(withFreshConnections(new Agent({ keepAlive: true })));
}

/** Sends only within the deadline, also when the library retries. */
function withinDeadline(send: Send): Send {
  return async (...request) => {
    ensureTimeLeft('send request');
    return send(...request);
  };
}

const TOO_MANY_REQUESTS = 429;
/** The library itself does not retry 429 responses. The waits between these tries add up to half a minute. */
const MAX_TRIES = 6;
const FIRST_WAIT_MS = 1_000;

function withPace(send: Send, pace: Pace): Send {
  return async (...request) => {
    for (let tries = 1; ; tries += 1) {
      await pace.waitForTurn();
      const response = await send(...request);
      if (response.getStatusCode() !== TOO_MANY_REQUESTS || tries === MAX_TRIES) return response;
      await drain(response);
      pace.backOff(FIRST_WAIT_MS * 2 ** (tries - 1));
    }
  };
}

const UNAUTHORIZED = 401;

function withFreshKey(send: Send, freshKey: () => Promise<string>): Send {
  return async (...request) => {
    const response = await send(...request);
    if (response.getStatusCode() !== UNAUTHORIZED) return response;
    const [host, port, path, method, headers, ...rest] = request;
    // A request with a rejected key has had no effect, so it can be sent again unchanged.
    const Authorization = `Bearer ${await freshKey()}`;
    if ('Authorization' in headers && headers['Authorization'] === Authorization) return response;
    await drain(response);
    return send(host, port, path, method, { ...headers, Authorization }, ...rest);
  };
}

/** Reads the response to its end, so that the connection becomes free. */
async function drain(response: Awaited<ReturnType<Send>>): Promise<void> {
  await response.toJSON().catch(() => undefined);
}
