/** What describes a simulated day, the limits that hold on it, and what came of it. */

export interface Day {
  readonly subscribers: number;
  /** The share of the subscribers whose period ends on this day. */
  readonly renewing: number;
  /** The hours, from midnight, over which they renew. */
  readonly overHours: number;
  /** The events of a renewal for which the webhook looks at Stripe. */
  readonly eventsPerRenewal: number;
  /** The calls to Stripe of each, to endpoints that differ. */
  readonly callsPerEvent: number;
  /** Seconds of the day in which Stripe answers nothing. */
  readonly outage: { readonly from: number; readonly until: number } | null;
  /** `stripe`: a failed event is delivered again by Stripe. `queue`: it waits in the queue of this project. */
  readonly delivery: 'stripe' | 'queue';
}

export interface Limits {
  /** Calls per second to one endpoint, and to all of them. */
  readonly perEndpoint: number;
  readonly perAccount: number;
  /** How many invocations run at once, and how long one takes. */
  readonly concurrency: number;
  readonly secondsPerEvent: number;
  /** How many workers of the queue run at once (`webhookQueue.maxConcurrency`). */
  readonly workers: number;
}

/** Stripe's published limits of a live account, and Lambda's default limit of a region. */
export const publishedLimits: Limits = {
  perEndpoint: 25,
  perAccount: 100,
  concurrency: 1_000,
  secondsPerEvent: 0.5,
  workers: 2,
};

export interface Outcome {
  /** Events that are not carried out yet, at the end of each minute of the day. */
  readonly backlog: readonly number[];
  /** Seconds from an event to its row: the longest, and the time within which 99 of 100 are done. */
  readonly longestWait: number;
  readonly wait99: number;
  readonly events: number;
  readonly deliveries: number;
  readonly calls: number;
  /** Events that Stripe gives up delivering, or that end in the dead-letter queue. Reconcile finds what they report. */
  readonly lost: number;
}
