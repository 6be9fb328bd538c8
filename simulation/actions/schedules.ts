/** What a person or other code lets Stripe start later, and cancels before it does. */
import type { Action } from '../history.ts';
import { liveCustomersOf } from '../stripe-state.ts';
import type { User, World } from '../world.ts';
import { putSubscription } from '../worlds/stripe.ts';
import { newMonthly, prices } from './new-subscription.ts';

/** Some start while a checkout runs, others days after it. */
const delaysMs = [3_000, 20_000, 3_600_000, 5 * 86_400_000] as const;

export function scheduleSubscription(world: World, user: User, { variant }: Action): void {
  const { stripe, context } = world;
  const [customer] = liveCustomersOf(world, user);
  if (customer === undefined || !world.cognito.users.has(user.username)) return;
  const id = `sub_sched_${stripe.schedules.size + 1}`;
  world.trace(`${user.sub}: ${id} starts a subscription of ${customer.id} later`);
  context.tally.add('action schedule_subscription');
  const created = { id, customerId: customer.id, createdMs: context.timeline.nowMs };
  stripe.schedules.set(id, { ...created, status: 'not_started', subscriptionId: null });
  const delayMs = delaysMs[variant % delaysMs.length] ?? delaysMs[0];
  context.timeline.after(delayMs, () =>
    start(world, { id, price: prices[variant % prices.length] ?? prices[0] }),
  );
}

function start(world: World, { id, price }: { readonly id: string; readonly price: string }): void {
  const { stripe, context } = world;
  const schedule = stripe.schedules.get(id);
  if (schedule?.status !== 'not_started') return;
  const subscriptionId = `sub_${stripe.subscriptions.size + 1}`;
  world.trace(`${schedule.id} starts ${subscriptionId}`);
  context.tally.add('schedule starts');
  const subscription = newMonthly({
    id: subscriptionId,
    customerId: schedule.customerId,
    status: 'active',
    createdAt: Math.floor(context.timeline.nowMs / 1000),
    trialEnd: null,
    priceId: price,
  });
  stripe.schedules.set(id, { ...schedule, status: 'started', subscriptionId });
  putSubscription(stripe, subscription, 'customer.subscription.created');
}

export function cancelSchedule(world: World, user: User, { variant }: Action): void {
  const live = new Set(liveCustomersOf(world, user).map(({ id }) => id));
  const coming = [...world.stripe.schedules.values()].filter(
    ({ customerId, status }) => live.has(customerId) && status === 'not_started',
  );
  const chosen = coming[variant % Math.max(1, coming.length)];
  if (chosen === undefined) return;
  world.trace(`${user.sub}: ${chosen.id} is canceled`);
  world.context.tally.add('action cancel_schedule');
  world.stripe.schedules.set(chosen.id, { ...chosen, status: 'canceled' });
}
