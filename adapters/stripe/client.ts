/** One Stripe client, with limits on every wait. */
import { Stripe } from 'stripe';

export interface StripeLimits {
  /** Of one attempt: how long the connection may be silent. */
  readonly timeoutMs: number;
  readonly maxNetworkRetries: number;
  /** Resolves when the next request may be sent, the library's own repetitions included. */
  readonly pace?: () => Promise<void>;
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

const KEY_REFUSED = 401;

function httpClient({ pace, freshKey }: StripeLimits): Stripe.HttpClient {
  const client = Stripe.createNodeHttpClient();
  const send = client.makeRequest.bind(client);
  client.makeRequest = async (...request) => {
    await pace?.();
    const answer = await send(...request);
    if (freshKey === undefined || answer.getStatusCode() !== KEY_REFUSED) return answer;
    const [host, port, path, method, headers, ...rest] = request;
    // A refused key has done nothing, so that the same request may go out once more.
    const Authorization = `Bearer ${await freshKey()}`;
    if ('Authorization' in headers && headers['Authorization'] === Authorization) return answer;
    await answer.toJSON().catch(() => undefined);
    await pace?.();
    return send(host, port, path, method, { ...headers, Authorization }, ...rest);
  };
  return client;
}
