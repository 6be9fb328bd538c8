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
}

export const noActions: ActionCounts = actionCounts(() => 0);

export const emptyReport: Report = { checked: 0, found: 0, outcomes: noActions, reasons: {}, examples: [] };

const MAX_EXAMPLES = 20;

/** Returns the report with these findings added. `found` differs from their number if some users were counted before. */
export function withFindings(
  report: Report,
  findings: readonly Finding[],
  { checked = 0, found = findings.length }: { readonly checked?: number; readonly found?: number } = {},
): Report {
  const reasons: Record<string, number> = { ...report.reasons };
  for (const { reason } of findings) reasons[reason] = (reasons[reason] ?? 0) + 1;
  const examples = findings.map(({ reason, subjectId, outcome }) => `${reason} ${subjectId} (${outcome})`);
  const count = (action: Action) => findings.filter(({ outcome }) => outcome === action).length;
  return {
    checked: report.checked + checked,
    found: report.found + found,
    outcomes: actionCounts((action) => report.outcomes[action] + count(action)),
    reasons,
    examples: [...report.examples, ...examples].slice(0, MAX_EXAMPLES),
  };
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
    reasons: Object.fromEntries(reasons),
    examples: report.examples.slice(before.examples.length),
  };
}

export function actionCounts(countOf: (action: Action) => number): ActionCounts {
  return {
    synced: countOf('synced'),
    created: countOf('created'),
    deleted: countOf('deleted'),
    row_removed: countOf('row_removed'),
    refunded: countOf('refunded'),
    recorded: countOf('recorded'),
    needs_review: countOf('needs_review'),
    failed: countOf('failed'),
  };
}
