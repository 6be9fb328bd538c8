/** What happens to cards and to the payments of renewals. */
import type { Subscription } from '../../core/subscription/subscription.ts';
import type { Action, ActionKind } from '../history.ts';
import { subscriptionsOf } from '../stripe-state.ts';
import type { User, World } from '../world.ts';
import { emit } from '../worlds/events.ts';
import { putSubscription } from '../worlds/stripe.ts';

type Change = (world: World, subscription: Subscription, action: Action) => boolean;

const renewing: readonly string[] = ['active', 'trialing'];
const late: readonly string[] = ['past_due', 'unpaid'];

/** Each returns whether the subscription allows it. */
export const paymentChanges: Partial<Readonly<Record<ActionKind, Change>>> = {
  card_expires: (world, subscription) => {
    if (!renewing.includes(subscription.status)) return false;
    const paymentMethodId = subscription.paymentMethodId ?? newMethod(world);
    world.stripe.cards.set(paymentMethodId, { expMonth: 1, expYear: 2001 });
    if (subscription.paymentMethodId !== paymentMethodId) {
      const changed = { ...subscription, paymentMethodId };
      putSubscription(world.stripe, changed, 'customer.subscription.updated');
    }
    return announce(world, subscription, ['invoice.upcoming']);
  },
  replace_card: (world, subscription) => {
    if (subscription.paymentMethodId === undefined) return false;
    const changed = { ...subscription, paymentMethodId: newMethod(world) };
    putSubscription(world.stripe, changed, 'customer.subscription.updated');
    return true;
  },
  card_updated: (world, subscription) => {
    const { paymentMethodId } = subscription;
    if (typeof paymentMethodId !== 'string') return false;
    world.stripe.cards.set(paymentMethodId, { expMonth: 12, expYear: 2090 });
    return announce(world, subscription, ['payment_method.automatically_updated']);
  },
  payment_must_be_confirmed: (world, subscription) => {
    if (!late.includes(subscription.status)) return false;
    const latestInvoiceId = `in_${subscription.id}_${subscription.items[0]?.periodEnd ?? 0}`;
    world.stripe.unconfirmed.add(latestInvoiceId);
    putSubscription(world.stripe, { ...subscription, latestInvoiceId }, 'customer.subscription.updated');
    return announce(world, subscription, ['invoice.payment_failed', 'invoice.payment_action_required']);
  },
  confirmation_fails: (world, subscription) => {
    if (!world.stripe.unconfirmed.delete(subscription.latestInvoiceId ?? '')) return false;
    return announce(world, subscription, ['invoice.payment_failed']);
  },
};

export function changePayment(world: World, user: User, action: Action): void {
  const change = paymentChanges[action.kind];
  const all = subscriptionsOf(world, user);
  const first = action.variant % Math.max(1, all.length);
  const done = [...all.slice(first), ...all.slice(0, first)].some((one) => change?.(world, one, action));
  if (!done) return;
  world.trace(`${user.sub}: ${action.kind}`);
  world.context.tally.add(`action ${action.kind}`);
  const next = followedBy(action);
  if (next === undefined) return;
  const later = world.random.below(LATEST_FOLLOW_UP_MS);
  world.context.timeline.after(later, () => changePayment(world, user, { ...action, kind: next }));
}

/** Long enough for deliveries that come late to come after it. */
const LATEST_FOLLOW_UP_MS = 600_000;

/** Otherwise it would rarely meet the subscription that it is about. */
function followedBy({ kind, variant }: Action): ActionKind | undefined {
  if (kind === 'card_expires') return ([undefined, 'replace_card', 'card_updated'] as const)[variant % 3];
  return kind === 'payment_must_be_confirmed' && variant % 4 > 0 ? 'confirmation_fails' : undefined;
}

function newMethod({ stripe }: World): string {
  const id = `pm_${stripe.cards.size + 1}`;
  stripe.cards.set(id, { expMonth: 12, expYear: 2090 });
  return id;
}

function announce(world: World, { customerId }: Subscription, types: readonly string[]): true {
  const sub = world.stripe.customers.get(customerId)?.sub ?? null;
  for (const type of types) emit(world.stripe, type, { customerId, sub });
  return true;
}
