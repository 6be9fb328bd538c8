/** What a simulator is started with, and what it can be asked to do. */

export interface EndpointRegistration {
  readonly url: string;
  readonly secret?: string;
  readonly enabledEvents?: readonly string[];
  readonly apiVersion?: string;
}

export interface StripeSimulatorOptions {
  /** default 127.0.0.1 */
  readonly host?: string;
  /** default 0: any free port */
  readonly port?: number;
  /** default: any sk_test_… or rk_test_… */
  readonly apiKeys?: readonly string[];
  /** a JSON file; without it everything is only in memory */
  readonly statePath?: string;
  /** milliseconds; default Date.now */
  readonly now?: () => number;
  /** makes ids repeatable */
  readonly seed?: string;
  readonly webhookRetryDelaysMs?: readonly number[];
  readonly webhookTimeoutMs?: number;
  /** days between the attempts to collect a renewal; default 3, 5, 7 */
  readonly paymentRetryDays?: readonly number[];
  /** refuses what comes faster than Stripe allows: 100 requests a second (live) or 25 (test); default: any rate */
  readonly rateLimits?: 'live' | 'test';
  /** what a subscription becomes when the last of these attempts fails; default canceled */
  readonly afterLastPaymentRetry?: 'canceled' | 'unpaid' | 'past_due';
}

export interface StripeSimulator {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** Registers an endpoint directly; upserts by url, so that a restart with saved state makes no second one. */
  registerWebhook(endpoint: EndpointRegistration): { id: string; secret: string };
  /** Moves the clock ahead; what falls due on the way happens in order. Tells how many things happened. */
  advance(seconds: number): number;
  /** Resolves when no delivery is in flight and none is waiting for its first attempt or a retry. */
  settled(): Promise<void>;
  /** Forgets all state including events, keeps webhook endpoints. */
  reset(): void;
  close(): Promise<void>;
}
