/** Explains why a user has or lacks access at a moment, from the row's history, the policy and the time. Pure. */
import { type Access, access } from './access.ts';
import { claimsOf } from './claims.ts';
import { accessAt } from './history.ts';
import { withPlanKeys } from './plan-keys.ts';
import type { AccessPolicy } from './policy.ts';
import type { AccessState, Change, EntitlementRow } from './row.ts';
import { accessStateOf } from './state-fields.ts';

export type Explanation =
  | { readonly kind: 'no_row' }
  /** The moment is older than the row's history; `before` is the state that the first change replaced. */
  | {
      readonly kind: 'before_history';
      readonly since: number | null;
      readonly before: Change['before'] | undefined;
    }
  | {
      readonly kind: 'explained';
      readonly access: Access;
      readonly state: AccessState;
      /** The claims that did not decide. */
      readonly others: readonly AccessState[];
      /** The change that led to the state; `undefined` for a row without changes. */
      readonly change: Change | undefined;
    };

export interface ExplainQuery {
  /** Null: now, for which the row itself is current. */
  readonly moment: number | null;
  readonly nowSeconds: number;
  /** When the row was last written. A row without a history cannot explain the time before. */
  readonly writtenAt: number | null;
}

export function explain(
  row: EntitlementRow | undefined,
  { moment, nowSeconds, writtenAt }: ExplainQuery,
  policy: AccessPolicy,
): Explanation {
  if (row === undefined) return { kind: 'no_row' };
  if (row.history.length === 0 && moment !== null && writtenAt !== null && moment < writtenAt) {
    return { kind: 'before_history', since: writtenAt, before: undefined };
  }
  const seconds = moment ?? nowSeconds;
  const current = { states: claimsOf(row), change: row.history.at(-1) };
  const found = seconds < nowSeconds ? accessAt(row, seconds) : current;
  if (found === 'unknown') {
    const [first] = row.history;
    return { kind: 'before_history', since: first?.at ?? null, before: first?.before };
  }
  const { change } = found;
  const { granted, reason, by } = access(found.states, seconds, withPlanKeys(policy, row.planKeys));
  return {
    kind: 'explained',
    access: { granted, reason },
    state: accessStateOf(by ?? row),
    others: found.states.filter((state) => state !== by).map(accessStateOf),
    change,
  };
}
