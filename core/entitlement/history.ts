/** What happened to an entitlement, as far back as its row remembers: enough to explain any moment since. */
import type { AccessState, Change, EntitlementRow, EntitlementState, SubscriptionState } from './row.ts';

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
    after: accessStateOf(next),
  };
  return [...(row?.history ?? []), change].slice(-CHANGES_KEPT);
}

export function accessStateOf(state: AccessState): AccessState {
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

export interface PastAccessState {
  readonly state: AccessState;
  /** The change that made it so; undefined where none is remembered. */
  readonly change: Change | undefined;
}

/** How the row stood at a moment; `unknown` where that lies before what is remembered. */
export function accessStateAt(row: EntitlementRow, atSeconds: number): PastAccessState | 'unknown' {
  const { history } = row;
  const index = history.findLastIndex((change) => change.at !== null && change.at <= atSeconds);
  const later = history.slice(index + 1);
  // A row that no sync has changed has stood as it does since it was made, and after its last change nothing but the
  // row tells: others may write to it too.
  if (later.length === 0) return { state: accessStateOf(row), change: history.at(-1) };
  const change = history[index];
  return change === undefined ? 'unknown' : { state: change.after, change };
}
