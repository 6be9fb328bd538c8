/** Called by a schedule: as much of a run as the time allows; the next call goes on. */
import type { LambdaContext } from '../../adapters/apigateway/http-handler.ts';
import type { CheckpointOptions, KeptCheckpoint } from '../../adapters/dynamodb/checkpoint.ts';
import { createLog } from '../../adapters/system/log.ts';
import type { ReconcileSystems } from '../../composition/reconcile.ts';
import { type PartName, partNames } from '../../core/reconcile/parts.ts';
import {
  type Checkpoint,
  createReconcile,
  type Progress,
  type RunOptions,
  type RunResult,
} from '../../core/reconcile/reconcile.ts';
import {
  emptyReport,
  type Finding,
  type Report,
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

const SECONDS_AN_HOUR = 3_600;
/** Kept back for the page under way. */
const RESERVE_MS = 60_000;

export class ReconcileFailure extends Error {}

/**
 * `{"parts": ["profiles"], "dryRun": true, "everyHours": 12}`, all optional: with `everyHours` a run that is complete
 * is not begun anew before so many hours have passed, so that the calls in between go on with what one call has no
 * time for, and else do nothing. Throws when accounts failed, so that an alarm tells.
 */
export function createHandler({ open }: HandlerParts) {
  return async (event: unknown, context?: LambdaContext): Promise<RunResult> => {
    const log = createLog({ request_id: context?.awsRequestId ?? null });
    const { everySeconds, ...options } = optionsIn(event);
    const run = runOf(options);
    const { systems, checkpoint } = await open(log, { run, remembersEnd: everySeconds !== undefined });
    const completedAt = everySeconds === undefined ? undefined : await checkpoint.completedAt();
    if (completedAt !== undefined && nowSeconds(systems.clock) < completedAt + (everySeconds ?? 0)) {
      return { complete: true, report: emptyReport, before: emptyReport };
    }
    const left = () => context?.getRemainingTimeInMillis?.() ?? Number.POSITIVE_INFINITY;
    const noted = options.dryRun === true ? notedAtTheEnd(checkpoint) : { ...checkpoint, end: nothing };
    const goOn = () => left() > RESERVE_MS;
    const onFindings = async (findings: readonly Finding[]) => tellDrift(log, findings);
    const result = await runNoting({ ...systems, checkpoint: noted }, { ...options, goOn, onFindings });
    // Of this call alone, or what a run of several calls found would be counted several times.
    const { checked, differed, healed, failed, byReason } = reportSince(result.before, result.report);
    const counts = { checked, differed, healed, failed, complete: result.complete };
    log.info('A reconcile has run.', { metric: 'reconcile_run', ...counts, reasons: reasonsIn(byReason) });
    if (failed > 0) throw new ReconcileFailure(`${failed} accounts could not be reconciled`);
    return result;
  };
}

/** At once, and not when the run ends: it may be cut off. */
function tellDrift(log: Log, findings: readonly Finding[]): void {
  if (findings.length === 0) return;
  const { differed, healed, failed, byReason, examples } = withFindings(emptyReport, 0, findings);
  const counts = { differed, healed, failed };
  log.warn('Rows had drifted.', { metric: 'drift', ...counts, reasons: reasonsIn(byReason), examples });
}

function reasonsIn(byReason: Report['byReason']): readonly string[] {
  return Object.entries(byReason).map(([reason, count]) => `${reason} ${count}`);
}

interface EndingCheckpoint extends Checkpoint {
  /** However the run ends. */
  end(): Promise<void>;
}

async function runNoting(
  services: ReconcileSystems & { readonly checkpoint: EndingCheckpoint },
  options: RunOptions,
): Promise<RunResult> {
  try {
    return await createReconcile(services)(options);
  } finally {
    await services.checkpoint.end();
  }
}

/** A dry run writes nothing, unless it is cut off: then the next call has to know how far it came. */
function notedAtTheEnd(checkpoint: Checkpoint): EndingCheckpoint {
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

async function nothing(): Promise<void> {}

interface Options {
  readonly parts?: readonly PartName[];
  readonly dryRun?: boolean;
  readonly everySeconds?: number;
}

function optionsIn(event: unknown): Options {
  if (!isRecord(event)) return {};
  const wanted: unknown = event['parts'];
  const parts = Array.isArray(wanted) ? partNames.filter((name) => wanted.includes(name)) : [];
  const dryRun = event['dryRun'] === true;
  // When a dry run was complete is kept in mind nowhere: it writes nothing.
  const hours: unknown = dryRun ? undefined : event['everyHours'];
  return {
    ...(parts.length === 0 ? {} : { parts }),
    ...(dryRun ? { dryRun } : {}),
    ...(typeof hours === 'number' && hours > 0 ? { everySeconds: hours * SECONDS_AN_HOUR } : {}),
  };
}

/** A run of one kind must not go on where one of another kind left off. */
function runOf({ parts = [], dryRun = false }: Options): string {
  return ['reconcile', ...(dryRun ? ['dry'] : []), ...parts].join('-');
}
