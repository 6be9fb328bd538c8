/** The public interface: the options of a simulator and what a running one can do. */
import type { ProductSpec } from './catalog/catalog.ts';
import type { FaultSettings } from './faults/faults.ts';
import type { Delivery, EventBody } from './model/event.ts';
import type { Operations } from './operations/operations.ts';

/** Watches a simulator, for a timeline of what happens. */
export interface SimulatorObserver {
  /** Wraps the listener of every request. */
  readonly wrap: (listener: RevenueCatSimulator['listener']) => RevenueCatSimulator['listener'];
  /** An event was created, in the request or the move of the clock that causes it. */
  readonly event: (event: { readonly id: string; readonly type: string }) => void;
  /** An attempt to deliver begins. */
  readonly delivery: (attempt: {
    readonly id: string;
    readonly event: string;
    readonly type: string;
  }) => WatchedDelivery;
}

export interface WatchedDelivery {
  /** Sent along with the event. */
  readonly headers: Readonly<Record<string, string>>;
  done(outcome: { readonly status: number | null; readonly error: string | null }): void;
}

export interface RevenueCatSimulatorOptions {
  /** Address to listen on. Default: 127.0.0.1. */
  readonly host?: string;
  /**
   * Names under which requests may reach the server, beyond 127.0.0.1, localhost and [::1]. Other names are refused,
   * because the page of any site can have a name that resolves to this machine.
   */
  readonly allowedHosts?: readonly string[];
  /** Port to listen on. Default: 0, which picks a free port. */
  readonly port?: number;
  /** Default: `projlocal`. */
  readonly projectId?: string;
  /** The API keys to accept. Default: any `sk_…`. */
  readonly apiKeys?: readonly string[];
  /** Those of `apiKeys` that no rate limit applies to, for tools that watch the project. */
  readonly unlimitedApiKeys?: readonly string[];
  /** Keys of other projects, which get 403. */
  readonly foreignApiKeys?: readonly string[];
  /** The current time in milliseconds. Default: `Date.now`. */
  readonly now?: () => number;
  /**
   * Moves the clock that `now` reads, for a clock that another simulator owns. Default: the simulator adds an offset of
   * its own to `now`.
   */
  readonly advanceNow?: (seconds: number) => void;
  /** Makes ids repeatable: the same seed gives the same ids. */
  readonly seed?: string;
  /**
   * A JSON file that keeps the state between runs, with a journal next to it. No answer is sent before its changes are
   * stored. Without it, the state is in memory only.
   */
  readonly statePath?: string;
  /** Called once when the state cannot be stored, for example on a full disk. Every later request is answered 500. */
  readonly onStorageFailure?: (error: Error) => void;
  /** Delays before each retry of a failed delivery, by the simulator's clock. Default: 5, 10, 20, 40 and 80 minutes. */
  readonly webhookRetryDelaysMs?: readonly number[];
  /** How long a delivery waits for the response, in real time. Default: 60 s. */
  readonly timeoutMs?: number;
  /** Requests per key and minute of the simulator's clock. Default: 480. */
  readonly rateLimitPerMinute?: number;
  /** The products that exist from the start. Default: `monthly_pro`, `yearly_pro` and `lifetime_pro`. */
  readonly products?: readonly ProductSpec[];
  readonly observer?: SimulatorObserver;
}

export interface WebhookRegistration {
  readonly url: string;
  /** The value of the `Authorization` header. */
  readonly authorization: string;
}

export interface RevenueCatSimulator extends Operations {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly projectId: string;
  /**
   * Answers a request of Node's `http` that another server of this process received, or that a test passes in without a
   * network.
   */
  readonly listener: (request: object, response: object) => void;
  /** Sets where events are delivered. A second call replaces the first. */
  registerWebhook(webhook: WebhookRegistration): void;
  /** The simulator's time, in Unix milliseconds. */
  nowMs(): number;
  /** Moves the clock forward and runs all work that falls due on the way, in order. Returns the number of events. */
  advance(seconds: number): number;
  /** Runs what is due now, for a clock that another simulator owns. Returns the number of changes. */
  runDue(): number;
  /**
   * Resolves when no delivery is queued or in flight, and none is due. A retry that waits for the clock counts only if
   * it is due within `withinMs` (default: 0).
   */
  settled(withinMs?: number): Promise<void>;
  /** Sends the event of a delivery again. Returns false if there is no such delivery. */
  redeliver(deliveryId: string): boolean;
  /** All events so far, the oldest first. */
  events(): readonly EventBody[];
  /** The deliveries of the events with their attempts, the oldest first. */
  deliveries(): readonly Delivery[];
  /** Replaces all faults, as `POST /_simulator/faults` does. */
  setFaults(faults: FaultSettings): void;
  /** Adds faults to the active ones. */
  addFaults(faults: FaultSettings): void;
  /** Deletes all state except the products and the webhook, and turns the faults off. */
  reset(): void;
  /** Everything that the simulator stores, as one object that JSON can hold. The webhook is not in it. */
  takeSnapshot(): object;
  /** Returns to a snapshot. Throws an error, and changes nothing, if the value is no snapshot. */
  restoreSnapshot(snapshot: unknown): void;
  /** Stops the server and saves the state. */
  close(): Promise<void>;
}
