/**
 * Compares what is to be ended with every profile and every row. The tables are not indexed by customer, so only a pass
 * through them shows that another user's record names the same customer. That is a contradiction, and ends nothing.
 */
import { type OwnerContradiction, reportContradiction } from '../account/ownership.ts';
import { recordedCustomers } from '../gate/evidence.ts';
import type { Page } from './listings.ts';
import { type ComparedTable, compareFirst, type Progress, type ProposedEnding } from './progress.ts';
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
  if (start.compare === null) return start;
  const claims = await claimsOf(services, start.endings);
  let progress = start;
  for (let position = progress.compare; position !== null; position = progress.compare) {
    const { items, next } = await recordsOf(services, position);
    const contradicted = await contradictionsIn(services, claims, items);
    progress = withoutContradicted(progress, contradicted);
    progress = { ...progress, compare: progress.endings.length === 0 ? null : next };
    const findings = report(services, contradicted, call);
    await call.onFindings(findings);
    progress = { ...progress, report: withFindings(progress.report, findings) };
    await services.checkpoint.save(progress);
    if (progress.compare !== null && !call.shouldContinue()) break;
  }
  return progress;
}

/** Returns those of the endings that no record of another user contradicts. */
export async function uncontradicted(
  services: CompareServices,
  endings: readonly ProposedEnding[],
): Promise<{ readonly endings: readonly ProposedEnding[]; readonly findings: readonly Finding[] }> {
  const claims = await claimsOf(services, endings);
  const found: Contradicted[] = [];
  for (let position = compareFirst; position !== null; ) {
    const { items, next } = await recordsOf(services, position);
    found.push(...(await contradictionsIn(services, claims, items)));
    position = next;
  }
  const contradicted = new Set(found.map(({ proposed }) => proposed));
  return {
    endings: endings.filter((one) => !contradicted.has(one)),
    findings: report(services, found, { reportsOnly: false }),
  };
}

type ComparePosition = NonNullable<Progress['compare']>;

interface Contradicted extends OwnerContradiction {
  readonly proposed: ProposedEnding;
}

interface NamingRecord {
  readonly sub: string;
  readonly customerIds: readonly string[];
  readonly source: 'profile' | 'row';
}

/** Returns the proposed endings by the customers that they concern. */
async function claimsOf(
  { profiles, entitlements }: CompareServices,
  endings: readonly ProposedEnding[],
): Promise<ReadonlyMap<string, readonly ProposedEnding[]>> {
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
async function recordsOf(
  { installation }: CompareServices,
  { table, cursor }: ComparePosition,
): Promise<{ readonly items: readonly NamingRecord[]; readonly next: ComparePosition | null }> {
  if (table === 'rows') {
    const page = await installation.rows(cursor);
    const items = page.items.map(({ sub, customerIds }) => ({ sub, customerIds, source: 'row' }) as const);
    return { items, next: positionAfter(page, table, null) };
  }
  const page = await installation.profiles(cursor);
  const items = page.items.map(({ userId, customerId }) => {
    return { sub: userId, customerIds: customerId === null ? [] : [customerId], source: 'profile' } as const;
  });
  return { items, next: positionAfter(page, table, { table: 'rows', cursor: null }) };
}

function positionAfter(
  { next }: Page<unknown>,
  table: ComparedTable,
  last: ComparePosition | null,
): ComparePosition | null {
  return next === null ? last : { table, cursor: next };
}

async function contradictionsIn(
  { billing }: CompareServices,
  claims: ReadonlyMap<string, readonly ProposedEnding[]>,
  records: readonly NamingRecord[],
): Promise<readonly Contradicted[]> {
  const found = records.flatMap(({ sub: otherSub, customerIds, source }) =>
    customerIds.flatMap((customerId) =>
      (claims.get(customerId) ?? [])
        .filter(({ ending }) => ending.sub !== otherSub)
        .map((proposed) => ({ proposed, customerId, sub: proposed.ending.sub, otherSub, source })),
    ),
  );
  const contradicted: Contradicted[] = [];
  for (const one of found) {
    // Two rows may list a customer that is deleted already. No one pays through it.
    const { kind } = await billing.retrieveCustomer(one.customerId);
    if (kind === 'customer') contradicted.push(one);
  }
  return contradicted;
}

function withoutContradicted(progress: Progress, contradicted: readonly Contradicted[]): Progress {
  const lines = new Set(contradicted.map(({ proposed }) => proposed));
  const endings = progress.endings.filter((one) => !lines.has(one));
  const endingsFound = progress.endingsFound - (progress.endings.length - endings.length);
  return { ...progress, endings, endingsFound };
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
