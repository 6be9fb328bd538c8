/** What a run found and what it did about it. */
import type { reconcileOutcomes } from '../../contract/metrics.ts';

/** What a run did about a finding. */
export type Action = (typeof reconcileOutcomes)[number];
/** A dry run only finds. */
export type Outcome = Action | 'found';

export type ActionCounts = Readonly<Record<Action, number>>;

export interface Report {
  readonly checked: number;
  /** Number of findings. A run that recognizes findings of an earlier check counts each user once. */
  readonly found: number;
  readonly outcomes: ActionCounts;
  /** What a run that only reports would have done. */
  readonly planned: Readonly<Partial<Record<Action, number>>>;
  readonly reasons: Readonly<Record<string, number>>;
  /** A few of the findings, as `REASON ID (OUTCOME)`. */
  readonly examples: readonly string[];
}

export interface Finding {
  readonly reason: string;
  /** The user's `sub`, or the id of a customer or an event. */
  readonly subjectId: string;
  /** The user concerned, if known. */
  readonly sub: string | null;
  readonly outcome: Outcome;
  /** What else was done: one ending can refund a payment and delete a customer. */
  readonly also?: readonly Action[];
  /** What a run that repairs would do, where the outcome is `found`. */
  readonly planned?: Action;
}

export const noActions: ActionCounts = actionCounts(() => 0);

export const emptyReport: Report = {
  checked: 0,
  found: 0,
  outcomes: noActions,
  planned: {},
  reasons: {},
  examples: [],
};

const MAX_EXAMPLES = 20;

/** Returns the report with these findings added. `found` differs from their number if some users were counted before. */
export function withFindings(
  report: Report,
  findings: readonly Finding[],
  { checked = 0, found = findings.length }: { readonly checked?: number; readonly found?: number } = {},
): Report {
  const reasons: Record<string, number> = { ...report.reasons };
  for (const { reason } of findings) reasons[reason] = (reasons[reason] ?? 0) + 1;
  const planned = { ...report.planned };
  for (const { planned: action } of findings) {
    if (action !== undefined) planned[action] = (planned[action] ?? 0) + 1;
  }
  const actions = findings.flatMap(actionsOf);
  const count = (action: Action) => actions.filter((one) => one === action).length;
  return {
    checked: report.checked + checked,
    found: report.found + found,
    outcomes: actionCounts((action) => report.outcomes[action] + count(action)),
    planned,
    reasons,
    examples: [...report.examples, ...findings.map(exampleOf)].slice(0, MAX_EXAMPLES),
  };
}

function actionsOf({ outcome, also = [] }: Finding): readonly Outcome[] {
  return [outcome, ...also];
}

function exampleOf(finding: Finding): string {
  const { reason, subjectId, planned } = finding;
  const done = planned === undefined ? actionsOf(finding).join(', ') : `would be ${planned}`;
  return `${reason} ${subjectId} (${done})`;
}

/** Returns what was added to the report since `before`, an earlier report of the same run. */
export function reportSince(before: Report, report: Report): Report {
  const reasons = Object.entries(report.reasons)
    .map(([reason, count]) => [reason, count - (before.reasons[reason] ?? 0)] as const)
    .filter(([, count]) => count > 0);
  return {
    checked: report.checked - before.checked,
    found: report.found - before.found,
    outcomes: actionCounts((action) => report.outcomes[action] - before.outcomes[action]),
    planned: report.planned,
    reasons: Object.fromEntries(reasons),
    examples: report.examples.slice(before.examples.length),
  };
}

export function actionCounts(countOf: (action: Action) => number): ActionCounts {
  return {
    synced: countOf('synced'),
    user_provisioned: countOf('user_provisioned'),
    row_created: countOf('row_created'),
    customer_deleted: countOf('customer_deleted'),
    account_deleted: countOf('account_deleted'),
    row_removed: countOf('row_removed'),
    store_customer_deleted: countOf('store_customer_deleted'),
    subscription_canceled: countOf('subscription_canceled'),
    refunded: countOf('refunded'),
    trial_recorded: countOf('trial_recorded'),
    needs_review: countOf('needs_review'),
    withheld: countOf('withheld'),
    failed: countOf('failed'),
  };
}
