/** Changes that follow each other so quickly that their syncs overlap. */
import type { Action } from '../history.ts';
import { liveCustomersOf, subscriptionsOf } from '../stripe-state.ts';
import type { User, World } from '../world.ts';
import { emit } from '../worlds/events.ts';
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

/** As many events of one payment arrive at the same moment, each in a process of its own. */
const EVENTS_OF_A_PAYMENT = 12;

export function payInABurst(world: World, user: User, action: Action): void {
  const [subscription] = subscriptionsOf(world, user).filter(({ status }) => status === 'active');
  if (subscription === undefined) return;
  const { tally, timeline } = world.context;
  tally.add('action events_of_a_payment');
  const { customerId } = subscription;
  for (let event = 1; event < EVENTS_OF_A_PAYMENT; event += 1)
    emit(world.stripe, 'invoice.paid', { customerId, sub: null, isPrompt: true });
  // The change itself comes before, among or after the others.
  timeline.after(world.random.below(MAX_LATE_MS), () =>
    changeSubscription(world, user, { ...action, kind: 'renew', customerId }),
  );
}

const MAX_LATE_MS = 1_500;

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
