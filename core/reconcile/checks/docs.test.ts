import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { reconcileOutcomes } from '../../../contract/metrics.ts';
import type { Check, ReasonText } from '../scan.ts';
import { checks } from './index.ts';

const page = fileURLToPath(new URL('../../../docs/reconcile.md', import.meta.url));

const code = (text: string) => `\`${text}\``;

/** Returns one row for each check: its name, when it runs, what it reads and what it finds. */
function checkRows(): readonly (readonly string[])[] {
  return checks.map(({ name, optIn, reads, reasons }: Check) => {
    const found = Object.keys(reasons).map(code).join(', ');
    return [code(name), optIn ?? 'always', reads, found];
  });
}

/** Returns one row for each reason. Checks that mean and do the same about a reason share a row. */
function reasonRows(): readonly (readonly string[])[] {
  const rows: { reason: string; checkNames: string[]; text: ReasonText }[] = [];
  for (const { name, reasons } of checks as readonly Check[]) {
    for (const [reason, text] of Object.entries(reasons)) {
      const same = rows.find(
        (row) =>
          row.reason === reason && row.text.meaning === text.meaning && row.text.repair === text.repair,
      );
      if (same === undefined) rows.push({ reason, checkNames: [name], text });
      else same.checkNames.push(name);
    }
  }
  return rows.map(({ reason, checkNames, text }) => {
    return [code(reason), checkNames.map(code).join(', '), text.meaning, text.repair];
  });
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, at) => Math.max(...[head, ...rows].map((cells) => cells[at]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

function withTable(text: string, name: string, rendered: string): string {
  const [start, end] = [`<!-- ${name}: generated -->`, `<!-- ${name}: end -->`];
  const [before, rest = ''] = text.split(start);
  const [, after] = rest.split(end);
  expect(after, `docs/reconcile.md lacks the markers of ${name}`).toBeDefined();
  return `${before}${start}\n\n${rendered}\n\n${end}${after}`;
}

// To update the page: npx vitest run core/reconcile/checks/docs.test.ts -u
it('The tables of docs/reconcile.md show every check and every reason', async () => {
  const text = readFileSync(page, 'utf8');
  const withChecks = withTable(text, 'checks', table(['check', 'runs', 'reads', 'finds'], checkRows()));
  const head = ['reason', 'check', 'meaning', 'what a run does'];
  await expect(withTable(withChecks, 'reasons', table(head, reasonRows()))).toMatchFileSnapshot(page);
});

it('The docs of each repair name only outcomes that a run reports', () => {
  const known: readonly string[] = [...reconcileOutcomes, 'customer_not_in_account', 'TRIAL_HASH_KEY'];
  for (const { reasons } of checks as readonly Check[]) {
    for (const { repair } of Object.values(reasons)) {
      const named = [...repair.matchAll(/`(?<name>[^`]+)`/g)].map((match) => match.groups?.['name']);
      expect(known).toEqual(expect.arrayContaining(named));
      expect(named.length).toBeGreaterThan(0);
    }
  }
});
