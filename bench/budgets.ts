/** What the bundles and the calls may grow to. A test compares them, and `npm run bench -- budgets` sets them again. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { systems } from './calls.ts';
import type { NamedCounts } from './counts.ts';
import type { Size } from './sizes.ts';

interface BundleBudget {
  readonly bytes: number;
  readonly packages: readonly string[];
}

export interface Budgets {
  readonly bundles: Readonly<Record<string, BundleBudget>>;
  /** Calls of one ordinary event, by system. */
  readonly calls: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

export const budgetsFile = fileURLToPath(new URL('budgets.json', import.meta.url));

export function readBudgets(): Budgets {
  return JSON.parse(readFileSync(budgetsFile, 'utf8')) as Budgets;
}

/** How much a bundle may grow until somebody must decide that it may. */
const ROOM = 1.05;
const STEP_BYTES = 1024;

export function writeBudgets(sizes: readonly Size[], counts: readonly NamedCounts[]): void {
  const budgets: Budgets = {
    bundles: Object.fromEntries(
      sizes.map(({ name, bytes, packages }) => [
        name,
        { bytes: Math.ceil((bytes * ROOM) / STEP_BYTES) * STEP_BYTES, packages },
      ]),
    ),
    calls: Object.fromEntries(counts.map(({ name, calls }) => [name, { ...calls }])),
  };
  // Lists on one line, as the formatter has them.
  const lists = /\[\s+([^\]]*?)\s+\]/g;
  const text = JSON.stringify(budgets, null, 2).replace(lists, (_, items: string) => {
    return `[${items.replace(/\s+/g, ' ')}]`;
  });
  writeFileSync(budgetsFile, `${text}\n`);
}

/** Returns a sentence for everything that exceeds its budget. */
export function excessesOf(
  { bundles, calls }: Budgets,
  found: { readonly sizes: readonly Size[]; readonly counts: readonly NamedCounts[] },
): readonly string[] {
  const ofBundles = found.sizes.flatMap(({ name, bytes, packages }) => {
    const budget = bundles[name];
    if (budget === undefined) return [`The bundle ${name} has no budget.`];
    const added = packages.filter((one) => !budget.packages.includes(one));
    return [
      ...(bytes > budget.bytes ? [`The bundle ${name} has ${bytes} bytes, more than ${budget.bytes}.`] : []),
      ...added.map((one) => `The bundle ${name} contains the package ${one}.`),
    ];
  });
  const ofCalls = found.counts.flatMap(({ name, calls: made }) =>
    systems.flatMap((system) => {
      const budget = calls[name]?.[system];
      if (budget === undefined) return [`The calls of ${name} to ${system} have no budget.`];
      return made[system] > budget
        ? [`${name} makes ${made[system]} calls to ${system}, more than ${budget}.`]
        : [];
    }),
  );
  return [...ofBundles, ...ofCalls];
}
