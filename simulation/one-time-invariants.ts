/** The invariants of what is bought once: no one pays twice unknowingly, and no payment for a deleted account is kept. */
import type { EntitlementRow } from '../core/entitlement/row.ts';
import { isRunning } from './oracle/state.ts';
import { SEARCH_LAG_MS } from './stripe-state.ts';
import { reportViolation, type User, type World } from './world.ts';
import type { Sale } from './worlds/stripe.ts';
import { ownerOf, type Session } from './worlds/stripe.ts';

const DAY_MS = 86_400_000;

/** Checks a payment at the moment at which the user makes it, next to what was bought once before. */
export function checkNextToSales(world: World, user: User, session: Session): void {
  const { once, again } = session.order;
  for (const sale of world.stripe.sales.values()) {
    if (!counts(world, user, { sale, session })) continue;
    const isSame = sale.terms.price === once?.price;
    const isPointless = isSame && (sale.paidMs === null || once.access?.kind === 'lifetime');
    if (again === true && !isPointless) continue;
    reportViolation(
      world,
      user,
      `8. pays ${session.id} in addition to ${sale.sessionId}, which was bought once`,
    );
  }
}

/** Whether the page could have known of the sale, which is in effect or being paid. */
function counts(
  { stripe, context }: World,
  { sub, recordsLostMs }: User,
  { sale, session }: { readonly sale: Sale; readonly session: Session },
): boolean {
  const customer = stripe.customers.get(sale.customerId);
  if (customer === undefined || customer.deletedMs !== null || ownerOf(customer) !== sub) return false;
  const { isFailed, reversal, terms, paidMs } = sale;
  if (isFailed || reversal === 'refunded' || reversal === 'dispute_lost') return false;
  const { access } = terms;
  // The machines' clocks may differ by twenty minutes.
  const endMs =
    access?.kind === 'days' && paidMs !== null ? paidMs + access.days * DAY_MS - 20 * 60_000 : Infinity;
  if (context.timeline.nowMs >= endMs) return false;
  // A page of another customer may have been opened before the search could show this one.
  const namedMs = Math.max(customer.namedMs, stripe.customers.get(session.order.customerId)?.namedMs ?? 0);
  const isOther = session.order.customerId !== sale.customerId;
  return !isOther || (recordsLostMs === null && session.createdMs > namedMs + SEARCH_LAG_MS);
}

/** A subscription that will bill is asked about, too. */
export function checkNextToSubscriptions(world: World, user: User, session: Session): void {
  const { once, again, customerId } = session.order;
  if (once === undefined || again === true) return;
  for (const [id, { sub }] of world.stripe.payments) {
    const subscription = world.stripe.subscriptions.get(id);
    if (sub !== user.sub || subscription === undefined || !isRunning(subscription)) continue;
    if (subscription.customerId !== customerId || world.stripe.endsReturned.has(id)) continue;
    if (subscription.cancelAtPeriodEnd || subscription.cancelAt !== null) continue;
    reportViolation(world, user, `8. pays ${session.id} once in addition to ${id}, which will bill`);
  }
}

/** A user who returns from Checkout sees what was paid there once, before any event. */
export function checkOwnSales(world: World, user: User, row: EntitlementRow): void {
  const shown = row.claims.map(({ origin }) => origin?.id);
  for (const { sessionId, customerId, sub, paidMs, reversal, terms } of world.stripe.sales.values()) {
    const customer = world.stripe.customers.get(customerId);
    const isOwn = customer?.deletedMs === null && customer.sub === user.sub && sub === user.sub;
    if (!isOwn || !row.customerIds.includes(customerId) || paidMs === null || reversal !== null) continue;
    // A pass may be part of a later one.
    if (terms.access?.kind === 'lifetime' && !shown.includes(sessionId))
      reportViolation(world, user, `11. the answer to the own sync lacks ${sessionId}`);
  }
}

/** Stripe lists an event for this long. */
const REFUNDABLE_MS = 30 * DAY_MS;
/** A purchase of an hour was used. The machines' clocks may differ by twenty minutes. */
const USED_MS = 80 * 60_000;

/** Checks that no sale was refunded by this service that its user had used before requesting the deletion. */
export function checkKeptSales(world: World, user: User, markedMs: number): void {
  for (const { sub, sessionId, paidMs, isRefundedByService } of world.stripe.sales.values()) {
    const wasUsed = sub === user.sub && paidMs !== null && paidMs < markedMs - USED_MS;
    if (wasUsed && isRefundedByService)
      reportViolation(world, user, `10. the payment of ${sessionId} is refunded after use`);
  }
}

/** Checks that each sale paid after the account was marked for deletion was refunded. */
export function checkRefundedSales(world: World, user: User, markedMs: number): void {
  for (const { sub, sessionId, customerId, paidMs, reversal } of world.stripe.sales.values()) {
    const customer = world.stripe.customers.get(customerId);
    const isOwn = customer !== undefined && ownerOf(customer) === user.sub;
    if (sub !== user.sub || !isOwn || paidMs === null || paidMs < markedMs) continue;
    // A person decides about a payment that was found so late, and Stripe refunds none that is disputed.
    if (paidMs < world.context.timeline.nowMs - REFUNDABLE_MS || reversal !== null) continue;
    reportViolation(world, user, `10. the payment of ${sessionId} for a deleted account is kept`);
  }
}
