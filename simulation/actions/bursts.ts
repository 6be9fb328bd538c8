/** Changes that follow each other so quickly that their syncs overlap. */
import type { Functions } from '../functions.ts';
import type { Action } from '../history.ts';
import { liveCustomersOf, subscriptionsOf } from '../stripe-state.ts';
import type { User, World } from '../world.ts';
import { emit } from '../worlds/events.ts';
import { give } from './grants.ts';
import { changeFeatures, changeSubscription, subscribe } from './subscriptions.ts';

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

/** As many events of one payment arrive at nearly the same moment, each in a process of its own. */
const EVENTS_OF_A_PAYMENT = 12;
const PAYMENT_MS = 200;

interface Burst {
  readonly user: User;
  readonly action: Action;
}

/**
 * The renewal comes before, among or after the other events. At times a person gives a grant at the same time, or the plan
 * and its features change.
 */
export function payInABurst(world: World, functions: Functions, call: Burst): void {
  const { user, action } = call;
  const [subscription] = subscriptionsOf(world, user).filter(({ status }) => status === 'active');
  if (subscription === undefined) return;
  const { tally, timeline } = world.context;
  tally.add('action events_of_a_payment');
  const { customerId } = subscription;
  world.stripe.prompt.untilMs = timeline.nowMs + 4 * PAYMENT_MS;
  const within = (ms: number, run: () => void) => timeline.after(world.random.below(ms), run);
  for (let event = 1; event < EVENTS_OF_A_PAYMENT; event += 1)
    within(PAYMENT_MS, () => emit(world.stripe, 'invoice.paid', { customerId, sub: null }));
  const renewal = { ...action, kind: 'renew', customerId } as const;
  within(2 * PAYMENT_MS, () => changeSubscription(world, user, renewal));
  if (action.variant % 2 === 1) {
    const other = { ...action, kind: 'change_plan', customerId } as const;
    within(PAYMENT_MS, () => changeSubscription(world, user, other));
    for (let change = 0; change < CHANGES; change += 1)
      within(3 * PAYMENT_MS, () => changeFeatures(world, { ...action, variant: action.variant + change }));
  }
  if (action.variant % 3 === 0) within(2 * PAYMENT_MS, () => give(world, functions, call));
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
