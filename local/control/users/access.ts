/** What the app sees of a user, now and at any moment that the row's history reaches. Pure. */
import { paidUntil, trialEnd } from '../../../core/entitlement/access.ts';
import { answerOf } from '../../../core/entitlement/answer.ts';
import { claimsOf } from '../../../core/entitlement/claims.ts';
import { explain } from '../../../core/entitlement/explain.ts';
import type { AccessPolicy } from '../../../core/entitlement/policy.ts';
import type { AccessState, EntitlementRow } from '../../../core/entitlement/row.ts';
import type { AccessSentence, Moment } from '../contract.ts';

export interface AccessQuery {
  readonly row: EntitlementRow | undefined;
  readonly nowSeconds: number;
  readonly policy: AccessPolicy;
}

/**
 * `moment` is in Unix seconds, and null for now. A moment of the current second counts as past: a reader who has chosen it
 * goes on looking at it.
 */
export function sentenceAt({ row, nowSeconds, policy }: AccessQuery, moment: number | null): AccessSentence {
  if (row !== undefined && moment !== null && moment > nowSeconds)
    return sentenceAhead({ row, nowSeconds, policy }, moment);
  const explanation = explain(row, { moment, nowSeconds, writtenAt: writtenAt(row) }, policy);
  const atSeconds = moment ?? nowSeconds;
  const tense = moment === null ? 'now' : 'past';
  switch (explanation.kind) {
    case 'no_row':
      return without(atSeconds, {
        granted: false,
        reason: 'no_entitlement',
        text: 'The app does not let the user in: there is no entitlement row.',
      });
    case 'before_history':
      return without(atSeconds, {
        granted: null,
        reason: 'unknown',
        text: `The row does not say: its history begins ${atText(explanation.since)}.`,
      });
    default: {
      const { access, state, change } = explanation;
      return sentenceOf({
        ...access,
        state,
        atSeconds,
        tense,
        sinceSeconds: change?.at ?? null,
        by: change?.by ?? null,
      });
    }
  }
}

/** What the row as it is will say later, if nothing happens until then. */
function sentenceAhead({ row, policy }: AccessQuery, atSeconds: number): AccessSentence {
  const answer = answerOf(row, atSeconds, policy);
  const [state] = row === undefined ? [] : claimsOf(row);
  return sentenceOf({
    granted: answer.access_granted,
    reason: answer.access_reason,
    state,
    atSeconds,
    tense: 'ahead',
    sinceSeconds: null,
    by: null,
  });
}

interface SentenceFacts {
  readonly granted: boolean;
  readonly reason: string;
  readonly state: AccessState | undefined;
  readonly atSeconds: number;
  readonly tense: 'past' | 'now' | 'ahead';
  readonly sinceSeconds: number | null;
  readonly by: string | null;
}

const verbs = {
  past: { in: 'let the user in', out: 'did not let the user in' },
  now: { in: 'lets the user in', out: 'does not let the user in' },
  ahead: {
    in: 'will let the user in if nothing changes',
    out: 'will not let the user in if nothing changes',
  },
} as const;

/** Why, as the end of a sentence. */
const reasons: Readonly<Record<string, string>> = {
  active_subscription: 'the subscription is active',
  trial: 'the trial is running',
  trial_expired: 'the trial is over',
  past_due: 'the payment is late',
  past_due_grace: 'the payment is late, and the grace period is running',
  canceled: 'the subscription is canceled',
  lapsed: 'the paid time is over',
  no_entitlement: 'nothing was bought',
};

function sentenceOf(facts: SentenceFacts): AccessSentence {
  const { granted, reason, state, atSeconds, tense, sinceSeconds, by } = facts;
  const untilSeconds = granted && state !== undefined ? endOf(state) : null;
  const until = untilSeconds === null ? '' : `, until ${isoMinute(untilSeconds)}`;
  const stripe = state?.stripeStatus ?? null;
  const status = state?.status ?? 'none';
  return {
    atSeconds,
    granted,
    reason,
    status: stripe === null || stripe === status ? status : `${status} (Stripe: ${stripe})`,
    plan: state?.plan ?? null,
    untilSeconds,
    sinceSeconds,
    by,
    text: `The app ${verbs[tense][granted ? 'in' : 'out']}: ${reasons[reason] ?? reason}${until}.`,
  };
}

function without(
  atSeconds: number,
  stated: Pick<AccessSentence, 'granted' | 'reason' | 'text'>,
): AccessSentence {
  return {
    atSeconds,
    ...stated,
    status: 'none',
    plan: null,
    untilSeconds: null,
    sinceSeconds: null,
    by: null,
  };
}

function endOf(state: AccessState): number | null {
  return state.status === 'trialing' ? trialEnd(state) : paidUntil(state);
}

/** The changes of the row, and the ends that lie ahead. */
export function momentsOf(query: AccessQuery): readonly Moment[] {
  const { row, nowSeconds } = query;
  if (row === undefined) return [];
  const grantedAt = (seconds: number) => sentenceAt(query, seconds).granted === true;
  const past = row.history.flatMap(({ at, before, after }) =>
    at === null || at > nowSeconds
      ? []
      : [
          {
            atSeconds: at,
            granted: grantedAt(at),
            label: `${before.status} → ${after.status}`,
            ahead: false,
          },
        ],
  );
  const ahead = [...new Set(claimsOf(row).map(endOf))]
    .filter((end): end is number => end !== null && end > nowSeconds)
    .map((end) => ({
      atSeconds: end,
      granted: grantedAt(end + 1),
      label: aheadLabel(row, end),
      ahead: true,
    }));
  return [...past, ...ahead].sort((a, b) => a.atSeconds - b.atSeconds);
}

function aheadLabel(row: EntitlementRow, end: number): string {
  if (claimsOf(row).some((claim) => claim.status === 'trialing' && trialEnd(claim) === end))
    return 'trial ends';
  return row.cancelAtPeriodEnd === true ? 'subscription ends' : 'paid time ends, renewal';
}

function writtenAt(row: EntitlementRow | undefined): number | null {
  const ms = Date.parse(row?.updatedAt ?? '');
  return Number.isNaN(ms) ? null : Math.floor(ms / 1000);
}

function atText(seconds: number | null): string {
  return seconds === null ? 'later' : `at ${isoMinute(seconds)}`;
}

function isoMinute(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
