/** One Stripe client, with limits on every wait. */
import { Stripe } from 'stripe';

export interface StripeLimits {
  /** Of one attempt: how long the connection may be silent. */
  readonly timeoutMs: number;
  readonly maxNetworkRetries: number;
  /** Resolves when the next request may be sent, the library's own repetitions included. */
  readonly pace?: () => Promise<void>;
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

function pacedClient(pace: () => Promise<void>): Stripe.HttpClient {
  const client = Stripe.createNodeHttpClient();
  const send = client.makeRequest.bind(client);
  client.makeRequest = async (...request) => {
    await pace();
    return send(...request);
  };
  return client;
}
