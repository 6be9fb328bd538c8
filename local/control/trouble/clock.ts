/** Moves the clock of the cloud: Stripe, RevenueCat and the functions go along. */
import { inSpan } from '../../recording/context.ts';
import type { Watch } from '../../recording/watch.ts';
import type { LocalClock } from '../../stripe/start.ts';
import type { SystemClients } from '../clients.ts';
import type { ClockView, JsonRecord } from '../contract.ts';
import { type ControlInput, ControlRefusal, type ControlRoute } from '../routes.ts';
import { readRevenueCat, readStripe } from '../users/payers.ts';
import { type PoolFacts, readUser } from '../users/pool.ts';

export interface ClockDeps {
  readonly watch: Watch;
  readonly clock: LocalClock;
  readonly clients: SystemClients;
  readonly facts: () => PoolFacts & { readonly projectId: string };
}

const HOUR_SECONDS = 3_600;
/** A draft invoice is finalized and paid an hour after the period begins. */
const AFTER_SECONDS = HOUR_SECONDS + 60;
const MAX_SECONDS = 2 * 366 * 24 * HOUR_SECONDS;

export function clockRoutes(deps: ClockDeps): readonly ControlRoute[] {
  return [
    { method: 'GET', path: '/clock', run: () => clockOf(deps.watch) },
    {
      method: 'POST',
      path: '/clock',
      run: async ({ body }) => {
        const seconds = await secondsOf(deps, body);
        if (!Number.isInteger(seconds) || seconds < 1 || seconds > MAX_SECONDS) {
          throw new ControlRefusal(400, 'The clock moves forward by 1 second to 2 years at a time.');
        }
        advance(deps, seconds);
        return clockOf(deps.watch);
      },
    },
  ];
}

export function clockOf(watch: Pick<Watch, 'aheadMs'>): ClockView {
  return { clockMs: Date.now() + watch.aheadMs(), aheadMs: watch.aheadMs() };
}

function advance({ watch: { recorder }, clock }: ClockDeps, seconds: number): void {
  const span = recorder.begin({ lane: 'console', kind: 'clock', title: `Clock + ${durationText(seconds)}` });
  try {
    inSpan(span, () => {
      clock.advance(seconds);
    });
    recorder.end(span, { outcome: 'ok', request: { advanceSeconds: seconds } });
  } catch (error) {
    recorder.end(span, { outcome: 'failed', note: error instanceof Error ? error.message : String(error) });
    throw error;
  }
}

function durationText(seconds: number): string {
  const days = seconds / (24 * HOUR_SECONDS);
  if (days >= 1) return `${Math.round(days * 10) / 10} d`;
  return seconds >= HOUR_SECONDS ? `${Math.round((seconds / HOUR_SECONDS) * 10) / 10} h` : `${seconds} s`;
}

async function secondsOf(deps: ClockDeps, body: ControlInput['body']): Promise<number> {
  const { advanceSeconds, to, sub } = body;
  if (typeof advanceSeconds === 'number') return advanceSeconds;
  if ((to !== 'renewal' && to !== 'trial_end') || typeof sub !== 'string') {
    throw new ControlRefusal(
      400,
      'Send {"advanceSeconds": 3600}, or {"to": "renewal" or "trial_end", "sub": "…"}.',
    );
  }
  const nowSeconds = deps.clock.nowMs() / 1000;
  const moments = (await momentsOf(deps, to, sub)).filter((moment) => moment > nowSeconds);
  if (moments.length === 0) {
    const what = to === 'renewal' ? 'no subscription that will renew' : 'no trial that is running';
    throw new ControlRefusal(409, `The user has ${what}.`);
  }
  return Math.ceil(Math.min(...moments) - nowSeconds) + AFTER_SECONDS;
}

async function momentsOf(
  { clients, facts }: ClockDeps,
  to: 'renewal' | 'trial_end',
  sub: string,
): Promise<readonly number[]> {
  const stored = await readUser(clients, facts(), sub);
  const [{ subscriptions }, { purchases }] = await Promise.all([
    readStripe(clients, stored),
    readRevenueCat(clients, { projectId: facts().projectId, sub }),
  ]);
  const live = subscriptions.filter(({ status }) => !ended.has(String(status)));
  if (to === 'trial_end') return numbersIn(live.map(({ trial_end: end }) => end));
  const items = live.flatMap(
    ({ items: list }) => (list as { readonly data?: readonly JsonRecord[] }).data ?? [],
  );
  return [
    ...numbersIn(items.map(({ current_period_end: end }) => end)),
    ...numbersIn(purchases.map(({ current_period_ends_at: end }) => end)).map((ms) => ms / 1000),
  ];
}

const ended = new Set(['canceled', 'incomplete_expired']);

function numbersIn(values: readonly unknown[]): readonly number[] {
  return values.filter((value): value is number => typeof value === 'number');
}
