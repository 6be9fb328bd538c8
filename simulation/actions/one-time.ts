/** What is bought once: lifetimes and passes, paid at once or days later, bought again, refunded and disputed. */
import type { Wanted } from '../../core/purchase/purchase.ts';
import type { Functions } from '../functions.ts';
import type { Action } from '../history.ts';
import type { User, World } from '../world.ts';
import { putSale } from '../worlds/sales.ts';
import type { Sale } from '../worlds/stripe.ts';
import { ownerOf, type Session } from '../worlds/stripe.ts';
import { lifetime, passes } from './one-time-prices.ts';

/** What the user clicks: a lifetime or a pass, at times on purpose although there is access already. */
export function wantedOnce({ variant }: Action): Wanted {
  const once = variant % 2 === 0 ? lifetime : (passes[variant % passes.length] ?? lifetime);
  return {
    once: variant % 5 === 0 ? (passes[1] ?? lifetime) : once,
    ...(variant % 3 === 0 ? { again: true } : {}),
  };
}

/** A bank debit takes days, and can fail. */
const MAX_PAYMENT_DELAY_MS = 5 * 86_400_000;

/** Only of a lifetime, whose end does not depend on when the money arrives. */
export function paySale(world: World, { sub }: User, { id, order }: Session): void {
  const { once: terms, customerId } = order;
  if (terms === undefined) return;
  const { timeline, tally } = world.context;
  const isDelayed = terms.access?.kind === 'lifetime' && world.random.chance(0.2);
  tally.add(`action pay once${isDelayed ? ' later' : ''}`);
  world.trace(`${sub}: pays ${id} once for ${terms.price}${isDelayed ? ', later' : ''}`);
  const sale: Sale = {
    sessionId: id,
    customerId,
    sub: order.sub,
    poolId: world.installation.poolId,
    terms,
    chargedMs: timeline.nowMs,
    paidMs: isDelayed ? null : timeline.nowMs,
    isFailed: false,
    reversal: null,
    isRefundedByService: false,
  };
  putSale(world.stripe, sale, 'checkout.session.completed');
  if (isDelayed) timeline.after(world.random.below(MAX_PAYMENT_DELAY_MS), () => endPayment(world, sale));
}

function endPayment(world: World, sale: Sale): void {
  const succeeds = world.random.chance(0.7);
  world.context.tally.add(`action pay once ${succeeds ? 'succeeds' : 'fails'}`);
  const session = world.stripe.sessions.get(sale.sessionId);
  if (session !== undefined)
    world.stripe.sessions.set(session.id, { ...session, status: 'complete', paymentPending: false });
  const paidMs = succeeds ? world.context.timeline.nowMs : null;
  const type = succeeds ? 'async_payment_succeeded' : 'async_payment_failed';
  putSale(world.stripe, { ...sale, paidMs, isFailed: !succeeds }, `checkout.session.${type}`);
}

/** Refunds what was paid once, or moves a dispute of it. */
export function reverseSale(
  world: World,
  _: Functions,
  call: { readonly user: User; readonly action: Action },
): void {
  const { user, action } = call;
  const paid = [...world.stripe.sales.values()].filter(({ customerId, paidMs, reversal }) => {
    const customer = world.stripe.customers.get(customerId);
    const isOwn = customer !== undefined && ownerOf(customer) === user.sub;
    return isOwn && paidMs !== null && reversal !== 'refunded';
  });
  const sale = paid[action.variant % Math.max(1, paid.length)];
  if (sale === undefined) return;
  const disputed = (['dispute_open', 'dispute_lost', null] as const)[action.variant % 3] ?? null;
  const reversal = action.kind === 'refund_once' ? 'refunded' : disputed;
  world.trace(`${user.sub}: payment of ${sale.sessionId}: ${reversal ?? 'dispute won'}`);
  world.context.tally.add(`action ${action.kind}`);
  putSale(
    world.stripe,
    { ...sale, reversal },
    reversal === 'refunded' ? 'charge.refunded' : 'charge.dispute.closed',
  );
}
