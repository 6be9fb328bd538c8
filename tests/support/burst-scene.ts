/** Processes of their own that sync one subscriber in virtual time, on a line on which every call takes some time. */
import { createSync } from '../../core/sync/sync.ts';
import type { SyncRequest } from '../../core/sync/sync-request.ts';
import type { Clock } from '../../core/system/clock.ts';
import { timeLimit } from '../../core/system/deadline.ts';
import type { Network } from '../../simulation/engine/invocation.ts';
import { randomFrom } from '../../simulation/engine/random.ts';
import { createTimeline, type Timeline } from '../../simulation/engine/timeline.ts';
import { billingOf } from '../../simulation/worlds/billing.ts';
import { customerIndexOf, entitlementStoreOf } from '../../simulation/worlds/dynamodb.ts';
import { putSubscription } from '../../simulation/worlds/stripe.ts';
import { createAccountWorld, syncRequest } from './account-world.ts';
import { T0 } from './subscriptions.ts';

/** What a call takes at most, each way. One to Stripe takes at least half of it. */
const callMs = { dynamodb: 8, stripe: 150 } as const;

/** A line on which every call takes some time. */
function slowLine(
  timeline: Timeline,
  { seed, calls }: { readonly seed: number; readonly calls: string[] },
): Network {
  const random = randomFrom(seed);
  const wayMs = (system: string) => {
    if (system !== 'stripe') return 1 + random.below(callMs.dynamodb);
    return callMs.stripe / 2 + random.below(callMs.stripe / 2);
  };
  const timed: Network['timed'] = (system, name, effect) =>
    new Promise((resolve, reject) => {
      const startedMs = timeline.nowMs;
      calls.push(name);
      timeline.after(wayMs(system), () => {
        const answerAt = effect();
        timeline.after(wayMs(system), () => {
          try {
            resolve(answerAt({ startedMs, answeredMs: timeline.nowMs }));
          } catch (error) {
            reject(error);
          }
        });
      });
    });
  return {
    timed,
    call: (system, name, effect) =>
      timed(system, name, () => {
        const result = effect();
        return () => result;
      }),
  };
}

interface Replaced {
  readonly billing?: Partial<ReturnType<typeof billingOf>>;
  readonly entitlements?: Partial<ReturnType<typeof entitlementStoreOf>>;
}

function timeLimited<T>(timeline: Timeline, ms: number, work: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    timeline.after(ms, () => reject(timeLimit(`${ms} ms`)));
    work().then(resolve, reject);
  });
}

/** A subscriber whose row was synced long ago, and processes of their own that sync it, with clocks that are a little apart. */
export function burstScene(seed: number) {
  const world = createAccountWorld();
  const { customerId } = world.addAccount('ann');
  world.addSubscription({ id: 'sub_1', customerId });
  const timeline = createTimeline(T0 * 1000);
  const calls: string[] = [];
  const network = slowLine(timeline, { seed, calls });
  const random = randomFrom(seed + 1);
  const process = (replaced: Replaced = {}) => {
    const skewMs = random.below(40) - 20;
    const clock: Pick<Clock, 'nowMs' | 'sleep' | 'within'> = {
      nowMs: () => timeline.nowMs + skewMs,
      sleep: (ms) => new Promise((resolve) => timeline.after(ms, () => resolve())),
      within: (ms, work) => timeLimited(timeline, ms, work),
    };
    return createSync({
      ...world.systems,
      clock,
      billing: { ...billingOf({ ...world.stripe, timeline }, network), ...replaced.billing },
      entitlements: { ...entitlementStoreOf(world.dynamodb, network), ...replaced.entitlements },
      index: customerIndexOf(world.dynamodb, network),
      owners: world.owners,
      random: () => random.next(),
    });
  };
  const event = (id: number, fields: Partial<SyncRequest> = {}) =>
    syncRequest(customerId, { sub: 'ann', cause: { kind: 'stripe_event', id: `evt_${id}` }, ...fields });
  const pay = () => {
    const paid = world.stripe.subscriptions.get('sub_1');
    if (paid === undefined) throw new Error('There is no subscription.');
    const items = paid.items.map((item) => ({ ...item, periodEnd: (item.periodEnd ?? 0) + 1_000 }));
    putSubscription(world.stripe, { ...paid, items }, 'customer.subscription.updated');
    return items[0]?.periodEnd;
  };
  const ofStripe = () => calls.filter((name) => name.startsWith('list '));
  return {
    world,
    timeline,
    calls,
    process,
    event,
    pay,
    ofStripe,
    rowNow: () => world.dynamodb.entitlements.get('ann'),
  };
}

export async function drained<T>(timeline: Timeline, work: () => Promise<T>): Promise<T> {
  const promise = new Promise<T>((resolve, reject) => {
    timeline.after(0, () => void work().then(resolve, reject));
  });
  promise.catch(() => undefined);
  await timeline.drain(20_000);
  return promise;
}
