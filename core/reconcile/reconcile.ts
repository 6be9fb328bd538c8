/**
 * Heals what webhooks lost and finishes what crashed. A run goes over all parts, page by page, and notes after each
 * page how far it came: whoever runs next goes on from there.
 */
import { type Clock, nowSeconds } from '../system/clock.ts';
import { type Drift, type PartName, parts, usualParts } from './parts.ts';
import { emptyReport, type Finding, type Report, withFindings } from './report.ts';
import type { SettleServices } from './settle.ts';
import type { Sweep } from './sweep.ts';

/** How far a run has come. */
export interface Progress {
  readonly part: PartName;
  readonly from: string | null;
  readonly report: Report;
}

export interface Checkpoint {
  load(): Promise<Progress | undefined>;
  /** `undefined`: the run is complete, and the next begins anew. */
  save(progress: Progress | undefined): Promise<void>;
}

export interface ReconcileServices extends Omit<SettleServices, 'clock'> {
  readonly clock: Pick<Clock, 'nowIso' | 'nowMs'>;
  readonly sweep: Sweep;
  readonly checkpoint: Checkpoint;
}

export interface RunOptions {
  readonly parts?: readonly PartName[];
  /** Tells the differences, and changes nothing. */
  readonly dryRun?: boolean;
  /** Asked after each page: whether there is time for another. */
  readonly goOn?: () => boolean;
  readonly onPage?: (progress: Progress) => void;
  /** Everything found, of which the report keeps a few. */
  readonly onFindings?: (findings: readonly Finding[]) => Promise<void>;
}

export interface RunResult {
  readonly complete: boolean;
  readonly report: Report;
}

export function createReconcile(services: ReconcileServices) {
  return async (options: RunOptions = {}): Promise<RunResult> => {
    const {
      parts: wanted = usualParts,
      dryRun = false,
      goOn = () => true,
      onPage = () => undefined,
      onFindings = async () => undefined,
    } = options;
    const started = await services.checkpoint.load();
    let progress = started !== undefined && wanted.includes(started.part) ? started : begin(wanted);
    for (;;) {
      const at = { sweep: services.sweep, from: progress.from, nowSeconds: nowSeconds(services.clock) };
      const { checked, drifts, next } = await parts[progress.part](at);
      const findings = await settleAll(services, drifts, dryRun);
      await onFindings(findings);
      const report = withFindings(progress.report, checked, findings);
      const part = next === null ? wanted[wanted.indexOf(progress.part) + 1] : progress.part;
      onPage({ ...progress, report });
      if (part === undefined) {
        await services.checkpoint.save(undefined);
        return { complete: true, report };
      }
      progress = { part, from: next, report };
      await services.checkpoint.save(progress);
      if (!goOn()) return { complete: false, report };
    }
  };
}

function begin(wanted: readonly PartName[]): Progress {
  return { part: wanted[0] ?? 'profiles', from: null, report: emptyReport };
}

/** One after the other: what a page holds of differences is little, and Stripe's limit is shared with the webhooks. */
async function settleAll(
  services: ReconcileServices,
  drifts: readonly Drift[],
  dryRun: boolean,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const { reason, who, heal, unlikely = false } of drifts) {
    if (dryRun && unlikely) continue;
    const outcome = dryRun || heal === null ? ('told' as const) : await healed(services, heal);
    if (outcome !== 'same') findings.push({ reason, who, outcome });
  }
  return findings;
}

/** What fails is told and left for the next run; the rest goes on. */
async function healed(
  services: ReconcileServices,
  heal: NonNullable<Drift['heal']>,
): Promise<'healed' | 'failed' | 'same'> {
  try {
    return (await heal(services)) === false ? 'same' : 'healed';
  } catch (cause) {
    services.log.error('One account could not be reconciled.', { metric: 'reconcile_failed' }, cause);
    return 'failed';
  }
}
