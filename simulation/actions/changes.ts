/** What users ask of their subscription: another plan now or later, an end, and that it goes on; twice, or two things at once. */
import type { ChangeOrder } from '../../core/change/change.ts';
import { checkAnswer, checkOrder, placeOrder } from '../change-invariants.ts';
import type { Functions } from '../functions.ts';
import type { Action } from '../history.ts';
import { subscriptionsOf } from '../stripe-state.ts';
import type { User, World } from '../world.ts';
import { isEnded } from '../worlds/ended.ts';
import { prices } from './new-subscription.ts';
import { subscribe } from './subscriptions.ts';

/** After this time no call of a request arrives any more, unless its process is thawed. Then it sends nothing. */
const SETTLED_MS = 10 * 60_000;
/** A subscription takes a few seconds to appear, and its events to be applied. */
const SUBSCRIBED_MS = 8_000;

export function changeOwnSubscription(
  world: World,
  functions: Functions,
  { user, action }: { readonly user: User; readonly action: Action },
): void {
  const { variant } = action;
  const { timeline } = world.context;
  const hasOne = subscriptionsOf(world, user).some((one) => !isEnded(one));
  if (!hasOne && world.cognito.users.has(user.username))
    subscribe(world, user, { ...action, kind: 'subscribe', variant: 2 });
  const order = (delayMs: number, wanted: number) =>
    timeline.after(delayMs, () => place(world, functions, { user, order: orderOf(wanted) }));
  const firstMs = hasOne ? 0 : SUBSCRIBED_MS;
  order(firstMs, variant);
  // A double click, or another request in the same moment, and a later one.
  if (variant % 2 === 0) order(firstMs + world.random.below(800), variant % 3 === 0 ? variant : variant + 5);
  order(firstMs + world.random.below(40_000), variant + 1 + world.random.below(5));
}

function orderOf(variant: number): ChangeOrder {
  if (variant % 6 === 4) return { kind: 'cancel', feedback: null, comment: null };
  if (variant % 6 === 5) return { kind: 'resume' };
  const price = prices[variant % prices.length] ?? prices[0];
  return { kind: 'change', request: { price }, when: variant % 2 === 0 ? 'now' : 'period_end' };
}

function place(
  world: World,
  functions: Functions,
  { user, order }: { readonly user: User; readonly order: ChangeOrder },
): void {
  // A token outlives its user.
  if (!world.cognito.users.has(user.username) && user.deletionRequestedMs === null) return;
  const placed = placeOrder(world, user, order);
  world.context.tally.add('action change_subscription');
  world.trace(`${user.sub}: asks for ${JSON.stringify(order)}`);
  const onStart = (by: number) => {
    placed.by = by;
  };
  void functions.changeSubscription(user, order, onStart).then((result) => {
    const isReturned = result.kind === 'returned';
    const kind = isReturned ? result.value.kind : result.kind;
    world.trace(`${user.sub}: change ends: ${kind}`);
    world.context.tally.add(`change ${kind}`);
    user.syncInterrupted ||= !isReturned;
    if (!isReturned) user.signUpInterruptedMs = world.context.timeline.nowMs;
    if (isReturned && result.value.kind === 'carried_out')
      world.context.tally.add(`change ${result.value.outcome.kind}`);
    if (isReturned) checkAnswer(world, user, { ...placed, value: result.value });
  });
  world.context.timeline.after(SETTLED_MS, () => checkOrder(world, user, placed));
}
