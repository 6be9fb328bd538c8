/** A run's report as a table: counts, reasons, and a few of those concerned. */
import type { Report } from '../../core/reconcile/report.ts';

const WIDTH = 30;

export function reportLines(report: Report): readonly string[] {
  const { checked, differed, healed, failed, byReason, examples } = report;
  const reasons = Object.entries(byReason).sort(([, a], [, b]) => b - a);
  const left = differed - healed - failed;
  return [
    ...[['checked', checked] as const, ['differed', differed] as const].map(line),
    ...[['healed', healed] as const, ['failed', failed] as const].map(line),
    ...(left > 0 ? [line(['only told', left])] : []),
    ...(reasons.length > 0
      ? ['', 'Why (docs/reconcile.md tells what each means)', ...reasons.map(line)]
      : []),
    ...(examples.length > 0
      ? ['', examples.length < differed ? 'Some of them' : 'Which', ...aligned(examples)]
      : []),
  ];
}

function line([name, count]: readonly [string, number]): string {
  return `${name.padEnd(WIDTH)}${String(count).padStart(9)}`;
}

/** Reason, who, and what became of it. */
function aligned(examples: readonly string[]): readonly string[] {
  return examples.map((example) => {
    const [reason = '', ...rest] = example.split(' ');
    return `${reason.padEnd(WIDTH)} ${rest.join(' ')}`;
  });
}
