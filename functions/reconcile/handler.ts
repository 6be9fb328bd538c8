/** Called by a schedule: as much of a run as the time allows; the next call goes on. */
import type { LambdaContext } from '../../adapters/apigateway/front-door.ts';
import { createLog } from '../../adapters/system/log.ts';
import { type PartName, partNames } from '../../core/reconcile/parts.ts';
import { type Checkpoint, createReconcile, type RunResult } from '../../core/reconcile/reconcile.ts';
import type { Log } from '../../core/system/log.ts';
import { isRecord } from '../../core/system/record.ts';
import type { Systems } from './systems.ts';

export interface HandlerParts {
  readonly open: (log: Log) => Promise<{ readonly systems: Systems; readonly checkpoint: Checkpoint }>;
}

/** Kept back for the page under way. */
const RESERVE_MS = 60_000;

export class ReconcileFailure extends Error {}

/** `{"parts": ["profiles"], "dryRun": true}`, both optional. Throws when accounts failed, so that an alarm tells. */
export function createHandler({ open }: HandlerParts) {
  return async (event: unknown, context?: LambdaContext): Promise<RunResult> => {
    const log = createLog({ request_id: context?.awsRequestId ?? null });
    const { systems, checkpoint } = await open(log);
    const left = () => context?.getRemainingTimeInMillis?.() ?? Number.POSITIVE_INFINITY;
    const result = await createReconcile({ ...systems, checkpoint })({
      ...optionsIn(event),
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

function optionsIn(event: unknown): { readonly parts?: readonly PartName[]; readonly dryRun?: boolean } {
  if (!isRecord(event)) return {};
  const wanted: unknown = event['parts'];
  const parts = Array.isArray(wanted) ? partNames.filter((name) => wanted.includes(name)) : [];
  return {
    ...(parts.length === 0 ? {} : { parts }),
    ...(event['dryRun'] === true ? { dryRun: true } : {}),
  };
}
