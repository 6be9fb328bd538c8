/** What is done when something falls due. */
import { expireSession } from '../checkout/checkout-expiry.ts';
import { collectAgain, finalizeAndCollect, markOverdue } from '../invoices/collection.ts';
import type { Subscription } from '../model/subscription.ts';
import { dropPendingUpdate } from '../subscriptions/pending-update.ts';
import { endTrial, renewSubscription } from '../subscriptions/renewal.ts';
import { giveUpResumption } from '../subscriptions/resumption.ts';
import { endSubscription, expireIncomplete } from '../subscriptions/subscription-end.ts';
import { changeSubscription } from '../subscriptions/subscription-record.ts';
import { announceTrialEnd } from '../subscriptions/subscription-start.ts';
import { removeTestClock } from '../test-clocks/test-clock-removal.ts';
import type { World } from '../world/world.ts';
import type { DueAction } from './due-dates.ts';

type Deed = (world: World, id: string) => void;

export function carryOut(world: World, action: DueAction, id: string): void {
  deeds[action](world, id);
}

const deeds: Readonly<Record<DueAction, Deed>> = {
  cancel: on((world, subscription) => {
    endSubscription(world, subscription, { reason: 'cancellation_requested' });
  }),
  expire_incomplete: on(expireIncomplete),
  announce_trial_end: on(announceTrialEnd),
  end_trial: on((world, subscription) => {
    endTrial(world, subscription, { billingReason: 'subscription_cycle', settling: 'in an hour' });
  }),
  renew: on((world, subscription) => {
    renewSubscription(world, subscription, 'in an hour');
  }),
  resume_collection: on((world, { id }) => {
    changeSubscription(world, id, {
      patch: { pause_collection: null },
      event: 'customer.subscription.updated',
    });
  }),
  drop_pending_update: on(dropPendingUpdate),
  finalize_invoice: finalizeAndCollect,
  retry_payment: collectAgain,
  mark_overdue: markOverdue,
  give_up_resumption: giveUpResumption,
  expire_session: expireSession,
  delete_test_clock: removeTestClock,
};

function on(deed: (world: World, subscription: Subscription) => void): Deed {
  return (world, id) => {
    const subscription = world.store.subscriptions.get(id);
    if (subscription !== undefined) deed(world, subscription);
  };
}
