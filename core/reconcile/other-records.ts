/**
 * Compares what is to be ended with every profile and every row. The tables are not indexed by customer, so only a pass
 * through them shows that another user's record names the same customer. That is a contradiction, and ends nothing.
 */
import { reportContradiction } from '../account/ownership.ts';
import { recordedCustomers } from '../gate/evidence.ts';
import { Fault } from '../system/fault.ts';
import {
  type Claims,
  type Contradicted,
  contradictionsIn,
  type NamingRecord,
  recordOfProfile,
  recordOfRow,
} from './contradictions.ts';
import { compareFirst, type Progress, type ProposedEnding } from './progress.ts';
import { type Finding, withFindings } from './report.ts';
import type { ReconcileServices } from './services.ts';

export type CompareServices = Pick<
  ReconcileServices,
  'installation' | 'profiles' | 'entitlements' | 'billing' | 'log'
>;

interface CompareCall {
  readonly reportsOnly: boolean;
  readonly shouldContinue: () => boolean;
  readonly onFindings: (findings: readonly Finding[]) => Promise<void>;
}

/** Returns the progress without the contradicted endings. Its `compare` is null if every page was read. */
export async function compareWithRecords(
  services: CompareServices & Pick<ReconcileServices, 'checkpoint'>,
  start: Progress,
  call: CompareCall,
): Promise<Progress> {
  let progress = start;
  for await (const { contradicted: found, next } of comparison(services, start.endings, start.compare)) {
    const contradicted = found.filter(({ proposed }) => progress.endings.includes(proposed));
    const kept = without(progress.endings, contradicted);
    const endingsFound = progress.endingsFound - (progress.endings.length - kept.length);
    const findings = report(services, contradicted, call);
    await call.onFindings(findings);
    progress = {
      ...progress,
      endings: kept,
      endingsFound,
      report: withFindings(progress.report, findings),
      compare: kept.length === 0 ? null : next,
    };
    await services.checkpoint.save(progress);
    if (progress.compare === null || !call.shouldContinue()) break;
  }
  return progress;
}

/** Returns those of the endings that no record of another user contradicts, and the findings about the others. */
export async function uncontradicted(
  services: CompareServices,
  endings: readonly ProposedEnding[],
): Promise<{ readonly endings: readonly ProposedEnding[]; readonly findings: readonly Finding[] }> {
  let kept = endings;
  const findings: Finding[] = [];
  for await (const { contradicted } of comparison(services, endings, compareFirst)) {
    const left = contradicted.filter(({ proposed }) => kept.includes(proposed));
    kept = without(kept, left);
    findings.push(...report(services, left, { reportsOnly: false }));
  }
  return { endings: kept, findings };
}

interface ComparedPage {
  readonly contradicted: readonly Contradicted[];
  readonly next: Progress['compare'];
}

/** Reads the pages from a position on. One whose cursor is no longer valid starts again, once. */
async function* comparison(
  services: CompareServices,
  endings: readonly ProposedEnding[],
  start: Progress['compare'],
): AsyncGenerator<ComparedPage> {
  if (start === null) return;
  const claims = await claimsOf(services, endings);
  let restarted = false;
  for (let position: Progress['compare'] = start; position !== null; ) {
    const { cursor }: { readonly cursor: string | null } = position;
    try {
      const { records, next } = await recordsAt(services, position);
      yield { contradicted: await existing(services, contradictionsIn(claims, records)), next };
      position = next;
    } catch (cause) {
      const refused = cause instanceof Fault && cause.details.code === 'refused';
      if (!refused || cursor === null || restarted) throw cause;
      restarted = true;
      position = compareFirst;
    }
  }
}

async function claimsOf(
  { profiles, entitlements }: CompareServices,
  endings: readonly ProposedEnding[],
): Promise<Claims> {
  const claims = new Map<string, ProposedEnding[]>();
  for (const proposed of endings) {
    const { ending } = proposed;
    const customerIds =
      'customerId' in ending
        ? [ending.customerId]
        : recordedCustomers({
            profile: await profiles.read(ending.sub),
            row: await entitlements.read(ending.sub),
          });
    for (const id of customerIds) claims.set(id, [...(claims.get(id) ?? []), proposed]);
  }
  return claims;
}

/** Reads one page, and says where the next one is. The rows follow the profiles. */
async function recordsAt(
  { installation }: CompareServices,
  { table, cursor }: NonNullable<Progress['compare']>,
): Promise<{ readonly records: readonly NamingRecord[]; readonly next: Progress['compare'] }> {
  if (table === 'profiles') {
    const { items, next } = await installation.profiles(cursor);
    const records = items.map(recordOfProfile);
    return { records, next: next === null ? { table: 'rows', cursor: null } : { table, cursor: next } };
  }
  const { items, next } = await installation.rows(cursor);
  return { records: items.map(recordOfRow), next: next === null ? null : { table, cursor: next } };
}

/** Leaves out the customers that are deleted already: two rows may list one, and no one pays through it. */
async function existing(
  { billing }: CompareServices,
  contradicted: readonly Contradicted[],
): Promise<readonly Contradicted[]> {
  const lookups = await Promise.all(
    contradicted.map(({ customerId }) => billing.retrieveCustomer(customerId)),
  );
  return contradicted.filter((_, index) => lookups[index]?.kind === 'customer');
}

function without(
  endings: readonly ProposedEnding[],
  contradicted: readonly Contradicted[],
): readonly ProposedEnding[] {
  const left = new Set(contradicted.map(({ proposed }) => proposed));
  return endings.filter((one) => !left.has(one));
}

function report(
  { log }: CompareServices,
  contradicted: readonly Contradicted[],
  { reportsOnly }: Pick<CompareCall, 'reportsOnly'>,
): readonly Finding[] {
  return contradicted.map((contradiction) => {
    reportContradiction(log, contradiction);
    const { customerId: subjectId, sub } = contradiction;
    const subject = { reason: 'owner_contradiction', subjectId, sub } as const;
    return reportsOnly
      ? { ...subject, outcome: 'found', planned: 'withheld' }
      : { ...subject, outcome: 'withheld' };
  });
}
