/** Runs reconcile from a command: shows its progress, and stops it in good order on Ctrl-C. */
import { type CheckName, checkNames } from '../../core/reconcile/checks/index.ts';
import { createReconcile, type RunOptions, type RunResult } from '../../core/reconcile/reconcile.ts';
import type { ReconcileServices } from '../../core/reconcile/services.ts';
import type { Console } from './console.ts';
import type { ProgressView } from './progress.ts';
import type { RunState } from './run-state.ts';

export interface CommandRun extends Pick<RunOptions, 'dryRun' | 'adopts' | 'onFindings'> {
  readonly checks: readonly CheckName[];
  readonly state: RunState;
}

const ADOPTION_INCOMPLETE =
  'Adoption is not complete, so the run only reported. Run npm run backfill first: see "Adoption" in docs/reconcile.md.';

export async function runInConsole(
  services: Omit<ReconcileServices, 'checkpoint'>,
  { view }: Console,
  { state, ...options }: CommandRun,
): Promise<RunResult> {
  const { checkpoint, isSaved, ...seen } = state;
  const saved = await checkpoint.load();
  if (saved !== undefined && options.checks.includes(saved.check)) {
    view.print(
      `An earlier run stopped at the check ${saved.check}. Resuming there; use --fresh to start over.`,
    );
  }
  view.begin(options.checks);
  const stop = stopOnSignals(view);
  try {
    const shouldContinue = () => stop.exitCode() === undefined;
    const run = createReconcile({ ...services, checkpoint });
    const result = await run({ ...options, ...seen, shouldContinue, onPage: (page) => view.page(page) });
    view.end();
    if (!result.adopted && options.adopts !== true) view.print(ADOPTION_INCOMPLETE);
    if (!result.complete) {
      view.print('Stopped. Run the same command again to resume.');
      process.exitCode = stop.exitCode() ?? 1;
    }
    return result;
  } catch (cause) {
    view.end();
    if (isSaved) view.print('The run failed. Run the same command again to resume it.');
    throw cause;
  } finally {
    stop.dispose();
  }
}

const signals = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const;

/** The first signal lets the current repair finish, the second ends the process immediately. */
function stopOnSignals(view: ProgressView) {
  let code: number | undefined;
  const listeners = signals.map(([signal, exitCode]) => {
    const listener = () => {
      if (code !== undefined) process.exit(exitCode);
      code = exitCode;
      view.print('Stopping after the current repair. Press Ctrl-C again to stop immediately.');
    };
    process.on(signal, listener);
    return () => process.off(signal, listener);
  });
  return {
    exitCode: () => code,
    dispose: () => {
      for (const off of listeners) off();
    },
  };
}

export function inRunOrder(checks: readonly CheckName[]): readonly CheckName[] {
  return checkNames.filter((name) => checks.includes(name));
}
