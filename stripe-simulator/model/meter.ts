/** Billing meters, and the usage that they count. */
import type { Metadata } from './common.ts';

export interface Meter {
  id: string;
  object: 'billing.meter';
  created: number;
  customer_mapping: { event_payload_key: string; type: 'by_id' };
  default_aggregation: { formula: 'count' | 'last' | 'sum' };
  display_name: string;
  event_name: string;
  event_time_window: 'day' | 'hour' | null;
  livemode: false;
  status: 'active' | 'inactive';
  status_transitions: { deactivated_at: number | null };
  updated: number;
  value_settings: { event_payload_key: string };
}

/** A reported usage. Its id is its identifier, which makes a repeated report count once. */
export interface MeterEventRecord {
  id: string;
  event_name: string;
  customer: string;
  value: number;
  payload: Metadata;
  timestamp: number;
  created: number;
}
