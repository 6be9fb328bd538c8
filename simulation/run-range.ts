/** Runs the histories of a range of seeds and counts what happened. */
import { mergeCounts } from './engine/tally.ts';
import { historyOf } from './find-failure.ts';
import { runHistory } from './run-history.ts';

export interface SeedRange {
  readonly firstSeed: number;
  readonly histories: number;
}

export interface RangeResult {
  readonly histories: number;
  readonly moments: number;
  readonly counts: readonly (readonly [string, number])[];
  /** The seeds whose history violated an invariant. The run stops after a few of them. */
  readonly failed: readonly number[];
}

const MAX_FAILURES = 10;

export async function runRange(
  range: SeedRange,
  progress: (done: number) => void = () => {},
): Promise<RangeResult> {
  const counts = new Map<string, number>();
  const failed: number[] = [];
  let moments = 0;
  let histories = 0;
  while (histories < range.histories && failed.length < MAX_FAILURES) {
    const seed = range.firstSeed + histories;
    const outcome = await runHistory(historyOf(seed));
    histories += 1;
    moments += outcome.moments;
    mergeCounts(counts, outcome.counts);
    if (outcome.violations.length > 0) failed.push(seed);
    if (histories % 100 === 0) progress(histories);
  }
  return { histories, moments, counts: [...counts], failed };
}

export function mergeResults(parts: readonly RangeResult[]): RangeResult {
  const counts = new Map<string, number>();
  for (const part of parts) mergeCounts(counts, part.counts);
  const sum = (of: (part: RangeResult) => number): number =>
    parts.reduce((total, part) => total + of(part), 0);
  return {
    histories: sum((part) => part.histories),
    moments: sum((part) => part.moments),
    counts: [...counts].sort(([a], [b]) => a.localeCompare(b)),
    failed: parts.flatMap((part) => part.failed),
  };
}

/** What a run must have counted at least once per thousand histories: it shows nothing about what it rarely met. */
export const requiredCoverage = [
  'action checkout',
  'action pay',
  'action pay later',
  'action delete_while_paying',
  'action change_subscription',
  'change changed',
  'change scheduled',
  'change payment_required',
  'change ending',
  'change resumed',
  'change in_progress',
  'action open_portal',
  'action sync_own',
  'action subscribe',
  'action start_trial',
  'action duplicate_customer',
  'action rate_limited_customer',
  'action schedule_subscription',
  'action cancel_schedule',
  'schedule starts',
  'action change_plan_in_a_burst',
  'action renew',
  'action fail_renewal',
  'action recover',
  'action give_up',
  'action mark_unpaid',
  'action cancel',
  'action cancel_at_period_end',
  'action undo_cancel',
  'action change_plan',
  'action pause',
  'action resume',
  'action end_trial',
  'action sign_up',
  'action delete_account',
  'action customer_deleted_by_hand',
  'action deletion_refused',
  'action mislabel',
  'action refund',
  'action dispute',
  'action card_expires',
  'action replace_card',
  'action card_updated',
  'action payment_must_be_confirmed',
  'action confirmation_fails',
  'action pause_collection',
  'action creation_fails',
  'action user_deleted_in_cognito',
  'action records_lost',
  'action profile_contradicted',
  'action app_marks_profile',
  'action other_writer_writes',
  'action grant_until',
  'action grant_forever',
  'action revoke_grants',
  'action app_creates_records',
  'action customer_reassigned',
  'action reconcile',
  'action reconcile before adoption',
  'action stranger',
  'action buy_in_store',
  'action buy_in_store forever',
  'action buy_in_store with a trial',
  'action store_renew',
  'action store_cancel',
  'action store_uncancel',
  'action store_payment_fails',
  'action store_recover',
  'action store_pause',
  'action store_resume',
  'action store_refund',
  'action store_expire',
  'action store_transfer',
  'action store_promotion',
  'action store ends by itself',
  'action stores_unreachable',
  'answer after a thaw',
  'delivery dropped',
  'delivery duplicated',
  'delivery late by days',
  'delivery repeated',
  'batch of one',
  'batch of several',
  'batch returned in part',
  'acknowledgement lost',
  'store delivery dropped',
  'store delivery given up',
  'store delivery duplicated',
  'store delivery repeated',
  'fault fails_before',
  'fault refused',
  'fault rate_limited',
  'fault retried',
  'fault fails_after',
  'fault repeated',
  'fault hangs',
  'grant given',
  'grant already_given',
  'grant being_deleted',
  'grant no_such_user',
  'grant of a row that it creates',
  'grant interrupted',
  'revocation revoked',
  'revocation none',
  'revocation interrupted',
  'invocation killed',
  'invocation returned',
  'invocation threw',
  'action reconcile of a neighbor’s user',
  'log orphaned_customer',
  'log ending_refused',
  'log owner_contradiction',
  'log deletion_limit_reached',
  'checkout session',
  'checkout already_subscribed',
  'checkout already_subscribed in a store',
  'checkout account_deleted',
  'checkout in_progress',
  'orphaned checkout ended',
  'portal session',
  'sign-up complete',
  'sign-up incomplete',
  'sign-up deleted_during_sign_up',
  'trial at sign-up',
  'log sign_up_trial_repeated',
  'trial of the app ended',
  'sync already_current',
  'sync no_such_user',
  'sync unknown_customer',
  'sync written',
  'store sync no_such_user',
  'store sync written',
  'log stores_unread',
  'write refused',
] as const;

/** Returns what happened less than once in a thousand histories. Fewer cases than that show little. */
export function missingCoverage({ counts, histories }: RangeResult): readonly string[] {
  const met = new Map(counts);
  return requiredCoverage.filter((name) => (met.get(name) ?? 0) < Math.ceil(histories / 1_000));
}
