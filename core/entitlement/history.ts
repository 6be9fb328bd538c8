/** The last changes of an entitlement, which its row keeps. They explain access at any moment since the oldest of them. */
import type { AccessState, Change, EntitlementRow, EntitlementState } from './row.ts';
import { accessStateOf, stateDiffers } from './state-fields.ts';

/** A renewal is a change too: this covers a year and a half of monthly ones, and keeps the row within one read unit. */
export const CHANGES_KEPT = 18;

/** Returns the history to write with the next state. It is unchanged if nothing changed that decides on access. */
export function historyWith(
  row: EntitlementRow | undefined,
  next: EntitlementState,
  cause: { readonly at: number | null; readonly by: string },
): readonly Change[] {
  const before = row ?? { status: 'none', plan: null };
  if (row !== undefined && !stateDiffers(row, next, 'access')) return row.history;
  const change: Change = {
    ...cause,
    before: { status: before.status, plan: before.plan },
    after: accessStateOf(next),
  };
  return [...(row?.history ?? []), change].slice(-CHANGES_KEPT);
}

export interface PastAccessState {
  readonly state: AccessState;
  /** The change that led to the state; undefined if the history holds none. */
  readonly change: Change | undefined;
}

/** Returns the state at a moment, or `unknown` if the history does not reach back that far. */
export function accessStateAt(row: EntitlementRow, atSeconds: number): PastAccessState | 'unknown' {
  const { history } = row;
  const index = history.findLastIndex((change) => change.at !== null && change.at <= atSeconds);
  const later = history.slice(index + 1);
  // After the last change, only the row itself is current: other writers may have changed it without a history entry.
  // A row without any change has had its state since it was created.
  if (later.length === 0) return { state: accessStateOf(row), change: history.at(-1) };
  const change = history[index];
  return change === undefined ? 'unknown' : { state: change.after, change };
}
