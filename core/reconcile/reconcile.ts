/**
 * Repairs what webhooks missed and finishes what crashed. A run goes through its checks page by page and saves its
 * progress after each page, from which the next call resumes.
 */
import { type Clock, nowSeconds } from '../system/clock.ts';
import { Fault } from '../system/fault.ts';
import { type CheckName, checkOf, defaultChecks } from './checks/index.ts';
import { createDeletionBudget, MAX_DELETIONS_PER_RUN } from './deletion-budget.ts';
import type { Listings } from './listings.ts';
import { type Checkpoint, noCounts, type Progress } from './progress.ts';
import type { RepairServices } from './repair.ts';
import { emptyReport, type Finding, type Outcome, type Report, withFindings } from './report.ts';
import type { Drift, ScanResult } from './scan.ts';

export interface ReconcileServices extends Omit<RepairServices, 'deletions'> {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly listings: Listings;
  readonly checkpoint: Checkpoint;
}

/** Recognizes findings of earlier checks. A dry run repairs nothing, so several checks may find the same user. */
export interface SeenFindings {
  /** Returns how many of the users are new, and the findings whose reason is new for their subject. */
  add(findings: readonly Finding[]): {
    readonly newSubjects: number;
    readonly newFindings: readonly Finding[];
  };
}

export interface RunOptions {
  readonly checks?: readonly CheckName[];
  /** Reports the drift and changes nothing. */
  readonly dryRun?: boolean;
  /** How many orphaned records the run may delete. Default: `MAX_DELETIONS_PER_RUN`. */
  readonly maxDeletions?: number;
  /** Called after each page and each repair. Returns whether there is time for another. */
  readonly shouldContinue?: () => boolean;
  readonly onPage?: (progress: Progress) => void;
  /** Receives every finding, page by page; the report keeps only a few. */
  readonly onFindings?: (findings: readonly Finding[]) => Promise<void>;
  readonly seen?: SeenFindings;
}

export interface RunResult {
  readonly complete: boolean;
  /** The whole run, including earlier calls of it. */
  readonly report: Report;
  /** Only the earlier calls. */
  readonly before: Report;
}

/** An invalid cursor restarts its check. If that happens more often than this in one call, something else is wrong. */
const MAX_RESTARTS = 3;

export function createReconcile(services: ReconcileServices) {
  return async (options: RunOptions = {}): Promise<RunResult> => {
    const {
      shouldContinue = () => true,
      onPage = () => undefined,
      onFindings = async () => undefined,
    } = options;
    const { checkpoint } = services;
    const selected = [...new Set(options.checks ?? defaultChecks)];
    const saved = await checkpoint.load();
    let progress = saved !== undefined && selected.includes(saved.check) ? saved : startOf(selected);
    const { report: before } = progress;
    const scanPage = createPageScan(services);
    const deletions = createDeletionBudget(progress.deletions, options.maxDeletions ?? MAX_DELETIONS_PER_RUN);
    const repair = { ...options, shouldContinue, services: { ...services, deletions } };
    for (;;) {
      const { checked, drifts, next } = await scanPage(progress);
      const { findings, complete } = await repairAll(drifts, repair);
      // The next call scans an incomplete page again. It finds what is left there, and not what was repaired.
      const page = complete ? { checked, findings } : { checked: 0, findings: findings.filter(isRepaired) };
      const { counted, newFindings } = withPage(progress, page, options.seen);
      await onFindings(newFindings);
      progress = { ...counted, deletions: deletions.spent() };
      const { report } = progress;
      if (!complete) {
        await checkpoint.save(progress);
        return { complete: false, report, before };
      }
      onPage(progress);
      const check = next === null ? selected[selected.indexOf(progress.check) + 1] : progress.check;
      if (check === undefined) {
        await checkpoint.save(undefined);
        return { complete: true, report, before };
      }
      progress = { ...progress, check, cursor: next, counts: next === null ? noCounts : progress.counts };
      await checkpoint.save(progress);
      if (!shouldContinue()) return { complete: false, report, before };
    }
  };
}

function startOf(selected: readonly CheckName[]): Progress {
  const check = selected[0] ?? 'profiles';
  return { check, cursor: null, report: emptyReport, counts: noCounts, deletions: 0 };
}

/**
 * Returns a function that scans the next page. Its cursor may be invalid by then: a customer was deleted, an event is
 * too old, a pagination token of Cognito has expired. The check then restarts, or the run would fail forever.
 */
function createPageScan(services: ReconcileServices): (progress: Progress) => Promise<ScanResult<Drift>> {
  let restarts = 0;
  return async ({ check, cursor }) => {
    const request = { listings: services.listings, cursor, nowSeconds: nowSeconds(services.clock) };
    try {
      return await checkOf(check).scan(request);
    } catch (cause) {
      const refused = cause instanceof Fault && cause.details.code === 'refused';
      if (cursor === null || !refused || restarts === MAX_RESTARTS) throw cause;
      restarts += 1;
      services.log.warn('The saved cursor is no longer valid; restarting this check.', {
        metric: 'reconcile_check_restarted',
        check,
      });
      return checkOf(check).scan({ ...request, cursor: null });
    }
  };
}

/** Returns the progress with a page's findings counted, and those of them that are new. */
function withPage(
  progress: Progress,
  { checked, findings }: { readonly checked: number; readonly findings: readonly Finding[] },
  seen?: SeenFindings,
): { readonly counted: Progress; readonly newFindings: readonly Finding[] } {
  const { counts } = progress;
  const { newSubjects, newFindings } = seen?.add(findings) ?? {
    newSubjects: findings.length,
    newFindings: findings,
  };
  const failed = findings.filter(({ outcome }) => outcome === 'failed').length;
  const counted = {
    ...progress,
    report: withFindings(progress.report, newFindings, { checked, found: newSubjects }),
    counts: {
      checked: counts.checked + checked,
      found: counts.found + findings.length,
      failed: counts.failed + failed,
    },
  };
  return { counted, newFindings };
}

interface RepairOptions {
  readonly services: RepairServices;
  readonly dryRun?: boolean;
  readonly shouldContinue: () => boolean;
}

/** Repairs one drift at a time: a page holds few of them, and the webhooks share Stripe's rate limit. */
async function repairAll(
  drifts: readonly Drift[],
  options: RepairOptions,
): Promise<{ readonly findings: readonly Finding[]; readonly complete: boolean }> {
  const findings: Finding[] = [];
  for (const [index, drift] of drifts.entries()) {
    const { reason, subjectId, sub } = drift;
    const outcome = await repairOne(drift, options);
    if (outcome !== 'unchanged') findings.push({ reason, subjectId, sub, outcome });
    if (index + 1 < drifts.length && !options.shouldContinue()) return { findings, complete: false };
  }
  return { findings, complete: true };
}

/** A repair that fails is reported and left for the next run. The run itself continues. */
async function repairOne(
  drift: Drift,
  { services, dryRun = false }: RepairOptions,
): Promise<Outcome | 'unchanged'> {
  try {
    if (!(await drift.confirm(services))) return 'unchanged';
    return dryRun ? 'found' : await drift.repair(services);
  } catch (cause) {
    const { reason, subjectId } = drift;
    const fields = { metric: 'reconcile_failed', reason, [idFieldOf(subjectId)]: subjectId };
    services.log.error('A finding could not be repaired.', fields, cause);
    return 'failed';
  }
}

function idFieldOf(subjectId: string): 'customer_id' | 'event_id' | 'user_id' {
  if (subjectId.startsWith('cus_')) return 'customer_id';
  return subjectId.startsWith('evt_') ? 'event_id' : 'user_id';
}

function isRepaired({ outcome }: Finding): boolean {
  return outcome !== 'failed' && outcome !== 'needs_review' && outcome !== 'found';
}
