/** Changes that follow each other so quickly that their syncs overlap. */
import type { Action } from '../history.ts';
import { liveCustomersOf } from '../stripe-state.ts';
import type { User, World } from '../world.ts';
import { changeSubscription, subscribe } from './subscriptions.ts';

const CHANGES = 4;
const BURST_MS = 3_000;

export function changePlanInABurst(world: World, user: User, action: Action): void {
  world.context.tally.add('action change_plan_in_a_burst');
  for (let change = 0; change < CHANGES; change += 1) {
    const repeated = { ...action, kind: 'change_plan', variant: action.variant + change } as const;
    world.context.timeline.after(world.random.below(BURST_MS), () =>
      changeSubscription(world, user, repeated),
    );
  }
}

/** A subscription of a second customer takes up to four seconds to appear, and its webhook some more. */
const PREPARATION_MS = 12_000;
const LIMITED_MS = 30_000;
/** The second change falls into the sync of the first one. */
const MIN_GAP_MS = 1_000;
const MAX_GAP_MS = 6_000;

/** Stripe limits the rate of calls for one of the user's customers, while the subscription of another one changes. */
export function limitRateOfOneCustomer(world: World, user: User, action: Action): void {
  const { timeline, tally } = world.context;
  if (liveCustomersOf(world, user).length < 2)
    subscribe(world, user, { ...action, kind: 'duplicate_customer' });
  timeline.after(PREPARATION_MS, () => {
    const [other, ...rest] = liveCustomersOf(world, user);
    const limited = rest.at(-1);
    if (other === undefined || limited === undefined) return;
    tally.add('action rate_limited_customer');
    world.trace(`${user.sub}: calls for ${limited.id} are rate-limited`);
    world.stripe.rateLimitedUntilMs.set(limited.id, timeline.nowMs + LIMITED_MS);
    const first = { ...action, kind: 'change_plan', customerId: other.id } as const;
    changeSubscription(world, user, first);
    timeline.after(MIN_GAP_MS + world.random.below(MAX_GAP_MS), () =>
      changeSubscription(world, user, { ...first, variant: action.variant + 1 }),
    );
  });
}
