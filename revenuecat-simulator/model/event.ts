/** Events, and their deliveries to the webhook. */

/** The `event` of a webhook's body. Its fields depend on the type. */
export interface EventBody {
  readonly type: string;
  readonly id: string;
  readonly event_timestamp_ms: number;
  readonly [field: string]: unknown;
}

export interface EventRecord {
  readonly id: string;
  readonly body: EventBody;
}

export interface DeliveryAttempt {
  readonly at: number;
  readonly status: number | null;
  readonly error: string | null;
}

export interface Delivery {
  /** The event's id. */
  readonly id: string;
  readonly type: string;
  readonly state: 'pending' | 'succeeded' | 'failed' | 'lost';
  /** When the next attempt is due, by the simulator's clock. */
  readonly due_at: number;
  /** The number of attempts since the event was last sent. */
  readonly attempt_count: number;
  /** The latest attempts. */
  readonly attempts: readonly DeliveryAttempt[];
}

export interface Webhook {
  readonly id: 'webhook';
  readonly url: string;
  /** The value of the `Authorization` header. */
  readonly authorization: string;
}
