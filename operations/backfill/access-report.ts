/** Compares who has access before and after a backfill: measured after a run, and calculated by a dry run. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { answerOf } from '../../core/entitlement/answer.ts';
import type { AccessPolicy } from '../../core/entitlement/policy.ts';
import type { EntitlementRow } from '../../core/entitlement/row.ts';
import type { Listings } from '../../core/reconcile/listings.ts';
import type { Preview } from '../../core/reconcile/preview.ts';
import type { Finding } from '../../core/reconcile/report.ts';

export interface AccessReport {
  readonly before: number;
  readonly after: number;
  /** The users whose access changes, by `sub`. */
  readonly lost: readonly string[];
  readonly gained: readonly string[];
}

export interface AccessServices {
  readonly listings: Pick<Listings, 'rows'>;
  readonly policy: AccessPolicy;
  readonly nowSeconds: () => number;
}

/** Returns the users who have access now, by `sub`. */
export async function usersWithAccess({
  listings,
  policy,
  nowSeconds,
}: AccessServices): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  let cursor: string | null = null;
  do {
    const page = await listings.rows(cursor);
    for (const row of page.items) if (answerOf(row, nowSeconds(), policy).access_granted) found.add(row.sub);
    cursor = page.next;
  } while (cursor !== null);
  return found;
}

export function compareAccess(before: ReadonlySet<string>, after: ReadonlySet<string>): AccessReport {
  return {
    before: before.size,
    after: after.size,
    lost: [...before].filter((sub) => !after.has(sub)),
    gained: [...after].filter((sub) => !before.has(sub)),
  };
}

/** Calculates what the findings of a dry run mean for access. Each user is calculated once. */
export function createForecast(
  services: AccessServices & { readonly preview: (sub: string) => Promise<Preview> },
) {
  const { policy, nowSeconds } = services;
  const changes = new Map<string, 'lost' | 'gained' | 'none'>();
  const grants = (row: EntitlementRow | undefined) => answerOf(row, nowSeconds(), policy).access_granted;
  return {
    onFindings: async (findings: readonly Finding[]): Promise<void> => {
      for (const { sub } of findings) {
        if (sub === null || changes.has(sub)) continue;
        const { before, after } = await services.preview(sub);
        const [had, has] = [grants(before), grants(after)];
        changes.set(sub, had === has ? 'none' : had ? 'lost' : 'gained');
      }
    },
    report: (before: ReadonlySet<string>): AccessReport => {
      const of = (kind: string) => [...changes].filter(([, change]) => change === kind).map(([sub]) => sub);
      const [lost, gained] = [of('lost'), of('gained')];
      return { before: before.size, after: before.size - lost.length + gained.length, lost, gained };
    },
  };
}

const WIDTH = 30;
const MAX_SHOWN = 20;

export function accessLines(
  { before, after, lost, gained }: AccessReport,
  { dryRun }: { readonly dryRun: boolean },
) {
  const line = (name: string, value: number) => `${name.padEnd(WIDTH)}${String(value).padStart(9)}`;
  const shown = (name: string, subs: readonly string[]) =>
    subs.slice(0, MAX_SHOWN).map((sub) => `${name}  ${sub}`);
  return [
    '',
    dryRun ? 'Access before, and after a run without --dry-run' : 'Access before and after',
    line('users with access before', before),
    line('users with access after', after),
    line('gain access', gained.length),
    line('lose access', lost.length),
    ...shown('gains access', gained),
    ...shown('loses access', lost),
  ];
}

/** Keeps who had access before the run, so that a run that is resumed compares with the same moment. */
export function savedAccess(directory: string) {
  const file = path.join(directory, 'access-before.json');
  return {
    load: async (): Promise<ReadonlySet<string> | undefined> => {
      const text = await readFile(file, 'utf8').catch(() => undefined);
      return text === undefined ? undefined : new Set(JSON.parse(text) as string[]);
    },
    save: async (subs: ReadonlySet<string>): Promise<void> => {
      await mkdir(directory, { recursive: true });
      await writeFile(file, JSON.stringify([...subs]), { mode: 0o600 });
    },
  };
}
