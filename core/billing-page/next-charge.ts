/** Decides what a subscription bills next, and when. Pure. */
import type { UpcomingChange } from '../../contract/billing.ts';
import type { BilledSubscription, PhaseItems, Phases } from './ports.ts';

export interface ComingCharge {
  readonly subscription: BilledSubscription;
  readonly at: number;
  readonly endsTrial: boolean;
  /** What a schedule changes the subscription to by then. Null: nothing changes. */
  readonly items: PhaseItems | null;
}

/** Stripe drafts invoices of an unpaid subscription, and collects none of them. */
const chargingStatuses: ReadonlySet<string> = new Set(['active', 'trialing', 'past_due']);

/** Returns the charge at the end of the period. Null: there will be none, because it ends or nothing is collected. */
export function comingCharge(
  subscription: BilledSubscription,
  phases: Phases | undefined,
): ComingCharge | null {
  const { status, periodEnd, trialEnd, collectionPaused } = subscription;
  if (!chargingStatuses.has(status) || collectionPaused) return null;
  const endsTrial = status === 'trialing';
  const at = endsTrial ? (trialEnd ?? periodEnd) : periodEnd;
  const endsAt = endOf(subscription, phases);
  if (at === null || (endsAt !== null && endsAt <= at)) return null;
  const next = phases?.next ?? null;
  return { subscription, at, endsTrial, items: next !== null && next.at <= at ? next.items : null };
}

/** Returns the charges, the soonest first. */
export function comingCharges(
  subscriptions: readonly BilledSubscription[],
  phases: ReadonlyMap<string, Phases>,
): readonly ComingCharge[] {
  return subscriptions
    .map((one) => comingCharge(one, phases.get(one.id)))
    .filter((charge) => charge !== null)
    .sort((a, b) => a.at - b.at);
}

/** Returns what changes by itself, the soonest first. What ends with the current phase does not change before. */
export function scheduledChanges(
  subscriptions: readonly BilledSubscription[],
  phases: ReadonlyMap<string, Phases>,
): readonly UpcomingChange[] {
  return subscriptions
    .flatMap((one): readonly UpcomingChange[] => {
      const { id: subscription } = one;
      const endsAt = endOf(one, phases.get(subscription));
      const next = phases.get(subscription)?.next ?? null;
      return [
        ...(next === null || (endsAt !== null && endsAt <= next.at)
          ? []
          : [{ kind: 'change', at: next.at, subscription, items: next.items } as const]),
        ...(endsAt === null ? [] : [{ kind: 'cancel', at: endsAt, subscription, items: [] } as const]),
      ];
    })
    .sort((a, b) => a.at - b.at);
}

function endOf({ endsAt }: BilledSubscription, phases: Phases | undefined): number | null {
  const ends = [endsAt, phases?.cancelsAt ?? null].filter((at) => at !== null);
  return ends.length === 0 ? null : Math.min(...ends);
}
