/** The invariants of refunds on deletion: what was promised, once, whatever stopped in between, and nothing else. */
import type { RefundPolicy } from '../core/refund/policy.ts';
import { SEARCH_LAG_MS } from './stripe-state.ts';
import { reportViolation, START_MS, type User, type World } from './world.ts';
import { isEnded } from './worlds/ended.ts';
import type { EndedByDeletion, EndedPayment } from './worlds/leaving-world.ts';
import { type Ended, ownerOf, reversalOf, stampOf } from './worlds/stripe.ts';

const DAY_SECONDS = 86_400;

/** What the setting says at this moment. */
export function refundPolicyNow(world: World): RefundPolicy {
  return policyAt(world, world.context.timeline.nowMs);
}

function policyAt({ history }: World, atMs: number): RefundPolicy {
  const { refundPolicies, refundPolicyChangesDays } = history;
  return refundPolicies[atMs < START_MS + refundPolicyChangesDays * DAY_SECONDS * 1000 ? 0 : 1];
}

interface Leaving {
  readonly id: string;
  readonly ended: EndedByDeletion;
  readonly refunded: number;
}

function leavingOf({ stripe }: World, { sub }: User): readonly Leaving[] {
  const { ended, refunds } = stripe.leaving;
  return [...ended].flatMap(([id, one]) => {
    if (one.ownerSub !== sub) return [];
    const own = refunds.filter(({ subscriptionId }) => subscriptionId === id);
    return [{ id, ended: one, refunded: own.reduce((sum, { amount }) => sum + amount, 0) }];
  });
}

/** At any time: never more than was promised, and nothing to a user who was promised nothing. */
export function checkNeverMore(world: World): void {
  for (const user of world.users) {
    for (const { id, ended, refunded } of leavingOf(world, user)) {
      const most = expectedOf(world, user, ended);
      if (refunded > most)
        reportViolation(world, user, `21. ${refunded} of ${id} is refunded instead of ${most}`);
    }
  }
}

/** Once the deletion has settled: exactly what was promised. */
export function checkRefundedOnLeaving(world: World, user: User): void {
  for (const { id, ended, refunded } of leavingOf(world, user)) {
    // A payment for a user who is being deleted was refunded in full as an orphaned checkout.
    const { refunded: isRefunded = false, isRefundedByPolicy = false } = world.stripe.payments.get(id) ?? {};
    if (isRefunded && !isRefundedByPolicy) continue;
    const expected = expectedOf(world, user, ended);
    if (refunded === 0 && isMissedLater(world, user, ended)) continue;
    if (refunded !== expected)
      reportViolation(world, user, `21. ${refunded} of ${id} is refunded instead of ${expected}`);
  }
}

/**
 * Whether only the search shows the customer, and may show it to one attempt and not to the next: other code created it within
 * a minute before the request.
 */
function isMissedLater({ stripe }: World, user: User, { customerId }: EndedByDeletion): boolean {
  const customer = stripe.customers.get(customerId);
  const isLate = (customer?.namedMs ?? 0) >= (user.deletionRequestedMs ?? 0) - SEARCH_LAG_MS;
  return customer?.createdBy === 'app' && isLate;
}

/** The longest time from the start of a request to its record. */
const RECORDING_MS = 60_000;

/** The first request on record decides, by the policy of that moment. */
function expectedOf(
  world: World,
  { sub }: User,
  { requestedAt, payment, namedSub }: EndedByDeletion,
): number {
  const recorded = world.dynamodb.promised.get(sub)?.find((one) => one.requestedAt === requestedAt);
  if (recorded === undefined || payment === null || payment.returned) return 0;
  if (namedSub !== null && namedSub !== sub) return 0;
  const policies = [policyAt(world, recorded.atMs), policyAt(world, recorded.atMs - RECORDING_MS)];
  const policy = policies.find((one) => JSON.stringify(one) === JSON.stringify(recorded.policy));
  return policy === undefined ? 0 : amountOf(policy, payment, requestedAt);
}

function amountOf(policy: RefundPolicy, payment: EndedPayment, requestedAt: number): number {
  const { amount, start, end, paidAt } = payment;
  const unused = Math.max(0, Math.min(1, (end - requestedAt) / (end - start)));
  if (policy.kind === 'none' || unused === 0) return 0;
  if (policy.kind === 'full_within_days') {
    if (requestedAt - paidAt <= policy.days * DAY_SECONDS) return amount;
    if (policy.older === 'none') return 0;
  }
  return Math.round(amount * unused);
}

/**
 * Checks at the deletion of a customer that its subscriptions were ended with their refund before: Stripe lists those of a
 * deleted customer no more. One that began after the request is an orphaned checkout.
 */
export function checkEndedWithRefund(worlds: readonly World[], { customerId, subscriptionId }: Ended): void {
  const [first] = worlds;
  const customer = first?.stripe.customers.get(customerId);
  const sub = customer === undefined ? null : ownerOf(customer);
  if (first === undefined || sub === null || subscriptionId !== null) return;
  for (const world of worlds) {
    const { deletion = null } = world.dynamodb.profiles.get(sub) ?? {};
    const terms = deletion?.refund ?? null;
    if (deletion?.requested !== true || terms === null || terms.policy.kind === 'none') continue;
    for (const one of first.stripe.subscriptions.values()) {
      const stamp = stampOf(first.stripe, one);
      const isOther = stamp.sub !== null && stamp.sub !== sub;
      if (one.customerId !== customerId || isEnded(one) || one.status !== 'active' || isOther) continue;
      // Stripe dates it in whole seconds: one of the second of the mark may have begun after it.
      const beganBefore = (one.createdAt + 1) * 1000 <= (world.dynamodb.marked.get(sub) ?? 0);
      const isPaid = reversalOf(first.stripe, one) === null && beganBefore;
      if (isPaid) reportViolation(world, { sub }, `21. ${one.id} is ended without its refund`);
    }
  }
}
