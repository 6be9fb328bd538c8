/** The invariants of changes: a user pays for what the user has asked for, and an answer says what is. */
import type { ChangeOrder, ChangeOutcome } from '../core/change/change.ts';
import { claimsOf } from '../core/entitlement/claims.ts';
import { reportViolation, type User, type World } from './world.ts';

export interface PlacedOrder {
  readonly order: ChangeOrder;
  /** Whether the deletion of the account was on record before the request began. */
  readonly wasMarked: boolean;
  /** How much of the log of changes there was. */
  readonly from: number;
  /** The request in that log. Null until it has begun. */
  by: number | null;
}

export function placeOrder({ dynamodb, stripe }: World, { sub }: User, order: ChangeOrder): PlacedOrder {
  const deletion = dynamodb.profiles.get(sub)?.deletion ?? null;
  return { order, wasMarked: deletion !== null, from: stripe.changeLog.length, by: null };
}

/** Checks what the request has changed, whatever has become of it. Its calls may still arrive, so it is checked late. */
export function checkOrder(world: World, user: User, { order, wasMarked, by }: PlacedOrder): void {
  if (by === null) return;
  for (const { subscriptionId, by: actor, billed } of world.stripe.changeLog) {
    if (actor !== by) continue;
    if (wasMarked)
      reportViolation(world, user, `23. has ${subscriptionId} changed after the account was to be deleted`);
    if (billed === null) continue;
    const isAsked = order.kind === 'change' && order.when === 'now' && order.request.price === billed;
    if (!isAsked)
      reportViolation(world, user, `23. pays at once for ${billed}, which the user did not ask for`);
  }
}

/** Checks an answer in the moment in which it is given, unless anyone else has changed the subscription in between. */
export function checkAnswer(
  world: World,
  user: User,
  placed: PlacedOrder & { readonly value: ChangeOutcome },
): void {
  const { value, order, from, by } = placed;
  if (value.kind !== 'carried_out') return;
  const { stripe, dynamodb } = world;
  const { id } = value.subscription;
  const subscription = stripe.subscriptions.get(id);
  const isTouched = stripe.changeLog.slice(from).some((one) => one.subscriptionId === id && one.by !== by);
  if (subscription === undefined || isTouched) return;
  const price = subscription.items[0]?.priceId;
  const wanted = order.kind === 'change' ? order.request.price : undefined;
  const next = stripe.plans.get(id)?.next ?? null;
  const isEnding = subscription.cancelAtPeriodEnd || subscription.cancelAt !== null;
  const isRight = {
    changed: price === wanted && next === null && !stripe.held.has(id),
    scheduled: next?.items[0]?.priceId === wanted && price !== wanted,
    payment_required: stripe.held.get(id)?.items[0]?.priceId === wanted && price !== wanted,
    ending: isEnding && next === null && !stripe.held.has(id),
    resumed: !isEnding && next === null && !stripe.held.has(id),
  }[value.outcome.kind];
  if (!isRight)
    reportViolation(world, user, `24. gets the answer that ${id} is ${value.outcome.kind}, which it is not`);
  const row = dynamodb.entitlements.get(user.sub);
  if (row === undefined || user.deletionRequestedMs !== null || user.recordsLostMs !== null) return;
  const claim = claimsOf(row).find(({ subscriptionId }) => subscriptionId === id);
  if (claim !== undefined && claim.plan !== price)
    reportViolation(
      world,
      user,
      `24. has ${String(claim.plan)} in the row after the answer, and not ${String(price)}`,
    );
}
