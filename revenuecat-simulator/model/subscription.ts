/** A subscription in a store, as the simulator stores it. `render/subscription-view.ts` has the shape of the API. */
import type {
  AutoRenewalStatus,
  EndReason,
  Environment,
  Ownership,
  PeriodType,
  Store,
  SubscriptionStatus,
} from './values.ts';

export interface Subscription {
  /** `sub1…`. */
  readonly id: string;
  /** Null after the customer was deleted, while the store goes on charging. */
  readonly customer_id: string | null;
  readonly original_customer_id: string;
  /** The internal id; null for a promotional subscription. */
  readonly product_id: string | null;
  /** The identifier in the store, which webhooks carry. */
  readonly store_product_id: string;
  readonly entitlement_ids: readonly string[];
  readonly starts_at: number;
  readonly current_period_starts_at: number;
  readonly current_period_ends_at: number | null;
  readonly status: SubscriptionStatus;
  readonly auto_renewal_status: AutoRenewalStatus;
  readonly period_type: PeriodType;
  readonly store: Store;
  readonly store_subscription_identifier: string;
  readonly transaction_id: string;
  readonly ownership: Ownership;
  readonly environment: Environment;
  readonly country: string;
  /** Periods are counted from here, so that one that starts on the 31st returns to the 31st after February. */
  readonly period_anchor: number;
  readonly period_index: number;
  /** When the access of `in_grace_period` ends. */
  readonly grace_ends_at: number | null;
  /** When the store stops charging a subscription in `in_billing_retry`. */
  readonly retry_ends_at: number | null;
  /** When a paused subscription, or one that will pause, resumes by itself. */
  readonly resumes_at: number | null;
  /** The product of the next period, with `will_change_product`. */
  readonly next_product_id: string | null;
  /** Set if the next renewal fails: the days of grace that follow. */
  readonly failing_grace_days: number | null;
  readonly cancel_reason: EndReason | null;
}

const statusesWithAccess: readonly SubscriptionStatus[] = ['trialing', 'active', 'in_grace_period'];

export function givesAccess({ status }: Pick<Subscription, 'status'>): boolean {
  return statusesWithAccess.includes(status);
}
