/** Stored events, the endpoints that receive them, and their deliveries. */
import type { Metadata, StripeObject } from './common.ts';

export interface RequestOrigin {
  id: string;
  idempotency_key: string | null;
}

/** An event in the newest shape. It is rendered for the reader's API version when it is sent. */
export interface EventRecord {
  id: string;
  object: 'event';
  api_version: string;
  created: number;
  request: RequestOrigin | null;
  type: string;
  snapshot: object;
  previous: object | null;
  /** Unix seconds of the simulator's own clock, even when the event is about a record on a test clock. */
  kept_at: number;
  /** Whether it has no form with its object, as the events of API v2. */
  thin_only?: true;
}

export interface WebhookEndpoint extends StripeObject {
  object: 'webhook_endpoint';
  api_version: string | null;
  application: null;
  created: number;
  description: string | null;
  enabled_events: readonly string[];
  livemode: false;
  metadata: Metadata;
  status: 'enabled' | 'disabled';
  url: string;
}

/** The signing secrets of an endpoint. While a secret is being rolled there is more than one. */
export interface EndpointSecrets {
  id: string;
  secrets: readonly { value: string; expires_at: number | null }[];
}

export interface DeliveryAttempt {
  at: number;
  status: number | null;
  error: string | null;
}

export interface Delivery {
  id: string;
  event: string;
  type: string;
  endpoint: string;
  url: string;
  state: 'pending' | 'succeeded' | 'failed';
  attempts: readonly DeliveryAttempt[];
}

/** A response that is replayed when a request repeats its idempotency key. */
export interface KeptAnswer {
  id: string;
  fingerprint: string;
  status: number;
  body: string;
  kept_at: number;
  /** The id of the request that was executed. States of earlier versions lack it. */
  request?: string;
}
