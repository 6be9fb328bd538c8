/** Advances the clock to a moment in the life of a subscription. */
import type { Simulation } from '../control/simulation.ts';
import type { Invoice } from '../model/invoice.ts';
import type { Subscription } from '../model/subscription.ts';
import type { Moment } from '../options.ts';
import { openInvoicesOf } from '../subscriptions/invoice-outcome.ts';
import { periodOf } from '../subscriptions/subscription-items.ts';
import { isEnded } from '../subscriptions/subscription-record.ts';
import type { World } from '../world/world.ts';

/** Runs all work that falls due on the way. Returns the number of actions. */
export function advanceTo(simulation: Simulation, moment: Moment | Date, id?: string): number {
  if (moment instanceof Date) return advanceToSecond(simulation, Math.ceil(moment.getTime() / 1000));
  const { world } = simulation;
  const subscription = chosenSubscription(world, id);
  const actions = advanceToSecond(simulation, secondOf[moment](world, subscription));
  return moment === 'renewal' ? actions + advanceToCharge(simulation, subscription.id) : actions;
}

type SecondOf = (world: World, subscription: Subscription) => number;

const secondOf: Readonly<Record<Moment, SecondOf>> = {
  renewal: (_world, subscription) => {
    const { end } = periodOf(subscription);
    const { id, cancel_at: cancelAt } = subscription;
    if (cancelAt === null || cancelAt > end) return end;
    throw impossible(id, `does not renew, because it ends at ${shown(cancelAt)}`);
  },
  period_end: (_world, subscription) => periodOf(subscription).end,
  trial_end: (_world, { id, status, trial_end: end }) => {
    if (status === 'trialing' && end !== null) return end;
    throw impossible(id, `has no trial that could end (status: ${status})`);
  },
  payment_retry: (world, { id }) => {
    const attempt = openInvoicesOf(world, id)[0]?.next_payment_attempt;
    if (typeof attempt === 'number') return attempt;
    throw impossible(id, 'has no open invoice whose payment is retried');
  },
  cancellation: (_world, { id, cancel_at: at }) => {
    if (at !== null) return at;
    throw impossible(id, 'is not scheduled to be canceled');
  },
};

/** A renewal is charged once its draft is finalized, which is an hour after the period begins. */
function advanceToCharge(simulation: Simulation, id: string): number {
  const draft = invoicesOf(simulation.world, id).find(({ status }) => status === 'draft');
  const at = draft?.automatically_finalizes_at;
  return typeof at === 'number' ? advanceToSecond(simulation, at) : 0;
}

function invoicesOf({ store }: World, id: string): Invoice[] {
  return store.invoices.where('subscription', id);
}

function advanceToSecond({ clock, due }: Simulation, second: number): number {
  const distanceMs = second * 1000 - clock.nowMs();
  if (distanceMs > 0) clock.advance(distanceMs / 1000);
  return due.run();
}

/** Returns the subscription with the id, or the only one that has not ended. */
function chosenSubscription({ store }: World, id: string | undefined): Subscription {
  const live = store.subscriptions.oldestFirst().filter((row) => !isEnded(row));
  const chosen = id === undefined ? live : live.filter((row) => row.id === id);
  const [subscription, another] = chosen;
  if (subscription === undefined) {
    throw new Error(
      id === undefined ? 'There is no subscription that has not ended.' : `No subscription ${id} is live.`,
    );
  }
  if (another !== undefined) {
    throw new Error(`There are ${chosen.length} live subscriptions. Pass the id of the one that you mean.`);
  }
  if (subscription.test_clock === null) return subscription;
  throw impossible(
    subscription.id,
    `follows the test clock ${subscription.test_clock}, which the API advances`,
  );
}

function impossible(id: string, reason: string): Error {
  return new Error(`The subscription ${id} ${reason}.`);
}

function shown(second: number): string {
  return new Date(second * 1000).toISOString();
}
