/** Formats a run's report as a table: the counts, the reasons and some of the findings. */
import type { Report } from '../../core/reconcile/report.ts';

const NAME_WIDTH = 30;
const COUNT_WIDTH = 9;

export function reportLines({
  checked,
  found,
  outcomes,
  planned,
  reasons,
  examples,
}: Report): readonly string[] {
  const byCount = Object.entries(reasons).sort(([, a], [, b]) => b - a);
  const total = byCount.reduce((sum, [, count]) => sum + count, 0);
  const actions = Object.entries(outcomes).filter(([name, count]) => count > 0 || name === 'failed');
  const details = examples.length < total ? `Details of ${examples.length} of ${total}` : 'Details';
  return [
    countLine(['checked', checked]),
    countLine(['found', found]),
    ...actions.map(([name, count]) => countLine([name.replaceAll('_', ' '), count])),
    ...Object.entries(planned).map(([name, count]) =>
      countLine([`would be: ${name.replaceAll('_', ' ')}`, count]),
    ),
    ...(byCount.length > 0 ? ['', 'Reasons (see docs/reconcile.md)', ...byCount.map(countLine)] : []),
    ...(examples.length > 0 ? ['', details, ...examples.map(exampleLine)] : []),
  ];
}

function countLine([name, count]: readonly [string, number]): string {
  return `${name.padEnd(NAME_WIDTH)}${String(count).padStart(COUNT_WIDTH)}`;
}

/** An example is `REASON ID (OUTCOME)`. */
function exampleLine(example: string): string {
  const [reason = '', ...rest] = example.split(' ');
  return `${reason.padEnd(NAME_WIDTH)} ${rest.join(' ')}`;
}
