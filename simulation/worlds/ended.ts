/** The statuses that a subscription of Stripe never leaves. */
import type { Subscription } from '../../core/subscription/subscription.ts';

export function isEnded({ status }: Subscription): boolean {
  return status === 'canceled' || status === 'incomplete_expired';
}
