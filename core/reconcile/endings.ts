/**
 * Ends what the checks have collected, if its number is within the deletion limit. Otherwise ends nothing at all and
 * raises an alarm: a person decides, and continues with exactly the list that was shown.
 */
import { type Ending, endingLine, usersIn } from '../gate/ending.ts';
import { DELETION_LIMIT, DELETION_WINDOW_SECONDS } from '../gate/limit.ts';
import { nowSeconds } from '../system/clock.ts';
import { type CompareServices, uncontradicted } from './other-records.ts';
import { compareFirst, type Progress, type ProposedEnding } from './progress.ts';
import { findingOf, logFailure } from './repair-drift.ts';
import { emptyReport, type Finding, type Report, withFindings } from './report.ts';
import type { ReconcileServices } from './services.ts';

type EndingServices = Pick<ReconcileServices, 'gate' | 'ledger' | 'clock' | 'log' | 'checkpoint'>;

interface EndingCall {
  readonly reportsOnly: boolean;
  readonly shouldContinue: () => boolean;
  readonly onFindings: (findings: readonly Finding[]) => Promise<void>;
}

export interface Ended {
  /** Holds the endings that are left because there was no time for them. */
  readonly progress: Progress;
  readonly notEnded: readonly ProposedEnding[];
}

export async function carryOutEndings(
  services: EndingServices,
  start: Progress,
  call: EndingCall,
): Promise<Ended> {
  const { endings } = start;
  if (endings.length === 0) return { progress: start, notEnded: [] };
  const users = await usersToEnd(services, start);
  const overLimit = users > DELETION_LIMIT || (!call.reportsOnly && !(await reserveAll(services, endings)));
  if (overLimit) reportLimit(services, Math.max(users, DELETION_LIMIT + 1));
  if (call.reportsOnly) return { progress: { ...start, endings: [] }, notEnded: endings };
  if (overLimit) {
    const withheld = endings
      .map((one) => findingOf(subjectOf(one), limitReached))
      .filter((one) => one !== undefined);
    await call.onFindings(withheld);
    const found = Math.max(start.endingsFound, withheld.length);
    const report = withFindings(start.report, withheld, { found });
    return { progress: { ...start, endings: [], report }, notEnded: endings };
  }
  return endAll(services, start, call);
}

const limitReached = { kind: 'refused', reason: 'deletion_limit_reached' } as const;

/** Counts the users of this run and those of the last days. */
async function usersToEnd({ ledger, clock }: EndingServices, progress: Progress): Promise<number> {
  const recent = await ledger.recentUsers(nowSeconds(clock) - DELETION_WINDOW_SECONDS);
  const kept = progress.endings.map(({ ending }) => ending);
  return usersIn(kept, recent) + Math.max(0, progress.endingsFound - kept.length);
}

/** Reserves all of them before the first is ended: a webhook delivery may use up the limit during the run. */
async function reserveAll(
  { ledger, clock }: EndingServices,
  endings: readonly ProposedEnding[],
): Promise<boolean> {
  const limit = {
    nowSeconds: nowSeconds(clock),
    windowSeconds: DELETION_WINDOW_SECONDS,
    atMost: DELETION_LIMIT,
  };
  for (const sub of new Set(endings.map(({ ending }) => ending.sub))) {
    if ((await ledger.reserve(sub, limit)) === 'limit_reached') return false;
  }
  return true;
}

function reportLimit({ log }: EndingServices, count: number): void {
  log.error('More would be ended than the deletion limit allows, so nothing is ended.', {
    metric: 'deletion_limit_reached',
    count,
    limit: DELETION_LIMIT,
  });
}

async function endAll(services: EndingServices, start: Progress, call: EndingCall): Promise<Ended> {
  let progress = start;
  for (const [index, proposed] of start.endings.entries()) {
    const finding = await endOne(services, proposed, { approved: false });
    const findings = finding === undefined ? [] : [finding];
    await call.onFindings(findings);
    const report = withFindings(progress.report, findings);
    const endings = start.endings.slice(index + 1);
    // What is left is compared again: another user’s record may name it by the next call.
    progress = { ...progress, report, endings, endingsFound: endings.length, compare: compareFirst };
    await services.checkpoint.save(progress);
    if (progress.endings.length > 0 && !call.shouldContinue()) break;
  }
  return { progress, notEnded: [] };
}

/** An ending that fails is reported and left for the next run. */
async function endOne(
  services: Pick<EndingServices, 'gate' | 'log'>,
  proposed: ProposedEnding,
  options: { readonly approved: boolean },
): Promise<Finding | undefined> {
  const subject = subjectOf(proposed);
  try {
    return findingOf(subject, await services.gate.end(proposed.ending, options));
  } catch (cause) {
    logFailure(services, subject, cause);
    return { ...subject, outcome: 'failed' };
  }
}

function subjectOf({
  reason,
  subjectId,
  ending,
}: ProposedEnding): Pick<Finding, 'reason' | 'subjectId' | 'sub'> {
  return { reason, subjectId, sub: ending.sub };
}

/** Ends exactly these, as far as their evidence still permits it. A person was shown them and decided. */
export async function endThese(
  services: Pick<EndingServices, 'gate' | 'log'> & CompareServices,
  approved: readonly Ending[],
): Promise<Report> {
  const listed = approved.map((ending) => ({ reason: 'approved', subjectId: endingLine(ending), ending }));
  const { endings, findings } = await uncontradicted(services, listed);
  let report = withFindings(emptyReport, findings, { checked: listed.length - endings.length });
  for (const proposed of endings) {
    const finding = await endOne(services, proposed, { approved: true });
    report = withFindings(report, finding === undefined ? [] : [finding], { checked: 1 });
  }
  return report;
}
