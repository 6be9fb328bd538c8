/** Called by a schedule: as much of a run as the time allows; the next call goes on. */
import type { LambdaContext } from '../../adapters/apigateway/front-door.ts';
import type { CheckpointOptions, KeptCheckpoint } from '../../adapters/dynamodb/checkpoint.ts';
import { createLog } from '../../adapters/system/log.ts';
import { type PartName, partNames } from '../../core/reconcile/parts.ts';
import { createReconcile, type RunResult } from '../../core/reconcile/reconcile.ts';
import { emptyReport } from '../../core/reconcile/report.ts';
import { nowSeconds } from '../../core/system/clock.ts';
import type { Log } from '../../core/system/log.ts';
import { isRecord } from '../../core/system/record.ts';
import type { Systems } from './systems.ts';

interface Opened {
  readonly systems: Systems;
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
      return { complete: true, report: emptyReport };
    }
    const left = () => context?.getRemainingTimeInMillis?.() ?? Number.POSITIVE_INFINITY;
    const result = await createReconcile({ ...systems, checkpoint })({
      ...options,
      goOn: () => left() > RESERVE_MS,
    });
    const { checked, differed, healed, failed, byReason, examples } = result.report;
    const counts = { checked, differed, healed, failed, complete: result.complete };
    const reasons = Object.entries(byReason).map(([reason, count]) => `${reason} ${count}`);
    log.info('A reconcile has run.', { metric: 'reconcile_run', ...counts, reasons });
    if (differed > 0) log.warn('Rows had drifted.', { metric: 'drift', ...counts, reasons, examples });
    if (failed > 0) throw new ReconcileFailure(`${failed} accounts could not be reconciled`);
    return result;
  };
}

interface Options {
  readonly parts?: readonly PartName[];
  readonly dryRun?: boolean;
  readonly everySeconds?: number;
}

function optionsIn(event: unknown): Options {
  if (!isRecord(event)) return {};
  const wanted: unknown = event['parts'];
  const parts = Array.isArray(wanted) ? partNames.filter((name) => wanted.includes(name)) : [];
  const hours: unknown = event['everyHours'];
  return {
    ...(parts.length === 0 ? {} : { parts }),
    ...(event['dryRun'] === true ? { dryRun: true } : {}),
    ...(typeof hours === 'number' && hours > 0 ? { everySeconds: hours * SECONDS_AN_HOUR } : {}),
  };
}

/** A run of one kind must not go on where one of another kind left off. */
function runOf({ parts = [], dryRun = false }: Options): string {
  return ['reconcile', ...(dryRun ? ['dry'] : []), ...parts].join('-');
}
