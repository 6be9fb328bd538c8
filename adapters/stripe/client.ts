/** One Stripe client, with limits on every wait. */
import { Stripe } from 'stripe';
import type { Pace } from '../system/pace.ts';

export interface StripeLimits {
  /** Of one attempt: how long the connection may be silent. */
  readonly timeoutMs: number;
  readonly maxNetworkRetries: number;
  /** When requests may be sent, the library's own repetitions included. */
  readonly pace?: Pace;
}

/** `base`: another server than Stripe's own, as `http://host:port`. */
export function createStripe(apiKey: string, base: URL | undefined, limits: StripeLimits): Stripe {
  const { pace } = limits;
  return new Stripe(apiKey, {
    timeout: limits.timeoutMs,
    maxNetworkRetries: limits.maxNetworkRetries,
    // Would write an id under the user's configuration folder, and send timings of the request before.
    telemetry: false,
    ...(pace === undefined ? {} : { httpClient: pacedClient(pace) }),
    ...(base === undefined ? {} : serverOf(base)),
  });
}

function serverOf(base: URL) {
  const protocol = base.protocol === 'https:' ? 'https' : 'http';
  const port = base.port === '' ? (protocol === 'https' ? 443 : 80) : Number(base.port);
  return { protocol, host: base.hostname, port } as const;
}

const TOO_MANY = 429;
/** The library itself takes a 429 for final. The waits between add up to half a minute. */
const MAX_TRIES = 6;
const FIRST_WAIT_MS = 1_000;

function pacedClient(pace: Pace): Stripe.HttpClient {
  const client = Stripe.createNodeHttpClient();
  const send = client.makeRequest.bind(client);
  client.makeRequest = async (...request) => {
    for (let tries = 1; ; tries += 1) {
      await pace.turn();
      const response = await send(...request);
      if (response.getStatusCode() !== TOO_MANY || tries === MAX_TRIES) return response;
      // Read to its end, or the connection stays taken.
      await response.toJSON().catch(() => undefined);
      pace.holdBack(FIRST_WAIT_MS * 2 ** (tries - 1));
    }
  };
  return client;
}
