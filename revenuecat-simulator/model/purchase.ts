/** A purchase of a one-time product, such as a lifetime product. */
import type { Environment, Ownership, Store } from './values.ts';

export interface Purchase {
  /** `purch1…`. */
  readonly id: string;
  /** Null after the customer was deleted. */
  readonly customer_id: string | null;
  readonly original_customer_id: string;
  readonly product_id: string;
  readonly store_product_id: string;
  readonly entitlement_ids: readonly string[];
  readonly purchased_at: number;
  readonly status: 'owned' | 'refunded';
  readonly store: Store;
  readonly store_purchase_identifier: string;
  readonly ownership: Ownership;
  readonly environment: Environment;
  readonly country: string;
  readonly quantity: number;
}
