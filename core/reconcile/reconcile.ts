/**
 * Heals what webhooks lost and finishes what crashed. A run goes over all parts, page by page, and notes after each
 * page how far it came: whoever runs next goes on from there.
 */
import { type Clock, nowSeconds } from '../system/clock.ts';
import { Fault } from '../system/fault.ts';
import { createDeletionBudget, MAX_DELETIONS_PER_RUN } from './deletion-budget.ts';
import type { Listings } from './listings.ts';
import { type Drift, type Looked, type PartName, parts, usualParts } from './parts.ts';
import type { RepairServices } from './repair.ts';
import { emptyReport, type Finding, type Report, withFindings } from './report.ts';

/** How far a run has come. */
export interface Progress {
  readonly part: PartName;
  readonly from: string | null;
  readonly report: Report;
  /** How much of nobody's was ended so far. */
  readonly ended: number;
}

export interface Checkpoint {
  load(): Promise<Progress | undefined>;
  /** `undefined`: the run is complete, and the next begins anew. */
  save(progress: Progress | undefined): Promise<void>;
}

export interface ReconcileServices extends Omit<RepairServices, 'deletions'> {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly listings: Listings;
  readonly checkpoint: Checkpoint;
}

export interface RunOptions {
  readonly parts?: readonly PartName[];
  /** Tells the differences, and changes nothing. */
  readonly dryRun?: boolean;
  /** How much of nobody's a run may end before it stops and asks; `ENDINGS_A_RUN` unless said. */
  readonly endAtMost?: number;
  /** Asked after each page and each account: whether there is time for another. */
  readonly goOn?: () => boolean;
  readonly onPage?: (progress: Progress) => void;
  /** Everything found, page by page; the report keeps a few. */
  readonly onFindings?: (findings: readonly Finding[]) => Promise<void>;
}

export interface RunResult {
  readonly complete: boolean;
  /** Of the whole run, the calls before this one included. */
  readonly report: Report;
  /** What those had found. */
  readonly before: Report;
}

/** A place that is gone begins its part anew; more often than this in one call, something else is wrong. */
const MAX_RESTARTS = 3;

export function createReconcile(services: ReconcileServices) {
  return async (options: RunOptions = {}): Promise<RunResult> => {
    const { goOn = () => true, onPage = () => undefined, onFindings = async () => undefined } = options;
    const wanted = [...new Set(options.parts ?? usualParts)];
    const started = await services.checkpoint.load();
    let progress = started !== undefined && wanted.includes(started.part) ? started : begin(wanted);
    const { report: before } = progress;
    const look = lookingAt(services);
    const deletions = createDeletionBudget(progress.ended, options.endAtMost ?? MAX_DELETIONS_PER_RUN);
    const settle = { ...services, deletions };
    for (;;) {
      const { checked, drifts, next } = await look(progress);
      const { findings, all } = await settleAll(settle, drifts, { dryRun: options.dryRun ?? false, goOn });
      if (!all) {
        // The page is looked at again: what was healed is not found then, and the rest is.
        const healed = findings.filter(isHealed);
        await onFindings(healed);
        const report = withFindings(progress.report, 0, healed);
        await services.checkpoint.save({ ...progress, report, ended: deletions.count() });
        return { complete: false, report, before };
      }
      await onFindings(findings);
      const report = withFindings(progress.report, checked, findings);
      const part = next === null ? wanted[wanted.indexOf(progress.part) + 1] : progress.part;
      onPage({ ...progress, report });
      if (part === undefined) {
        await services.checkpoint.save(undefined);
        return { complete: true, report, before };
      }
      progress = { part, from: next, report, ended: deletions.count() };
      await services.checkpoint.save(progress);
      if (!goOn()) return { complete: false, report, before };
    }
  };
}

function begin(wanted: readonly PartName[]): Progress {
  return { part: wanted[0] ?? 'profiles', from: null, report: emptyReport, ended: 0 };
}

/**
 * Reads a page. The place to go on from may be gone by then: a customer deleted, an event of long ago, a token of
 * Cognito's that has run out. Without this a run would come to the same place for ever.
 */
function lookingAt(services: ReconcileServices): (progress: Progress) => Promise<Looked> {
  let restarts = 0;
  return async ({ part, from }) => {
    const at = { listings: services.listings, from, nowSeconds: nowSeconds(services.clock) };
    try {
      return await parts[part](at);
    } catch (cause) {
      const refused = cause instanceof Fault && cause.details.code === 'refused';
      if (from === null || !refused || restarts === MAX_RESTARTS) throw cause;
      restarts += 1;
      services.log.warn('The place to go on from is refused; this part begins anew.', {
        metric: 'reconcile_part_restarted',
        part,
      });
      return parts[part]({ ...at, from: null });
    }
  };
}

interface Settled {
  readonly findings: readonly Finding[];
  /** Whether all of them were come to. */
  readonly all: boolean;
}

/** One after the other: what a page holds of differences is little, and Stripe's limit is shared with the webhooks. */
async function settleAll(
  services: RepairServices,
  drifts: readonly Drift[],
  { dryRun, goOn }: { readonly dryRun: boolean; readonly goOn: () => boolean },
): Promise<Settled> {
  const findings: Finding[] = [];
  for (const [index, drift] of drifts.entries()) {
    const outcome = await settled(services, drift, dryRun);
    const { reason, who } = drift;
    if (outcome !== 'same') findings.push({ reason, who, outcome });
    if (index + 1 < drifts.length && !goOn()) return { findings, all: false };
  }
  return { findings, all: true };
}

/** What fails is told and left for the next run; the rest goes on. */
async function settled(
  services: RepairServices,
  { reason, who, heal, differs = async () => true }: Drift,
  dryRun: boolean,
): Promise<Finding['outcome'] | 'same'> {
  try {
    if (!(await differs(services))) return 'same';
    if (dryRun || heal === null) return 'told';
    const done = await heal(services);
    if (done === 'told') return 'told';
    return done === false ? 'same' : 'healed';
  } catch (cause) {
    const fields = { metric: 'reconcile_failed', reason, [kindOf(who)]: who };
    services.log.error('One account could not be reconciled.', fields, cause);
    return 'failed';
  }
}

function kindOf(who: string): 'customer_id' | 'event_id' | 'user_id' {
  if (who.startsWith('cus_')) return 'customer_id';
  return who.startsWith('evt_') ? 'event_id' : 'user_id';
}

function isHealed({ outcome }: Finding): boolean {
  return outcome === 'healed';
}
