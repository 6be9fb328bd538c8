/** Writes subscription schedules, and cancels those whose subscription or customer has ended. */
import type { SubscriptionSchedule } from '../model/subscription-schedule.ts';
import { notFound } from '../protocol/stripe-error.ts';
import { change } from '../world/records.ts';
import type { World } from '../world/world.ts';

export type ScheduleEvent = 'aborted' | 'canceled' | 'completed' | 'released' | 'updated';

export function getSchedule(world: World, id: string): SubscriptionSchedule {
  const schedule = world.store.subscriptionSchedules.get(id);
  if (schedule === undefined) throw notFound('subscription_schedule', id);
  return schedule;
}

export function changeSchedule(
  world: World,
  id: string,
  edit: { patch: Partial<SubscriptionSchedule>; event: ScheduleEvent },
): SubscriptionSchedule {
  const event = `subscription_schedule.${edit.event}`;
  return change(world, world.store.subscriptionSchedules, { id, patch: edit.patch, event });
}

/** Whether the schedule still starts or changes a subscription. */
export function isOpen({ status }: SubscriptionSchedule): boolean {
  return status === 'not_started' || status === 'active';
}

/** Marks a schedule as canceled, unless it has ended. It is aborted if its subscription ends unpaid. */
export function closeSchedule(world: World, id: string | null, { unpaid = false } = {}): void {
  const schedule = id === null ? undefined : world.store.subscriptionSchedules.get(id);
  if (schedule === undefined || !isOpen(schedule)) return;
  changeSchedule(world, schedule.id, {
    patch: { status: 'canceled', canceled_at: world.seconds(), current_phase: null },
    event: unpaid ? 'aborted' : 'canceled',
  });
}

/** Cancels the schedules of a deleted customer: nothing may start for it any more. */
export function closeSchedulesOf(world: World, customer: string): void {
  for (const { id } of world.store.subscriptionSchedules.where('customer', customer))
    closeSchedule(world, id);
}
