/** What happened to an entitlement, as far back as its row remembers: enough to explain any moment since. */
import type { Change, EntitlementRow, EntitlementState, Standing, SubscriptionState } from './row.ts';

/** Renewals count too: a monthly subscriber's last year and a half. Keeps the row within one read unit. */
export const CHANGES_KEPT = 18;

const compared: readonly (keyof SubscriptionState | 'reversal')[] = [
  'status',
  'plan',
  'currentPeriodEnd',
  'trialExpiresAt',
  'cancelAt',
  'pastDueSince',
  'subscriptionId',
  'stripeStatus',
  'collectionPaused',
  'reversal',
];

/** The history to write with the state that follows. */
export function historyWith(
  row: EntitlementRow | undefined,
  next: EntitlementState,
  cause: { readonly at: number | null; readonly by: string },
): readonly Change[] {
  const before = row ?? { status: 'none', plan: null };
  if (row !== undefined && compared.every((name) => row[name] === next[name])) return row.history;
  const change: Change = {
    ...cause,
    before: { status: before.status, plan: before.plan },
    after: standingOf(next),
  };
  return [...(row?.history ?? []), change].slice(-CHANGES_KEPT);
}

export function standingOf(state: Standing): Standing {
  const { status, plan, currentPeriodEnd, trialExpiresAt, cancelAt } = state;
  const { pastDueSince, subscriptionId, stripeStatus, collectionPaused, reversal } = state;
  return {
    status,
    plan,
    currentPeriodEnd,
    trialExpiresAt,
    cancelAt,
    pastDueSince,
    subscriptionId,
    stripeStatus,
    collectionPaused,
    reversal,
  };
}

/** How the row stood at a moment; `unknown` where that lies before what is remembered. */
export function standingAt(row: EntitlementRow, atSeconds: number): Standing | 'unknown' {
  const [first] = row.history;
  // A row that no sync has changed has stood as it does since it was made.
  if (first === undefined) return standingOf(row);
  const last = row.history.findLast((change) => change.at !== null && change.at <= atSeconds);
  return last?.after ?? 'unknown';
}
