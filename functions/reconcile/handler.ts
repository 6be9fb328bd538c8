/** Called on a schedule. Does as much of a run as the time allows; the next call resumes it. */
import type { LambdaContext } from '../../adapters/apigateway/http-handler.ts';
import type { CheckpointOptions, KeptCheckpoint } from '../../adapters/dynamodb/checkpoint.ts';
import { createLog } from '../../adapters/system/log.ts';
import type { ReconcileSystems } from '../../composition/reconcile.ts';
import {
  type CheckName,
  checkNames,
  parseCheckName,
  storedCheckName,
} from '../../core/reconcile/checks/index.ts';
import type { Checkpoint, Progress } from '../../core/reconcile/progress.ts';
import { createReconcile, type RunOptions, type RunResult } from '../../core/reconcile/reconcile.ts';
import {
  type ActionCounts,
  emptyReport,
  type Finding,
  reportSince,
  withFindings,
} from '../../core/reconcile/report.ts';
import { nowSeconds } from '../../core/system/clock.ts';
import type { Log } from '../../core/system/log.ts';
import { isRecord } from '../../core/system/record.ts';

interface Opened {
  readonly systems: ReconcileSystems;
  readonly checkpoint: KeptCheckpoint;
}

export interface HandlerParts {
  readonly open: (log: Log, options: CheckpointOptions) => Promise<Opened>;
}

const HOUR_SECONDS = 3_600;
/** Time kept back for the page in progress. */
const RESERVE_MS = 60_000;

export class ReconcileFailure extends Error {
  override readonly name = 'ReconcileFailure';
}

/**
 * Takes `{"checks": ["profiles"], "dryRun": true, "everyHours": 12}`, all optional. With `everyHours`, a completed run
 * starts again only after so many hours; calls in between resume an incomplete run and otherwise do nothing. Throws if
 * a finding could not be repaired, so that an alarm fires.
 */
export function createHandler({ open }: HandlerParts) {
  return async (event: unknown, context?: LambdaContext): Promise<RunResult> => {
    const log = createLog({ request_id: context?.awsRequestId ?? null });
    const { everySeconds, ...options } = readOptions(event);
    const run = runName(options);
    const { systems, checkpoint } = await open(log, { run, remembersEnd: everySeconds !== undefined });
    const completedAt = everySeconds === undefined ? undefined : await checkpoint.completedAt();
    if (completedAt !== undefined && nowSeconds(systems.clock) < completedAt + (everySeconds ?? 0)) {
      return { complete: true, report: emptyReport, before: emptyReport, adopted: true, notEnded: [] };
    }
    const remainingMs = () => context?.getRemainingTimeInMillis?.() ?? Number.POSITIVE_INFINITY;
    const result = await runWith(
      {
        ...systems,
        checkpoint: options.dryRun === true ? savingAtTheEnd(checkpoint) : savingAtOnce(checkpoint),
      },
      {
        ...options,
        shouldContinue: () => remainingMs() > RESERVE_MS,
        onFindings: async (findings) => logDrift(log, findings),
      },
    );
    // Only what this call found: otherwise the findings of a run of several calls would be counted several times.
    const { checked, found, outcomes, planned, reasons } = reportSince(result.before, result.report);
    const { complete, adopted } = result;
    const counts = { checked, found, ...outcomes, complete, adopted };
    log.info('Reconcile run finished.', {
      metric: 'reconcile_run',
      ...counts,
      planned: countLabels(planned),
      reasons: countLabels(reasons),
    });
    if (outcomes.failed > 0) throw new ReconcileFailure(failureMessage(outcomes));
    return result;
  };
}

function failureMessage({ failed }: ActionCounts): string {
  const findings = failed === 1 ? '1 finding' : `${failed} findings`;
  return `${findings} could not be repaired: see the log lines with the metric reconcile_failed`;
}

/** Logs the findings after each page, because the run may be cut off. */
function logDrift(log: Log, findings: readonly Finding[]): void {
  if (findings.length === 0) return;
  const { found, outcomes, planned, reasons, examples } = withFindings(emptyReport, findings);
  log.warn('Drift found.', {
    metric: 'drift',
    found,
    outcomes: countLabels(outcomes),
    planned: countLabels(planned),
    reasons: countLabels(reasons),
    examples,
  });
}

function countLabels(counts: Readonly<Partial<Record<string, number>>>): readonly string[] {
  return Object.entries(counts)
    .filter(([, count = 0]) => count > 0)
    .map(([name, count = 0]) => `${name} ${count}`);
}

interface EndingCheckpoint extends Checkpoint {
  /** Called when the run ends, also when it fails. */
  end(): Promise<void>;
}

async function runWith(
  services: ReconcileSystems & { readonly checkpoint: EndingCheckpoint },
  options: RunOptions,
): Promise<RunResult> {
  try {
    return await createReconcile(services)(options);
  } finally {
    await services.checkpoint.end();
  }
}

function savingAtOnce(checkpoint: Checkpoint): EndingCheckpoint {
  return { ...checkpoint, end: async () => undefined };
}

/** A dry run that completes in one call writes nothing. One that is cut off must save where the next call resumes. */
function savingAtTheEnd(checkpoint: Checkpoint): EndingCheckpoint {
  let stored: Progress | undefined;
  let reached: { readonly progress: Progress | undefined } | undefined;
  return {
    load: async () => {
      stored = await checkpoint.load();
      return stored;
    },
    save: async (progress) => {
      reached = { progress };
    },
    end: async () => {
      const needed = reached !== undefined && (stored !== undefined || reached.progress !== undefined);
      if (needed) await checkpoint.save(reached?.progress);
    },
  };
}

interface Options {
  readonly checks?: readonly CheckName[];
  readonly dryRun?: boolean;
  readonly everySeconds?: number;
}

function readOptions(event: unknown): Options {
  if (!isRecord(event)) return {};
  const checks = readChecks(event['checks'] ?? event['parts']);
  const dryRun = event['dryRun'] === true;
  // A dry run writes nothing, so it cannot remember when it was completed.
  const hours: unknown = dryRun ? undefined : event['everyHours'];
  return {
    ...(checks.length === 0 ? {} : { checks }),
    ...(dryRun ? { dryRun } : {}),
    ...(typeof hours === 'number' && hours > 0 ? { everySeconds: hours * HOUR_SECONDS } : {}),
  };
}

/** Returns the checks that the input names, in the order of a run. `parts` is the input's name in version 0.1. */
function readChecks(value: unknown): readonly CheckName[] {
  const named = Array.isArray(value) ? value.map(parseCheckName) : [];
  return checkNames.filter((name) => named.includes(name));
}

/** Returns the name under which progress is saved. A run must not resume the progress of one with other options. */
function runName({ checks = [], dryRun = false }: Options): string {
  return ['reconcile', ...(dryRun ? ['dry'] : []), ...checks.map(storedCheckName)].join('-');
}
