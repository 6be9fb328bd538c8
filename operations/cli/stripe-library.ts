/** Opens the official Stripe library, for commands that use more of the API than the functions do. */
import { Stripe } from 'stripe';

export interface LibraryLimits {
  readonly timeoutMs: number;
  readonly maxNetworkRetries: number;
}

/** `base` names a server other than Stripe's own, such as `http://host:port`. */
export function stripeLibrary(apiKey: string, base: URL | undefined, limits: LibraryLimits): Stripe {
  return new Stripe(apiKey, {
    timeout: limits.timeoutMs,
    maxNetworkRetries: limits.maxNetworkRetries,
    // Telemetry would write an id to the user's configuration folder and send timings of earlier requests.
    telemetry: false,
    ...(base === undefined ? {} : serverOf(base)),
  });
}

function serverOf(base: URL) {
  const protocol = base.protocol === 'https:' ? 'https' : 'http';
  const port = base.port === '' ? (protocol === 'https' ? 443 : 80) : Number(base.port);
  // Node connects to the address of IPv6, and a URL has it in brackets.
  return { protocol, host: base.hostname.replace(/^\[|\]$/g, ''), port } as const;
}
