/** What a run found, and what became of it. */

export interface Report {
  readonly checked: number;
  readonly differed: number;
  readonly healed: number;
  readonly failed: number;
  readonly byReason: Readonly<Record<string, number>>;
  /** A few of what differed, by ids, and what became of them. */
  readonly examples: readonly string[];
}

export const emptyReport: Report = {
  checked: 0,
  differed: 0,
  healed: 0,
  failed: 0,
  byReason: {},
  examples: [],
};

const EXAMPLES_KEPT = 20;

export interface Finding {
  readonly reason: string;
  /** The user's `sub`, or the customer's id where no user is known. */
  readonly who: string;
  readonly outcome: 'told' | 'healed' | 'failed';
}

export function withFindings(report: Report, checked: number, findings: readonly Finding[]): Report {
  const byReason: Record<string, number> = { ...report.byReason };
  for (const { reason } of findings) byReason[reason] = (byReason[reason] ?? 0) + 1;
  const count = (outcome: Finding['outcome']) => findings.filter((one) => one.outcome === outcome).length;
  const examples = findings.map(({ reason, who, outcome }) => `${reason} ${who} (${outcome})`);
  return {
    checked: report.checked + checked,
    differed: report.differed + findings.length,
    healed: report.healed + count('healed'),
    failed: report.failed + count('failed'),
    byReason,
    examples: [...report.examples, ...examples].slice(0, EXAMPLES_KEPT),
  };
}

/** What was found since an earlier report of the same run. */
export function reportSince(before: Report, report: Report): Report {
  const news = Object.entries(report.byReason)
    .map(([reason, count]) => [reason, count - (before.byReason[reason] ?? 0)] as const)
    .filter(([, count]) => count > 0);
  return {
    checked: report.checked - before.checked,
    differed: report.differed - before.differed,
    healed: report.healed - before.healed,
    failed: report.failed - before.failed,
    byReason: Object.fromEntries(news),
    examples: report.examples.slice(before.examples.length),
  };
}
