/** Starts RevenueCat for the local cloud: the simulator with its demo products, and its webhook to our API. */
import { type SimulatorObserver, startRevenueCatSimulator } from '../../revenuecat-simulator/index.ts';
import { simulatorFailure } from '../cloud/failure.ts';
import { REVENUECAT_API_KEY, REVENUECAT_CONSOLE_KEY } from '../cloud/secrets.ts';
import { isPortError, LOOPBACK, type PortRequest, PortUnavailableError } from '../http/listen.ts';
import type { LocalClock } from '../stripe/start.ts';

export interface RevenueCatOptions {
  readonly port: PortRequest;
  readonly statePath: string;
  /** Names under which requests may reach the server, beyond those of loopback. */
  readonly allowedHosts: readonly string[];
  /** Called if the state cannot be written any more. */
  readonly onFailure: (error: Error) => void;
  readonly webhookRetryDelaysMs: readonly number[];
  readonly webhook: { readonly url: string; readonly authorization: string };
  /** Purchases of all stores age together, so RevenueCat follows the clock of Stripe. */
  readonly clock: LocalClock;
  readonly observer?: SimulatorObserver | undefined;
}

export interface LocalRevenueCat {
  readonly url: string;
  readonly projectId: string;
  /** Resolves once every webhook sent so far is delivered or has no retries left. */
  settled(): Promise<void>;
  /** Sends the event of a delivery again. Returns false if there is no such delivery. */
  redeliver(deliveryId: string): boolean;
  reset(): void;
  /** Everything that RevenueCat stores, and the way back there. */
  takeSnapshot(): object;
  restoreSnapshot(snapshot: unknown): void;
  close(): Promise<void>;
}

export async function startRevenueCat(options: RevenueCatOptions): Promise<LocalRevenueCat> {
  const { port, statePath, allowedHosts, webhook, webhookRetryDelaysMs, clock } = options;
  const simulator = await startRevenueCatSimulator({
    host: LOOPBACK,
    port: port.port,
    apiKeys: [REVENUECAT_API_KEY, REVENUECAT_CONSOLE_KEY],
    unlimitedApiKeys: [REVENUECAT_CONSOLE_KEY],
    statePath,
    allowedHosts,
    onStorageFailure: (error) => options.onFailure(simulatorFailure(error)),
    webhookRetryDelaysMs,
    ...(options.observer === undefined ? {} : { observer: options.observer }),
    now: () => clock.nowMs(),
    advanceNow: (seconds) => {
      clock.advance(seconds);
    },
  }).catch((error: unknown) => {
    throw isPortError(error) ? new PortUnavailableError(port, error) : simulatorFailure(error);
  });
  clock.follow(() => {
    simulator.runDue();
  });
  simulator.registerWebhook(webhook);
  return {
    url: simulator.url,
    projectId: simulator.projectId,
    settled: () => simulator.settled(Number.POSITIVE_INFINITY),
    redeliver: (id) => simulator.redeliver(id),
    reset: () => {
      simulator.reset();
    },
    takeSnapshot: () => simulator.takeSnapshot(),
    restoreSnapshot: (snapshot) => {
      simulator.restoreSnapshot(snapshot);
    },
    close: () => simulator.close(),
  };
}
