/** One Stripe client, with limits on every wait. */
import { Stripe } from 'stripe';
import type { Pace } from '../system/pace.ts';

export interface StripeLimits {
  /** Of one attempt: how long the connection may be silent. */
  readonly timeoutMs: number;
  readonly maxNetworkRetries: number;
  /** When requests may be sent, the library's own repetitions included. */
  readonly pace?: Pace;
  /** The key that holds by now, asked for once Stripe has refused the one in use: it may have been rolled. */
  readonly freshKey?: () => Promise<string>;
}

/** `base`: another server than Stripe's own, as `http://host:port`. */
export function createStripe(apiKey: string, base: URL | undefined, limits: StripeLimits): Stripe {
  return new Stripe(apiKey, {
    timeout: limits.timeoutMs,
    maxNetworkRetries: limits.maxNetworkRetries,
    // Would write an id under the user's configuration folder, and send timings of the request before.
    telemetry: false,
    httpClient: httpClient(limits),
    ...(base === undefined ? {} : serverOf(base)),
  });
}

function serverOf(base: URL) {
  const protocol = base.protocol === 'https:' ? 'https' : 'http';
  const port = base.port === '' ? (protocol === 'https' ? 443 : 80) : Number(base.port);
  return { protocol, host: base.hostname, port } as const;
}

type Send = ReturnType<typeof Stripe.createNodeHttpClient>['makeRequest'];

function httpClient({ pace, freshKey }: StripeLimits): Stripe.HttpClient {
  const client = Stripe.createNodeHttpClient();
  const plain: Send = client.makeRequest.bind(client);
  const paced = pace === undefined ? plain : withPace(plain, pace);
  client.makeRequest = freshKey === undefined ? paced : withFreshKey(paced, freshKey);
  return client;
}

const TOO_MANY_REQUESTS = 429;
/** The library itself takes a 429 for final. The waits between add up to half a minute. */
const MAX_TRIES = 6;
const FIRST_WAIT_MS = 1_000;

function withPace(send: Send, pace: Pace): Send {
  return async (...request) => {
    for (let tries = 1; ; tries += 1) {
      await pace.waitForTurn();
      const answer = await send(...request);
      if (answer.getStatusCode() !== TOO_MANY_REQUESTS || tries === MAX_TRIES) return answer;
      await drain(answer);
      pace.backOff(FIRST_WAIT_MS * 2 ** (tries - 1));
    }
  };
}

const UNAUTHORIZED = 401;

function withFreshKey(send: Send, freshKey: () => Promise<string>): Send {
  return async (...request) => {
    const answer = await send(...request);
    if (answer.getStatusCode() !== UNAUTHORIZED) return answer;
    const [host, port, path, method, headers, ...rest] = request;
    // A refused key has done nothing, so that the same request may go out once more.
    const Authorization = `Bearer ${await freshKey()}`;
    if ('Authorization' in headers && headers['Authorization'] === Authorization) return answer;
    await drain(answer);
    return send(host, port, path, method, { ...headers, Authorization }, ...rest);
  };
}

/** Or the connection stays taken. */
async function drain(answer: Awaited<ReturnType<Send>>): Promise<void> {
  await answer.toJSON().catch(() => undefined);
}
