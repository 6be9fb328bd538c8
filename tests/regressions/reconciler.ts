/** The reconcile function, called as the schedule calls it. */
import type { RunResult } from '../../core/reconcile/reconcile.ts';
import type { Report } from '../../core/reconcile/report.ts';
import type { Stage } from '../support/stage.ts';

export interface Reconciler {
  run(): Promise<Report>;
}

export function reconcilerOn(stage: Stage): Reconciler {
  return { run: async () => ((await stage.invoke('reconcile', {})) as RunResult).report };
}
