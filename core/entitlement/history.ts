/** The last changes of an entitlement, which its row keeps. They explain access at any moment since the oldest of them. */
import { claimsOf } from './claims.ts';
import type { AccessState, Change, EntitlementRow, EntitlementState } from './row.ts';
import { accessStateOf, stateDiffers } from './state-fields.ts';

/** A renewal is a change too: this covers a year and a quarter of monthly ones, and keeps a row with one subscription within one read unit. */
export const CHANGES_KEPT = 15;

/** Returns the history to write with the next state. It is unchanged if nothing changed that decides on access. */
export function historyWith(
  row: EntitlementRow | undefined,
  next: EntitlementState,
  cause: { readonly at: number | null; readonly by: string },
): readonly Change[] {
  const others = next.claims.slice(1).map(accessStateOf);
  const overwrites = row !== undefined && stateDiffers(row, next, 'access');
  // What another writer put into the row is not recorded yet.
  const recorded = row?.history.at(-1)?.after ?? row;
  if (row !== undefined && recorded !== undefined && !overwrites) {
    if (isSame(accessStateOf(recorded), accessStateOf(next)) && sameStates(otherStates(row), others))
      return row.history;
  }
  const before = (overwrites ? row : recorded) ?? { status: 'none', plan: null };
  const change: Change = {
    ...cause,
    before: { status: before.status, plan: before.plan },
    after: accessStateOf(next),
    ...(others.length === 0 ? {} : { others }),
  };
  return [...(row?.history ?? []), change].slice(-CHANGES_KEPT);
}

/** The states in addition to the deciding one, as the row has recorded them. */
function otherStates(row: EntitlementRow): readonly AccessState[] {
  const last = row.history.at(-1);
  return last === undefined ? claimsOf(row).slice(1) : (last.others ?? []);
}

function sameStates(a: readonly AccessState[], b: readonly AccessState[]): boolean {
  return a.length === b.length && a.every((state, index) => isSame(state, b[index]));
}

function isSame(a: AccessState, b: AccessState | undefined): boolean {
  return b !== undefined && !stateDiffers(a, b, 'access');
}

export interface PastAccess {
  /** What decided, in order. */
  readonly states: readonly AccessState[];
  /** The change that led to the states; undefined if the history holds none. */
  readonly change: Change | undefined;
}

/** Returns the states at a moment, or `unknown` if the history does not reach back that far. */
export function accessAt(row: EntitlementRow, atSeconds: number): PastAccess | 'unknown' {
  const { history } = row;
  const index = history.findLastIndex((change) => change.at !== null && change.at <= atSeconds);
  const later = history.slice(index + 1);
  // After the last change, only the row itself is current: other writers may have changed it without a history entry.
  // A row without any change has had its state since it was created.
  if (later.length === 0) return { states: claimsOf(row), change: history.at(-1) };
  const change = history[index];
  return change === undefined ? 'unknown' : { states: [change.after, ...(change.others ?? [])], change };
}
