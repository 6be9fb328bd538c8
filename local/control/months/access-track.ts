/** What the app has let the user do over time, from the history that the row keeps. Pure. */
import { access, paidUntil, trialEnd } from '../../../core/entitlement/access.ts';
import { claimsOf } from '../../../core/entitlement/claims.ts';
import { explain } from '../../../core/entitlement/explain.ts';
import { withPlanKeys } from '../../../core/entitlement/plan-keys.ts';
import { type AccessPolicy, ruleFor } from '../../../core/entitlement/policy.ts';
import type { AccessState, EntitlementRow } from '../../../core/entitlement/row.ts';
import type { MonthsTrack } from '../contract.ts';
import { bandsOf, type StatusChange } from './bands.ts';

export interface AccessFacts {
  readonly row: EntitlementRow;
  readonly policy: AccessPolicy;
  readonly nowSeconds: number;
}

export function accessTrack(facts: AccessFacts): MonthsTrack {
  const changes = turningPoints(facts).map((atSeconds) => accessAt(facts, atSeconds));
  return {
    id: 'access',
    title: 'What the app sees',
    bands: bandsOf(changes, endOfNow(facts)),
    periods: [],
    invoices: [],
    webhooks: [],
  };
}

/** Access changes when the row does, and when something that the row says comes to its end. */
function turningPoints({ row, policy, nowSeconds }: AccessFacts): readonly number[] {
  const states = [...claimsOf(row), ...row.history.flatMap(({ after, others = [] }) => [after, ...others])];
  const ends = states.flatMap((state) => endsOf(state, withPlanKeys(policy, row.planKeys)));
  const changes = row.history.flatMap(({ at }) => (at === null ? [] : [at]));
  const first = Math.min(...changes, writtenAt(row) ?? nowSeconds, nowSeconds);
  const points = [...changes, ...ends, first].filter((point) => point >= first && point <= nowSeconds);
  return [...new Set(points)].sort((a, b) => a - b);
}

/** Every moment at which a rule of access can turn for the state. */
function endsOf(state: AccessState, policy: AccessPolicy): readonly number[] {
  const ends = [paidUntil(state), trialEnd(state), state.cancelAt].filter((end) => end !== null);
  const late = state.pastDueSince ?? state.currentPeriodEnd;
  const rules = [ruleFor(policy, 'past_due', state.plan), ruleFor(policy, 'unpaid', state.plan)];
  const graces = rules.map((rule) => (typeof rule === 'object' ? rule.graceSeconds : 0));
  return [
    ...ends,
    ...ends.map((end) => end + policy.renewalGraceSeconds),
    ...(late === null ? [] : [late, ...graces.map((grace) => late + grace)]),
  ].map(Math.ceil);
}

function accessAt({ row, policy, nowSeconds }: AccessFacts, atSeconds: number): StatusChange {
  const moment = atSeconds === nowSeconds ? null : atSeconds;
  const explanation = explain(row, { moment, nowSeconds, writtenAt: writtenAt(row) }, policy);
  if (explanation.kind !== 'explained') return { atSeconds, status: 'unknown' };
  const { granted, reason } = explanation.access;
  return { atSeconds, status: granted ? 'access' : 'no_access', note: reason };
}

/** Until when the row, as it is, gives access. Without access, nothing says how long that lasts. */
function endOfNow({ row, policy, nowSeconds }: AccessFacts): number | null {
  const { granted, by } = access(claimsOf(row), nowSeconds, withPlanKeys(policy, row.planKeys));
  if (!granted || by === undefined) return nowSeconds;
  return by.status === 'trialing' ? trialEnd(by) : paidUntil(by);
}

function writtenAt(row: EntitlementRow): number | null {
  const ms = Date.parse(row.updatedAt ?? '');
  return Number.isNaN(ms) ? null : Math.floor(ms / 1_000);
}
