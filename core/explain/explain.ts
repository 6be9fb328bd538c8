/** Why a user has access at a moment, or lacks it: the row's history, the policy, and the time, in words. Pure. */
import { type Access, access } from '../entitlement/access.ts';
import { standingAt } from '../entitlement/history.ts';
import type { AccessPolicy } from '../entitlement/policy.ts';
import type { Change, EntitlementRow, Standing } from '../entitlement/row.ts';

export type Explanation =
  | { readonly kind: 'no_row' }
  /** Before what the row remembers. */
  | { readonly kind: 'forgotten'; readonly since: number | null }
  | {
      readonly kind: 'explained';
      readonly access: Access;
      readonly standing: Standing;
      /** The change that made it so; `undefined` for a row that nothing has changed. */
      readonly change: Change | undefined;
    };

export function explain(
  row: EntitlementRow | undefined,
  atSeconds: number,
  policy: AccessPolicy,
): Explanation {
  if (row === undefined) return { kind: 'no_row' };
  const standing = standingAt(row, atSeconds);
  if (standing === 'unknown') return { kind: 'forgotten', since: row.history[0]?.at ?? null };
  const change = row.history.findLast(({ at }) => at !== null && at <= atSeconds);
  return { kind: 'explained', access: access(standing, atSeconds, policy), standing, change };
}
