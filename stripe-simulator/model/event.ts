/** Events as they are kept, the endpoints that hear of them, and each delivery. */
import type { Metadata, StripeObject } from './common.ts';

export interface RequestOrigin {
  id: string;
  idempotency_key: string | null;
}

/** Kept in the newest shape; what goes out is rendered for the reader's API version. */
export interface EventRecord {
  id: string;
  object: 'event';
  api_version: string;
  created: number;
  request: RequestOrigin | null;
  type: string;
  snapshot: object;
  previous: object | null;
  /** by the simulator's own clock; what it tells of may live on a test clock */
  kept_at: number;
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

/** The signing secrets of an endpoint: several while one is being rolled. */
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

/** An answer kept for the repetition of a request under the same idempotency key. */
export interface KeptAnswer {
  id: string;
  fingerprint: string;
  status: number;
  body: string;
  kept_at: number;
}
