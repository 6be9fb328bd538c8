/** The public interface: the options of a simulator and what a running one can do. */

export interface EndpointRegistration {
  readonly url: string;
  /** Default: a generated secret. */
  readonly secret?: string;
  /** Event types, which may end in `*`. Default: all events. */
  readonly enabledEvents?: readonly string[];
  readonly apiVersion?: string;
}

/** Watches a simulator, for a timeline of what happens. */
export interface SimulatorObserver {
  /** Wraps the listener of every request. */
  readonly wrap: (listener: StripeSimulator['listener']) => StripeSimulator['listener'];
  /** An event was created, in the request or the move of the clock that causes it. */
  readonly event: (event: { readonly id: string; readonly type: string }) => void;
  /** An attempt to deliver begins. */
  readonly delivery: (attempt: {
    readonly id: string;
    readonly event: string;
    readonly type: string;
  }) => WatchedDelivery;
  /** A request was executed. `names` are the parameters that its operation asked for, whether it had them or not. */
  readonly parameters?: (route: string, names: ReadonlySet<string>) => void;
}

export interface WatchedDelivery {
  /** Sent along with the event. */
  readonly headers: Readonly<Record<string, string>>;
  done(outcome: { readonly status: number | null; readonly error: string | null }): void;
}

/** One rule of fault injection, as in the README. */
export interface FaultRule {
  readonly fault: string;
  readonly match?: string;
  readonly count?: number | null;
  readonly ms?: number;
  /** From 0 to 1. Default: 1. */
  readonly probability?: number;
}

export interface StripeSimulatorOptions {
  /** Address to listen on. Default: 127.0.0.1. */
  readonly host?: string;
  /**
   * Names under which requests may reach the server, beyond 127.0.0.1, localhost and [::1]. Other names are refused,
   * because the page of any site can have a name that resolves to this machine.
   */
  readonly allowedHosts?: readonly string[];
  /** Port to listen on. Default: 0, which picks a free port. */
  readonly port?: number;
  /** The API keys to accept. Default: any `sk_test_…` or `rk_test_…`. */
  readonly apiKeys?: readonly string[];
  /**
   * A JSON file that keeps the state between runs, with a journal next to it. No answer is sent before its changes are
   * stored. Without it, the state is in memory only.
   */
  readonly statePath?: string;
  /** Called once when the state cannot be stored, for example on a full disk. Every later request is answered 500. */
  readonly onStorageFailure?: (error: Error) => void;
  /** The current time in milliseconds. Default: `Date.now`. */
  readonly now?: () => number;
  /**
   * Returns the time in the signatures of deliveries, and receives that of the simulator's clock, which is the default. Both
   * are Unix milliseconds. Endpoints refuse signatures that are minutes old, so a clock in the past needs another time.
   */
  readonly signedAt?: (simulatedMs: number) => number;
  /** The API version of the account, for requests and endpoints that name none. Default: 2026-10-28.endive. */
  readonly apiVersion?: string;
  /** Called after the clock was advanced or reset, for a simulator that follows it. */
  readonly onClockMove?: () => void;
  /** Makes ids repeatable: the same seed gives the same ids. */
  readonly seed?: string;
  /** Delays before each retry of a failed delivery, in real time. Default: 1 s, 5 s, 30 s, 2 min, 10 min. */
  readonly webhookRetryDelaysMs?: readonly number[];
  /** How long a delivery waits for the endpoint to respond. Default: 10 s. */
  readonly webhookTimeoutMs?: number;
  /**
   * What stands in for the event bus of Amazon EventBridge: a URL, which gets each event in a POST, or a file, which gets
   * each on a line. Default: nothing, so that destinations of this type wait for a bus.
   */
  readonly eventBus?: string;
  /**
   * Days between the attempts to collect a renewal. Default: 3, 5, 7. With `smart`, there are eight attempts within two
   * weeks, as many as Smart Retries have by default, at fixed times.
   */
  readonly paymentRetryDays?: readonly number[] | 'smart';
  /** Rejects requests above Stripe's limit of 100 (live) or 25 (test) per second. Default: no limit. */
  readonly rateLimits?: 'live' | 'test';
  /** Seconds until search finds a new record, while lists show it immediately. Stripe's search lags by up to a minute. Default: 0. */
  readonly searchLagSeconds?: number;
  /** Status of a subscription after the last of these attempts fails. Default: canceled. */
  readonly afterLastPaymentRetry?: 'canceled' | 'unpaid' | 'past_due';
  /**
   * Ignores parameters that Stripe does not know, and those that Stripe knows and the simulator does not simulate.
   * Default: they are refused, the first as Stripe does, the others with the code `parameter_not_simulated`.
   */
  readonly lenient?: boolean;
  readonly observer?: SimulatorObserver;
}

export interface StripeSimulator {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /**
   * Answers a request of Node's `http` that another server of this process received, or that a test passes in without a
   * network. It is typed without Node's types, so that the package needs none.
   */
  readonly listener: (request: object, response: object) => void;
  /** Registers a webhook endpoint. It upserts by URL, so a restart with saved state creates no second endpoint. */
  registerWebhook(endpoint: EndpointRegistration): { id: string; secret: string };
  /** The time of the simulator's own clock, in Unix milliseconds. */
  nowMs(): number;
  /** Moves the clock forward and runs all work that falls due on the way, in order. Returns the number of actions. */
  advance(seconds: number): number;
  /** Sends the event of a delivery again. Returns false if there is no such delivery. */
  redeliver(deliveryId: string): boolean;
  /** Declines the next payments, whatever the card is. */
  declineNextPayments(count: number): void;
  /** How many payments will still be declined. */
  declinesLeft(): number;
  /** Adds a rule of fault injection. Throws an error that names an invalid field. */
  addFault(area: 'api' | 'deliveries', rule: FaultRule): void;
  /** The rules, and how often each has triggered. */
  faults(): readonly (Required<FaultRule> & { readonly area: 'api' | 'deliveries'; readonly hits: number })[];
  /** Ends all faults and declines. */
  clearFaults(): void;
  /** Resolves when no delivery is in flight, queued or waiting for a retry. */
  settled(): Promise<void>;
  /** Deletes all state, including events. Webhook endpoints remain. */
  reset(): void;
  /** Everything that the simulator stores, as one object that JSON can hold. Webhook endpoints are not in it. */
  takeSnapshot(): object;
  /**
   * Returns to a snapshot. The clock returns to its time, or to the present if that is later. Webhook endpoints remain.
   * Throws an error, and changes nothing, if the value is no snapshot.
   */
  restoreSnapshot(snapshot: unknown): void;
  /** Stops the server and saves the state. */
  close(): Promise<void>;
}

export interface CreateStripeOptions extends Omit<StripeSimulatorOptions, 'now' | 'signedAt'> {
  /**
   * When the clock starts. It remains there until it is advanced. `'real'` follows the time of this machine.
   * Default: 2027-01-15T12:00:00Z.
   */
  readonly clock?: Date | string;
  /** An endpoint for the events: its URL, or all of its settings. */
  readonly webhook?: string | EndpointRegistration;
}

/** A moment in the life of a subscription, to advance the clock to. */
export type Moment =
  /** The next period has begun and its payment was attempted. */
  | 'renewal'
  /** The next period has begun, with a draft of its invoice. */
  | 'period_end'
  | 'trial_end'
  /** The next attempt to collect the open invoice. */
  | 'payment_retry'
  /** The scheduled end. */
  | 'cancellation';

/** What a customer enters on a payment page. */
export interface PaymentPage {
  /** The number of a test card. Default: 4242424242424242. 3-D Secure is completed if the card asks for it. */
  readonly card?: string;
  /** Default: customer@example.com, where the page asks for an address. */
  readonly email?: string;
}

export type PaymentOutcome =
  | { readonly status: 'paid' }
  /** `message` is what the page shows to the customer. */
  | { readonly status: 'declined'; readonly message: string };

/** An event, as endpoints receive it. */
export interface SimulatedEvent {
  readonly id: string;
  readonly object: 'event';
  readonly type: string;
  readonly created: number;
  readonly api_version: string;
  readonly data: {
    readonly object: Readonly<Record<string, unknown>>;
    readonly previous_attributes?: Readonly<Record<string, unknown>>;
  };
}

/** A simulator for tests, with a clock that only advances and ids that repeat. */
export interface InProcessStripe extends StripeSimulator {
  /** A key that it accepts. */
  readonly apiKey: string;
  /** The settings of the official library: `new Stripe(stripe.apiKey, stripe.config)`. */
  readonly config: {
    readonly host: string;
    readonly port: number;
    readonly protocol: 'http';
    readonly telemetry: false;
  };
  /** The signing secret of the option `webhook`. Empty without it. */
  readonly webhookSecret: string;
  /**
   * Advances the clock to a moment of a subscription, or to a time, and resolves when everything is delivered. The id may
   * be left out if only one subscription is live. Throws an error if the moment never comes.
   */
  advanceTo(moment: Moment | Date, subscription?: string): Promise<void>;
  /** Pays a Checkout session, an invoice or the open invoice of a subscription, and resolves when all is delivered. */
  pay(id: string, page?: PaymentPage): Promise<PaymentOutcome>;
  /**
   * Lets the payment of a Checkout session or an invoice be declined. A customer or a subscription gets a card whose later
   * charges fail.
   */
  decline(id: string): Promise<PaymentOutcome>;
  /** The events of the last 30 days of a type, which may end in `*`, oldest first. Default: of all types. */
  events(type?: string): readonly SimulatedEvent[];
  /**
   * Resolves with the newest event of the type once everything is delivered. If there is none yet, it waits for one.
   * Default for `timeoutMs`: 5,000.
   */
  waitFor(type: string, timeoutMs?: number): Promise<SimulatedEvent>;
  /** Deletes all state and returns to the start of the clock and of the ids. Webhook endpoints remain. */
  reset(): void;
  /** Returns to a snapshot, its time and its ids. Webhook endpoints remain. */
  restoreSnapshot(snapshot: unknown): void;
}
