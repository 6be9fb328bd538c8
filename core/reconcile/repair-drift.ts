/** Repairs one drift, or reports what a repair would do. What is to be ended is collected, not ended. */

import type { EndingResult } from '../gate/carry-out.ts';
import type { Ending } from '../gate/ending.ts';
import type { ProposedEnding } from './progress.ts';
import type { Plan, RepairServices } from './repair.ts';
import type { Action, Finding, Outcome } from './report.ts';
import type { Drift } from './scan.ts';

export interface Repaired {
  readonly findings: readonly Finding[];
  readonly endings: readonly ProposedEnding[];
}

const nothing: Repaired = { findings: [], endings: [] };

/** A repair that fails is reported and left for the next run. The run itself continues. */
export async function repairDrift(
  services: RepairServices,
  drift: Drift,
  { reportsOnly }: { readonly reportsOnly: boolean },
): Promise<Repaired> {
  try {
    const plan = await drift.plan(services);
    return await (reportsOnly ? reportPlan(services, drift, plan) : carryOut(services, drift, plan));
  } catch (cause) {
    logFailure(services, drift, cause);
    return found(drift, { outcome: 'failed' });
  }
}

async function reportPlan(services: RepairServices, drift: Drift, plan: Plan): Promise<Repaired> {
  switch (plan.kind) {
    case 'unchanged':
    case 'upkeep':
      return nothing;
    case 'review':
      return found(drift, { outcome: 'found', planned: 'needs_review' });
    case 'repair':
      return found(drift, { outcome: 'found', planned: plan.action });
    default: {
      const examination = await services.gate.examine(plan.ending);
      if (examination.kind === 'unchanged') return nothing;
      if (examination.kind === 'refused') return found(drift, { outcome: 'found', planned: 'withheld' });
      const { findings } = found(drift, { outcome: 'found', planned: examination.action });
      return { findings, endings: examination.requested ? [] : [proposal(drift, plan.ending)] };
    }
  }
}

async function carryOut(services: RepairServices, drift: Drift, plan: Plan): Promise<Repaired> {
  switch (plan.kind) {
    case 'unchanged':
      return nothing;
    case 'upkeep':
      await plan.run();
      return nothing;
    case 'review':
      return found(drift, { outcome: 'needs_review' });
    case 'end':
      return propose(services, drift, plan.ending);
    default: {
      const outcome = await plan.run();
      if (outcome === 'unchanged') return nothing;
      return typeof outcome === 'string' ? found(drift, { outcome }) : propose(services, drift, outcome);
    }
  }
}

/** What the user requested is ended at once: it does not count against the deletion limit. */
async function propose(services: RepairServices, drift: Drift, ending: Ending): Promise<Repaired> {
  const examination = await services.gate.examine(ending);
  if (examination.kind === 'permit' && !examination.requested) {
    return { findings: [], endings: [proposal(drift, ending)] };
  }
  // The gate reports why it refuses.
  const finding = findingOf(drift, await services.gate.end(ending));
  return finding === undefined ? nothing : { findings: [finding], endings: [] };
}

/** Returns undefined if nothing was left to end. */
export function findingOf(
  subject: Pick<Finding, 'reason' | 'subjectId' | 'sub'>,
  result: EndingResult,
): Finding | undefined {
  const { reason, subjectId, sub } = subject;
  switch (result.kind) {
    case 'unchanged':
      return undefined;
    case 'refused':
      return { reason, subjectId, sub, outcome: 'withheld' };
    case 'needs_review':
      return { reason, subjectId, sub, outcome: 'needs_review' };
    default: {
      const [outcome, ...also] = result.actions;
      return outcome === undefined ? undefined : { reason, subjectId, sub, outcome, also };
    }
  }
}

function found(
  { reason, subjectId, sub }: Drift,
  what: { readonly outcome: Outcome; readonly planned?: Action },
): Repaired {
  return { findings: [{ reason, subjectId, sub, ...what }], endings: [] };
}

function proposal({ reason, subjectId }: Drift, ending: Ending): ProposedEnding {
  return { reason, subjectId, ending };
}

export function logFailure(
  { log }: Pick<RepairServices, 'log'>,
  { reason, subjectId }: Pick<Finding, 'reason' | 'subjectId'>,
  cause: unknown,
): void {
  const fields = { metric: 'reconcile_failed', reason, [idFieldOf(subjectId)]: subjectId };
  log.error('A finding could not be repaired.', fields, cause);
}

function idFieldOf(subjectId: string): 'customer_id' | 'event_id' | 'user_id' {
  if (subjectId.startsWith('cus_')) return 'customer_id';
  return subjectId.startsWith('evt_') ? 'event_id' : 'user_id';
}
