/** Announces the next invoice of a subscription. */
import type { Subscription } from '../model/subscription.ts';
import { periodOf } from '../subscriptions/subscription-items.ts';
import { emit } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { upcomingInvoice } from './invoice-preview.ts';

/** The invoice in the event has no id, because it does not exist yet. */
export function announceRenewal(world: World, subscription: Subscription): void {
  world.store.notices.put({ id: subscription.id, about: periodOf(subscription).end });
  const { id: _, ...object } = upcomingInvoice(world, subscription);
  emit(world, 'invoice.upcoming', { object });
}
