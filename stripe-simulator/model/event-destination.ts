/** Event destinations of API v2: webhook endpoints, and partner event sources of Amazon EventBridge. */
import type { Metadata } from './common.ts';

export interface EventDestination {
  id: string;
  object: 'v2.core.event_destination';
  amazon_eventbridge: {
    aws_account_id: string;
    aws_event_source_arn: string;
    aws_event_source_status: 'active' | 'pending';
  } | null;
  /** ISO 8601, as every time in API v2. */
  created: string;
  description: string;
  enabled_events: readonly string[];
  event_payload: 'snapshot' | 'thin';
  events_from: readonly string[];
  livemode: false;
  metadata: Metadata;
  name: string;
  snapshot_api_version: string | null;
  status: 'enabled' | 'disabled';
  status_details: { disabled: { reason: 'user' } } | null;
  type: 'webhook_endpoint' | 'amazon_eventbridge';
  updated: string;
  webhook_endpoint: { url: string } | null;
}
