/** Products of the stores, and the entitlements that they grant. */
import type { Duration } from './values.ts';

export interface Entitlement {
  /** `entl…`. */
  readonly id: string;
  readonly lookup_key: string;
  readonly display_name: string;
  readonly created_at: number;
}

export interface Product {
  /** `prod…`, which the API uses. Webhooks use the identifier of the store. */
  readonly id: string;
  readonly store_identifier: string;
  readonly type: 'subscription' | 'one_time';
  readonly display_name: string;
  readonly created_at: number;
  /** The billing period; null for a one-time product. */
  readonly duration: Duration | null;
  /** In US dollars. */
  readonly price: number;
  /** Ids of entitlements. */
  readonly entitlement_ids: readonly string[];
}
