/** Formats the bills of several sizes side by side. */
import { type Installation, monthlyCost, sum } from './model.ts';

/** Returns a head, a row for each line of the bill, and the sums with and without Cognito, which exceeds all the rest. */
export function costTable(
  sizes: readonly number[],
  rest: Omit<Installation, 'users'>,
): readonly (readonly string[])[] {
  const bills = sizes.map((users) => monthlyCost({ ...rest, users }));
  const [first = []] = bills;
  const dollarsOf = (name: string) =>
    bills.map((bill) => sum(bill.filter((line) => line.name === name).map(({ dollars }) => dollars)));
  const all = bills.map((bill) => sum(bill.map(({ dollars }) => dollars)));
  const cognito = dollarsOf(first[0]?.name ?? '');
  return [
    ['dollars a month', ...sizes.map((users) => `${users.toLocaleString('en-US')} users`)],
    ...first.map(({ name }) => [name, ...dollarsOf(name).map(money)]),
    ['All but Cognito', ...all.map((dollars, index) => money(dollars - (cognito[index] ?? 0)))],
    ['All', ...all.map(money)],
  ];
}

/** Formats dollars, with cents below a hundred. */
function money(dollars: number): string {
  const digits = dollars < 100 ? 2 : 0;
  return dollars.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

export function asText(rows: readonly (readonly string[])[]): string {
  return aligned(rows)
    .map((row) => row.join('   '))
    .join('\n');
}

/** Returns a Markdown table in the alignment that formatters use. */
export function asMarkdown(rows: readonly (readonly string[])[]): string {
  const [head = [], ...body] = aligned(rows);
  const rule = head.map((cell, at) =>
    at === 0 ? '-'.repeat(cell.length) : `${'-'.repeat(cell.length - 1)}:`,
  );
  return [head, rule, ...body].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Pads the first column on the right and the others on the left. */
function aligned(rows: readonly (readonly string[])[]): readonly (readonly string[])[] {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => (row[at] ?? '').length)));
  return rows.map((row) =>
    row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))),
  );
}
