/**
 * Repairs what webhooks missed and finishes what crashed. A run goes through its checks page by page and saves its
 * progress after each page, from which the next call resumes. What belongs to no user any more is only collected by the
 * checks. It is ended after the last one, when all of it has been counted.
 */
import { endingLine } from '../gate/ending.ts';
import { nowSeconds } from '../system/clock.ts';
import { Fault } from '../system/fault.ts';
import { isAdopted } from './adoption.ts';
import { type CheckName, checkOf, defaultChecks } from './checks/index.ts';
import { carryOutEndings } from './endings.ts';
import { compareWithRecords } from './other-records.ts';
import { compareFirst, MAX_ENDINGS_KEPT, noCounts, type Progress, type ProposedEnding } from './progress.ts';
import { repairDrift } from './repair-drift.ts';
import { emptyReport, type Finding, type Report, withFindings } from './report.ts';
import type { Drift, ScanResult } from './scan.ts';
import type { ReconcileServices } from './services.ts';

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
  /** Whether this run is part of the adoption. Any other run only reports until the adoption is complete. */
  readonly adopts?: boolean;
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
  /** False if the run only reported because the adoption is not complete. */
  readonly adopted: boolean;
  /** What the run found to be ended and did not end: it only reported, or the deletion limit was reached. */
  readonly notEnded: readonly ProposedEnding[];
}

/** An invalid cursor restarts its check. If that happens more often than this in one call, something else is wrong. */
const MAX_RESTARTS = 3;

/** The options of one call, completed. */
interface Call extends RunOptions {
  readonly shouldContinue: () => boolean;
  readonly onFindings: (findings: readonly Finding[]) => Promise<void>;
  /** True for a dry run, and for any run before the adoption is complete. */
  readonly reportsOnly: boolean;
}

export function createReconcile(services: ReconcileServices) {
  return async (options: RunOptions = {}): Promise<RunResult> => {
    const { dryRun = false, adopts = false } = options;
    const selected = [...new Set(options.checks ?? defaultChecks)];
    const adopted = await isAdopted(services, { dryRun });
    const call: Call = {
      ...options,
      shouldContinue: options.shouldContinue ?? (() => true),
      onFindings: options.onFindings ?? (async () => undefined),
      reportsOnly: dryRun || !(adopted || adopts),
    };
    const saved = await services.checkpoint.load();
    const start = saved !== undefined && selected.includes(saved.check) ? resumed(saved) : startOf(selected);
    const checked = start.ending ? start : await runChecks(services, { selected, start }, call);
    if (!checked.ending) {
      return { complete: false, report: checked.report, before: start.report, adopted, notEnded: [] };
    }
    const compared = await compareWithRecords(services, checked, call);
    if (compared.compare !== null) {
      return { complete: false, report: compared.report, before: start.report, adopted, notEnded: [] };
    }
    const { progress, notEnded } = await carryOutEndings(services, compared, call);
    const complete = progress.endings.length === 0;
    await services.checkpoint.save(complete ? undefined : progress);
    return { complete, report: progress.report, before: start.report, adopted, notEnded };
  };
}

/** Runs the checks from where the saved progress ends. Returns progress with `ending` set once all of them are done. */
async function runChecks(
  services: ReconcileServices,
  { selected, start }: { readonly selected: readonly CheckName[]; readonly start: Progress },
  call: Call,
): Promise<Progress> {
  const { checkpoint } = services;
  const scanPage = createPageScan(services);
  let progress = start;
  for (;;) {
    const { checked, drifts, next } = await scanPage(progress);
    const { findings, endings, complete } = await repairAll(services, { drifts, progress }, call);
    // The next call scans an incomplete page again. It finds what is left there, and not what was repaired.
    const page = complete ? { checked, findings } : { checked: 0, findings: findings.filter(isRepaired) };
    const { counted, newFindings } = withPage(progress, page, call.seen);
    await call.onFindings(newFindings);
    progress = withEndings(counted, endings);
    if (!complete) {
      await checkpoint.save(progress);
      return progress;
    }
    call.onPage?.(progress);
    const check = next === null ? selected[selected.indexOf(progress.check) + 1] : progress.check;
    progress =
      check === undefined
        ? { ...progress, cursor: null, ending: true }
        : { ...progress, check, cursor: next, counts: next === null ? noCounts : progress.counts };
    // Without anything to end, the run is complete, and its progress is removed.
    if (progress.ending && progress.endings.length === 0) return { ...progress, compare: null };
    await checkpoint.save(progress);
    if (progress.ending) return progress;
    if (!call.shouldContinue()) return progress;
  }
}

/** A call that compared everything and then broke off has ended nothing. By now, another record may name what it would end. */
function resumed(saved: Progress): Progress {
  return saved.ending && saved.compare === null ? { ...saved, compare: compareFirst } : saved;
}

function startOf(selected: readonly CheckName[]): Progress {
  const check = selected[0] ?? 'profiles';
  const counts = { report: emptyReport, counts: noCounts };
  const endings = { endings: [], endingsFound: 0, ending: false, compare: compareFirst };
  return { check, cursor: null, ...counts, ...endings };
}

/** Adds what is to be ended. Several checks may find the same. */
function withEndings(progress: Progress, found: readonly ProposedEnding[]): Progress {
  const known = new Set(progress.endings.map(({ ending }) => endingLine(ending)));
  const added = found.filter(({ ending }) => !known.has(endingLine(ending)));
  return {
    ...progress,
    endings: [...progress.endings, ...added].slice(0, MAX_ENDINGS_KEPT),
    endingsFound: progress.endingsFound + added.length,
  };
}

/**
 * Returns a function that scans the next page. Its cursor may be invalid by then: a customer was deleted, an event is
 * too old, a pagination token of Cognito has expired. The check then restarts, or the run would fail forever.
 */
function createPageScan(services: ReconcileServices): (progress: Progress) => Promise<ScanResult<Drift>> {
  let restarts = 0;
  return async ({ check, cursor }) => {
    const { listings, planOrder, policy, clock } = services;
    const request = { listings, cursor, nowSeconds: nowSeconds(clock), planOrder, policy };
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

/** Repairs one drift at a time: a page holds few of them, and the webhooks share Stripe's rate limit. */
async function repairAll(
  services: ReconcileServices,
  { drifts, progress }: { readonly drifts: readonly Drift[]; readonly progress: Progress },
  call: Call,
): Promise<{
  readonly findings: readonly Finding[];
  readonly endings: readonly ProposedEnding[];
  readonly complete: boolean;
}> {
  const findings: Finding[] = [];
  const endings: ProposedEnding[] = [];
  const known = new Set(progress.endings.map(({ ending }) => endingLine(ending)));
  for (const [index, drift] of drifts.entries()) {
    const repaired = await repairDrift(services, drift, call);
    findings.push(...repaired.findings);
    endings.push(...repaired.endings);
    // An incomplete page is scanned again, and what it proposed before must not stop it once more.
    const proposedBefore = repaired.endings.some(({ ending }) => known.has(endingLine(ending)));
    if (proposedBefore) continue;
    if (index + 1 < drifts.length && !call.shouldContinue()) return { findings, endings, complete: false };
  }
  return { findings, endings, complete: true };
}

function isRepaired({ outcome }: Finding): boolean {
  return !['failed', 'needs_review', 'found', 'withheld'].includes(outcome);
}
