/** The bodies of the answers of `subscription`. */
import type {
  SubscribedItem,
  SubscriptionPreviewResponse,
  SubscriptionResponse,
  SubscriptionState,
} from '../../contract/subscription.ts';
import type { ChangeOutcome } from '../../core/change/change.ts';
import type { BilledItem, Changeable } from '../../core/change/changeable.ts';
import type { ChangePreview } from '../../core/change/preview.ts';
import { planOf } from '../../core/change/wanted.ts';
import type { PlanOrder } from '../../core/entitlement/plan-order.ts';

export function responseBody(
  { outcome, subscription }: Extract<ChangeOutcome, { kind: 'carried_out' }>,
  order: PlanOrder,
): SubscriptionResponse {
  const isPaidFirst = outcome.kind === 'payment_required';
  return {
    outcome: outcome.kind,
    at: 'at' in outcome ? outcome.at : null,
    payment_url: isPaidFirst ? outcome.url : null,
    payment_expires_at: isPaidFirst ? outcome.expiresAt : null,
    subscription: stateBody(subscription, order),
  };
}

export function previewBody(preview: ChangePreview, order: PlanOrder): SubscriptionPreviewResponse {
  const { mark, expiresAt, direction, when, takesEffectAt, currency, dueNow, credit, lines, next } = preview;
  return {
    preview: mark,
    expires_at: expiresAt,
    direction,
    when,
    takes_effect_at: takesEffectAt,
    currency,
    due_now: dueNow,
    credit,
    lines: lines.map(({ description, amount, proration, priceId, quantity, periodStart, periodEnd }) => ({
      description,
      amount,
      proration,
      price: priceId,
      quantity,
      period_start: periodStart,
      period_end: periodEnd,
    })),
    next_invoice: next,
    subscription: stateBody(preview.subscription, order),
  };
}

function stateBody(subscription: Changeable, order: PlanOrder): SubscriptionState {
  const { items, currency, endsAt, schedule } = subscription;
  const plan = planOf(items, order);
  const next = schedule?.next ?? null;
  return {
    ...bodyOfItems(items, plan?.priceId),
    currency,
    cancel_at: endsAt,
    scheduled_change:
      next === null
        ? null
        : { ...bodyOfItems(next.items, planAmong(next.items, subscription, plan?.priceId)), at: next.at },
  };
}

function bodyOfItems(
  items: readonly BilledItem[],
  planId: string | undefined,
): {
  readonly price: string | null;
  readonly quantity: number | null;
  readonly add_ons: readonly SubscribedItem[];
} {
  const plan = items.find(({ priceId }) => priceId === planId);
  return {
    price: plan?.priceId ?? null,
    quantity: plan?.quantity ?? null,
    add_ons: items
      .filter((item) => item !== plan)
      .map(({ priceId, quantity }) => ({ price: priceId, quantity })),
  };
}

/** The plan of a phase: that of now, or else the first price that the subscription does not have now. A schedule lists it first. */
function planAmong(
  items: readonly BilledItem[],
  { items: now }: Changeable,
  planId: string | undefined,
): string | undefined {
  if (items.some(({ priceId }) => priceId === planId)) return planId;
  return items.find(({ priceId }) => now.every((item) => item.priceId !== priceId))?.priceId;
}
