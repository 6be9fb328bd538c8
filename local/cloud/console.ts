/** Opens the console of a local cloud: what it is built of, the inspector that it runs, and the clock that it moves. */
import path from 'node:path';
import type { WholeCloudWork } from '../control/data/routes.ts';
import { INSPECTOR } from '../control/inspection.ts';
import { openControl } from '../control/open.ts';
import { type ConsoleServer, consoleServer } from '../control/server.ts';
import { faultsOfStripe } from '../control/trouble/fault-routes.ts';
import type { ObserveInvocation } from '../lambda/observer.ts';
import { startLambda } from '../lambda/runtime.ts';
import type { CloudStatus } from '../page/status.ts';
import { UNRECORDED } from '../recording/context.ts';
import type { Watch } from '../recording/watch.ts';
import type { LocalStripe } from '../stripe/start.ts';
import type { Disposables } from './disposables.ts';
import type { Environment } from './environment.ts';
import type { Settings } from './options.ts';
import type { OpenContext, Servers } from './parts.ts';

/** The functions read Stripe's clock, from the start and after each move. */
export function followClock(watch: Watch, stripe: LocalStripe): void {
  const follow = () => watch.setAheadMs(Math.round((stripe.clock.nowMs() - Date.now()) / 1_000) * 1_000);
  follow();
  stripe.clock.follow(follow);
  watch.faultsFrom(() => faultsOfStripe(stripe.trouble));
}

/** Shows every page that all it has read is outdated. */
export function announceReset({ hub, publishFaults }: Watch): void {
  publishFaults();
  hub.publish({ kind: 'reset' });
}

export interface ConsoleContext extends OpenContext, Pick<Servers, 'stripe' | 'revenuecat' | 'cognito'> {
  readonly disposables: Disposables;
  readonly env: Environment;
  readonly status: () => CloudStatus;
  readonly whole: WholeCloudWork;
}

const INSPECTOR_TIMEOUT_SECONDS = 300;

export async function openConsole(settings: Settings, context: ConsoleContext): Promise<ConsoleServer> {
  const { directory, watch, disposables, env } = context;
  const lambda = await startLambda({
    functionsDirectory: settings.consoleDirectory,
    functions: { [INSPECTOR]: { timeoutSeconds: INSPECTOR_TIMEOUT_SECONDS } },
    // Nothing else needs Stripe's rate limit here.
    env: { ...env, RECONCILE_STRIPE_SHARE: '1' },
    logsDirectory: path.resolve(directory, 'logs'),
    observe: observeInspector(watch),
    clockOffset: watch.clockOffset,
    concurrency: 2,
  });
  disposables.keep(lambda);
  const routes = openControl({
    ...context,
    lambda,
    snapshotsDirectory: path.resolve(directory, 'snapshots'),
  });
  return consoleServer({ hub: watch.hub, routes, directory: settings.consoleDirectory });
}

/** A comparison is no work of the product. A repair is, and is recorded as what a person has done. */
function observeInspector({ recorder }: Watch): ObserveInvocation {
  return (_name, event) => {
    const repairs = (event as { readonly repair?: unknown }).repair === true;
    if (!repairs) return { span: UNRECORDED, line: () => undefined, end: () => undefined };
    const span = recorder.begin({ lane: 'console', kind: 'action', title: 'Reconcile' });
    return {
      span,
      line: (line) => recorder.log(span, line),
      end: (result) => {
        recorder.end(span, { outcome: result.ok ? 'ok' : 'failed', request: event, answer: result });
      },
    };
  };
}
