/** Why a user has access at a moment, or lacks it: the row's history, the policy, and the time, in words. Pure. */
import { type Access, access } from './access.ts';
import { accessStateAt } from './history.ts';
import type { AccessPolicy } from './policy.ts';
import type { AccessState, Change, EntitlementRow } from './row.ts';
import { accessStateOf } from './state-fields.ts';

export type Explanation =
  | { readonly kind: 'no_row' }
  /** Before what the row remembers, but for what the first change found. */
  | {
      readonly kind: 'forgotten';
      readonly since: number | null;
      readonly before: Change['before'] | undefined;
    }
  | {
      readonly kind: 'explained';
      readonly access: Access;
      readonly state: AccessState;
      /** The change that made it so; `undefined` for a row that nothing has changed. */
      readonly change: Change | undefined;
    };

export interface Asked {
  /** Null: now, which the row itself tells. */
  readonly moment: number | null;
  readonly nowSeconds: number;
  /** When the row was last written to: one without a history tells nothing of the time before. */
  readonly writtenAt: number | null;
}

export function explain(
  row: EntitlementRow | undefined,
  { moment, nowSeconds, writtenAt }: Asked,
  policy: AccessPolicy,
): Explanation {
  if (row === undefined) return { kind: 'no_row' };
  if (row.history.length === 0 && moment !== null && writtenAt !== null && moment < writtenAt) {
    return { kind: 'forgotten', since: writtenAt, before: undefined };
  }
  const seconds = moment ?? nowSeconds;
  const present = { state: accessStateOf(row), change: row.history.at(-1) };
  const remembered = seconds < nowSeconds ? accessStateAt(row, seconds) : present;
  if (remembered === 'unknown') {
    const [first] = row.history;
    return { kind: 'forgotten', since: first?.at ?? null, before: first?.before };
  }
  const { state, change } = remembered;
  return { kind: 'explained', access: access(state, seconds, policy), state, change };
}
