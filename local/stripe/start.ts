/** Starts Stripe for the local cloud: the simulator, its webhook to our API, and the demo prices. */
import { Stripe } from 'stripe';
import {
  type SimulatorObserver,
  type StripeSimulator,
  startStripeSimulator,
} from '../../stripe-simulator/index.ts';
import { simulatorFailure } from '../cloud/failure.ts';
import { STRIPE_API_KEY } from '../cloud/secrets.ts';
import { isPortError, LOOPBACK, type PortRequest, PortUnavailableError } from '../http/listen.ts';
import { type DemoPrices, seedDemoPrices } from './demo-prices.ts';

export interface StripeOptions {
  readonly port: PortRequest;
  readonly statePath: string;
  /** Names under which requests may reach the server, beyond those of loopback. */
  readonly allowedHosts: readonly string[];
  /** Called if the state cannot be written any more. */
  readonly onFailure: (error: Error) => void;
  readonly webhookRetryDelaysMs: readonly number[];
  readonly webhook: { readonly url: string; readonly secret: string };
  readonly observer?: SimulatorObserver | undefined;
}

/** A clock that others follow. */
export interface LocalClock {
  /** Returns the time in Unix milliseconds. */
  nowMs(): number;
  advance(seconds: number): void;
  /** Calls the function whenever the clock was moved. */
  follow(moved: () => void): void;
}

export type StripeTrouble = Pick<
  StripeSimulator,
  'addFault' | 'faults' | 'clearFaults' | 'declineNextPayments' | 'declinesLeft' | 'redeliver'
>;

export interface LocalStripe {
  readonly url: string;
  /** Faults of deliveries and of cards, and repeated deliveries. */
  readonly trouble: StripeTrouble;
  /** The one clock of the local cloud's payment services. */
  readonly clock: LocalClock;
  /** Resolves once every webhook sent so far is delivered or has no retries left. */
  settled(): Promise<void>;
  /** Creates what a new account needs: the webhook endpoint and the demo prices. */
  provision(): Promise<DemoPrices>;
  reset(): void;
  /** Everything that Stripe stores and its clock, and the way back there. */
  takeSnapshot(): object;
  restoreSnapshot(snapshot: unknown): void;
  close(): Promise<void>;
}

export async function startStripe(options: StripeOptions): Promise<LocalStripe> {
  const { port, statePath, allowedHosts, webhook, webhookRetryDelaysMs } = options;
  const followers = new Set<() => void>();
  const simulator = await startStripeSimulator({
    host: LOOPBACK,
    port: port.port,
    apiKeys: [STRIPE_API_KEY],
    statePath,
    allowedHosts,
    onStorageFailure: (error) => options.onFailure(simulatorFailure(error)),
    webhookRetryDelaysMs,
    ...(options.observer === undefined ? {} : { observer: options.observer }),
    onClockMove: () => {
      for (const moved of followers) moved();
    },
  }).catch((error: unknown) => {
    throw isPortError(error) ? new PortUnavailableError(port, error) : simulatorFailure(error);
  });
  const client = new Stripe(STRIPE_API_KEY, {
    host: simulator.host,
    port: simulator.port,
    protocol: 'http',
    telemetry: false,
  });
  return {
    url: simulator.url,
    trouble: simulator,
    clock: {
      nowMs: () => simulator.nowMs(),
      advance: (seconds) => {
        simulator.advance(seconds);
      },
      follow: (moved) => {
        followers.add(moved);
      },
    },
    settled: () => simulator.settled(),
    async provision() {
      await deleteOldWebhooks(client, webhook.url);
      // The prices come first, so that the first events that the webhook receives are the user's own.
      const prices = await seedDemoPrices(client);
      simulator.registerWebhook({ ...webhook, enabledEvents: ['*'] });
      return prices;
    },
    reset() {
      simulator.reset();
    },
    takeSnapshot: () => simulator.takeSnapshot(),
    restoreSnapshot: (snapshot) => {
      simulator.restoreSnapshot(snapshot);
    },
    close: () => simulator.close(),
  };
}

/** Deletes endpoints on API ports of earlier runs: no server listens there, so every delivery would fail. */
async function deleteOldWebhooks(client: Stripe, current: string): Promise<void> {
  const localWebhook = /^http:\/\/127\.0\.0\.1:\d+\/stripe\/webhook$/;
  const { data } = await client.webhookEndpoints.list({ limit: 100 });
  for (const { id, url } of data)
    if (localWebhook.test(url) && url !== current) await client.webhookEndpoints.del(id);
}
