/** The action for each kind of due work. */
import { expireSession } from '../checkout/checkout-expiry.ts';
import { finalizeAndCollect, markOverdue, retryCollection } from '../invoices/collection.ts';
import { announceRenewal } from '../invoices/renewal-announcement.ts';
import type { Subscription } from '../model/subscription.ts';
import {
  announceScheduleEnd,
  endPhase,
  startSchedule,
} from '../subscription-schedules/schedule-lifecycle.ts';
import { dropPendingUpdate } from '../subscriptions/pending-update.ts';
import { endTrial, renewSubscription } from '../subscriptions/renewal.ts';
import { expireResumption } from '../subscriptions/resumption.ts';
import { endSubscription, expireIncomplete } from '../subscriptions/subscription-end.ts';
import { changeSubscription } from '../subscriptions/subscription-record.ts';
import { announceTrialEnd } from '../subscriptions/subscription-start.ts';
import { removeTestClock } from '../test-clocks/test-clock-removal.ts';
import type { World } from '../world/world.ts';
import type { DueAction } from './due-dates.ts';
import { takeEffect } from './effects.ts';

type Handler = (world: World, id: string) => void;

export function performDueAction(world: World, action: DueAction, id: string): void {
  handlers[action](world, id);
}

const handlers: Readonly<Record<DueAction, Handler>> = {
  cancel: forSubscription((world, subscription) => {
    endSubscription(world, subscription, { reason: 'cancellation_requested' });
  }),
  expire_incomplete: forSubscription(expireIncomplete),
  announce_trial_end: forSubscription(announceTrialEnd),
  end_trial: forSubscription((world, subscription) => {
    endTrial(world, subscription, { billingReason: 'subscription_cycle', timing: 'in_an_hour' });
  }),
  announce_renewal: forSubscription(announceRenewal),
  renew: forSubscription((world, subscription) => {
    renewSubscription(world, subscription, 'in_an_hour');
  }),
  resume_collection: forSubscription((world, { id }) => {
    changeSubscription(world, id, {
      patch: { pause_collection: null },
      event: 'customer.subscription.updated',
    });
  }),
  drop_pending_update: forSubscription(dropPendingUpdate),
  finalize_invoice: finalizeAndCollect,
  retry_payment: retryCollection,
  mark_overdue: markOverdue,
  expire_resumption: expireResumption,
  expire_session: expireSession,
  delete_test_clock: removeTestClock,
  start_schedule: startSchedule,
  announce_schedule_end: announceScheduleEnd,
  end_phase: forSubscription(endPhase),
  take_effect: takeEffect,
};

function forSubscription(handler: (world: World, subscription: Subscription) => void): Handler {
  return (world, id) => {
    const subscription = world.store.subscriptions.get(id);
    if (subscription !== undefined) handler(world, subscription);
  };
}
