/** Builds subscriptions in the form of the domain and in both of Stripe's formats. */
import type { Subscription, SubscriptionItem } from '../../core/subscription/subscription.ts';

export const T0 = 1_767_225_600;
export const DAY = 86_400;

export function item(overrides: Partial<SubscriptionItem> = {}): SubscriptionItem {
  return {
    id: 'si_base',
    priceId: 'price_base',
    keys: [],
    metered: false,
    role: null,
    quantity: 1,
    createdAt: T0,
    periodStart: T0,
    periodEnd: T0 + 30 * DAY,
    ...overrides,
  };
}

export function subscription(overrides: Partial<Subscription> = {}): Subscription {
  return {
    id: 'sub_a',
    customerId: 'cus_a',
    status: 'active',
    createdAt: T0,
    items: [item()],
    periodStart: null,
    periodEnd: null,
    trialEnd: null,
    cancelAtPeriodEnd: false,
    cancelAt: null,
    endedAt: null,
    collectionPaused: false,
    ...overrides,
  };
}

/** The format since 2025-03-31.basil, in which each item has the period. */
export function basilJson(overrides: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: 'sub_a',
    object: 'subscription',
    customer: 'cus_a',
    status: 'active',
    created: T0,
    cancel_at: null,
    cancel_at_period_end: false,
    trial_end: null,
    metadata: {},
    items: {
      object: 'list',
      has_more: false,
      data: [
        {
          id: 'si_base',
          object: 'subscription_item',
          created: T0,
          quantity: 1,
          current_period_start: T0,
          current_period_end: T0 + 30 * DAY,
          price: {
            id: 'price_base',
            object: 'price',
            unit_amount: 990,
            recurring: { interval: 'month', usage_type: 'licensed' },
          },
        },
      ],
    },
    ...overrides,
  };
}

/** The format up to 2025-02-24.acacia, in which the subscription has the period. */
export function acaciaJson(overrides: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    ...basilJson(),
    current_period_start: T0,
    current_period_end: T0 + 30 * DAY,
    plan: { id: 'price_base', amount: 990, usage_type: 'licensed' },
    items: {
      object: 'list',
      has_more: false,
      data: [
        {
          id: 'si_base',
          object: 'subscription_item',
          created: T0,
          quantity: 1,
          plan: { id: 'price_base', amount: 990, usage_type: 'licensed' },
          price: {
            id: 'price_base',
            object: 'price',
            unit_amount: 990,
            recurring: { interval: 'month', usage_type: 'licensed' },
          },
        },
      ],
    },
    ...overrides,
  };
}
