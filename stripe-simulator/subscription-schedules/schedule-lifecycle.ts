/** What happens to a schedule: its start, the end of a phase, its cancellation and its release. */
import { resolvePrice } from '../catalog/prices.ts';
import { resolveCustomer } from '../customers/customers.ts';
import type { Subscription } from '../model/subscription.ts';
import type { PhaseItem, SchedulePhase, SubscriptionSchedule } from '../model/subscription-schedule.ts';
import { defaultPaymentMethod } from '../payments/payment-methods.ts';
import { invalidRequest } from '../protocol/stripe-error.ts';
import { billOutstanding, creditUnused } from '../subscriptions/final-invoice.ts';
import type { ItemEdit } from '../subscriptions/item-edit.ts';
import { changeItems } from '../subscriptions/subscription-change.ts';
import { endSubscription } from '../subscriptions/subscription-end.ts';
import { periodOf } from '../subscriptions/subscription-items.ts';
import { changeSubscription } from '../subscriptions/subscription-record.ts';
import { startSubscription } from '../subscriptions/subscription-start.ts';
import { emit } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { applyPhaseTerms, oneTimeItemsOf, redeemablesOf } from './phase-start.ts';
import { changeSchedule, getSchedule, isOpen } from './schedule-record.ts';

const SUBSCRIPTION_UPDATED = 'customer.subscription.updated';

/** Starts the subscription of the first phase. Its first invoice is a draft for an hour, as that of a renewal is. */
export function startSchedule(world: World, id: string): void {
  const schedule = getSchedule(world, id);
  const [phase] = schedule.phases;
  if (schedule.status !== 'not_started' || phase === undefined) return;
  const { default_settings: settings, customer } = schedule;
  const methodId = phase.default_payment_method ?? settings.default_payment_method;
  const ownMethod = methodId === null ? undefined : world.store.paymentMethods.get(methodId);
  const subscription = startSubscription(world, {
    customer: resolveCustomer(world, customer),
    items: phase.items.map((item) => ({
      ...inputOf(world, item),
      discounts: redeemablesOf(world, item.discounts, customer),
      taxRates: item.tax_rates,
    })),
    metadata: phase.metadata,
    trialEnd: phase.trial_end,
    paymentBehavior: 'allow_incomplete',
    collectionMethod: phase.collection_method ?? settings.collection_method,
    daysUntilDue: phase.invoice_settings?.days_until_due ?? settings.invoice_settings.days_until_due,
    ownMethod,
    method: ownMethod ?? defaultPaymentMethod(world, { customer }),
    authenticated: false,
    cancelAt: null,
    cancelAtPeriodEnd: false,
    missingPaymentMethod: 'create_invoice',
    billingMode: schedule.billing_mode.type,
    anchor: null,
    description: phase.description ?? settings.description,
    paymentSettings: {
      payment_method_options: null,
      payment_method_types: null,
      save_default_payment_method: 'off',
    },
    schedule: id,
    automaticTax: (phase.automatic_tax ?? settings.automatic_tax).enabled,
    defaultTaxRates: phase.default_tax_rates,
    discounts: redeemablesOf(world, phase.discounts, customer),
    oneTimeItems: oneTimeItemsOf(world, phase, { customer, parent: null }),
    prorationBehavior: phase.proration_behavior,
  });
  changeSchedule(world, id, {
    patch: { status: 'active', subscription: subscription.id, current_phase: datesOf(phase) },
    event: 'updated',
  });
}

/** Announces that the last phase ends soon. */
export function announceScheduleEnd(world: World, id: string): void {
  const schedule = getSchedule(world, id);
  world.store.notices.put({ id, about: schedule.phases.at(-1)?.end_date ?? 0 });
  emit(world, 'subscription_schedule.expiring', { object: schedule });
}

function inputOf(world: World, { price, quantity, metadata }: PhaseItem) {
  return { price: resolvePrice(world, price, 'price'), quantity, metadata };
}

function datesOf({ start_date, end_date }: SchedulePhase): SubscriptionSchedule['current_phase'] {
  return { end_date, start_date };
}

/** Ends the current phase of the subscription's schedule: enters the next one, or does what its `end_behavior` says. */
export function endPhase(world: World, subscription: Subscription): void {
  const schedule = getSchedule(world, subscription.schedule ?? '');
  const end = schedule.current_phase?.end_date ?? 0;
  const next = schedule.phases.find(({ start_date: start }) => start === end);
  if (next !== undefined) {
    const current = applyPhaseTerms(world, subscription, { phase: next, schedule });
    changeToPhase(world, current, next);
    changeSchedule(world, schedule.id, { patch: { current_phase: datesOf(next) }, event: 'updated' });
    return;
  }
  if (schedule.end_behavior === 'release') {
    const released = releaseNow(world, schedule);
    emit(world, 'subscription_schedule.completed', { object: released });
    return;
  }
  // First the schedule: the end of the subscription would cancel it.
  changeSchedule(world, schedule.id, {
    patch: { status: 'completed', completed_at: world.seconds(), current_phase: null },
    event: 'completed',
  });
  endSubscription(world, subscription, { reason: null });
}

/** Changes the items of a subscription to those of a phase. */
export function changeToPhase(world: World, subscription: Subscription, phase: SchedulePhase): void {
  const kept = new Set(phase.items.map(({ price }) => price));
  const removed = subscription.items.data.filter(({ price }) => !kept.has(price.id));
  // At the end of a period, nothing of it is left to credit.
  const isRenewal = periodOf(subscription).end <= world.seconds();
  changeItems(world, subscription, {
    edits: [
      ...removed.map(({ id }) => editOf({ id, deleted: true })),
      ...phase.items.map((item) => {
        const id = subscription.items.data.find(({ price }) => price.id === item.price)?.id;
        const { price, quantity } = inputOf(world, item);
        return editOf({ id, price, quantity, taxRates: item.tax_rates, metadataAfter: () => item.metadata });
      }),
    ],
    prorationBehavior: isRenewal ? 'none' : phase.proration_behavior,
    prorationDate: null,
    paymentBehavior: 'allow_incomplete',
    anchorNow: phase.billing_cycle_anchor === 'phase_start',
    endsTrial: false,
  });
  changeSubscription(world, subscription.id, {
    patch: { metadata: { ...subscription.metadata, ...phase.metadata } },
    event: SUBSCRIPTION_UPDATED,
  });
}

function editOf(edit: Partial<ItemEdit>): ItemEdit {
  return {
    id: undefined,
    deleted: false,
    price: undefined,
    quantity: undefined,
    metadataAfter: (current) => current,
    nameOf: (name) => name,
    ...edit,
  };
}

export interface CancelTerms {
  readonly prorates: boolean;
  readonly invoicesNow: boolean;
}

export function cancelSchedule(
  world: World,
  id: string,
  { prorates, invoicesNow }: CancelTerms,
): SubscriptionSchedule {
  const schedule = requireOpen(world, id, 'cancel');
  changeSchedule(world, id, {
    patch: { status: 'canceled', canceled_at: world.seconds(), current_phase: null },
    event: 'canceled',
  });
  const subscription = world.store.subscriptions.get(schedule.subscription ?? '');
  if (subscription === undefined) return getSchedule(world, id);
  const isBilled = subscription.status !== 'trialing' && subscription.status !== 'incomplete';
  if (isBilled && prorates) creditUnused(world, subscription);
  if (isBilled && invoicesNow) billOutstanding(world, subscription);
  const current = world.store.subscriptions.get(subscription.id) ?? subscription;
  endSubscription(world, current, { reason: 'cancellation_requested' });
  return getSchedule(world, id);
}

export function releaseSchedule(world: World, id: string): SubscriptionSchedule {
  return releaseNow(world, requireOpen(world, id, 'release'));
}

/** Leaves the subscription in place, without the schedule. */
function releaseNow(world: World, { id, subscription }: SubscriptionSchedule): SubscriptionSchedule {
  const released = changeSchedule(world, id, {
    patch: {
      status: 'released',
      released_at: world.seconds(),
      released_subscription: subscription,
      subscription: null,
      current_phase: null,
    },
    event: 'released',
  });
  if (subscription !== null) {
    changeSubscription(world, subscription, { patch: { schedule: null }, event: SUBSCRIPTION_UPDATED });
  }
  return released;
}

function requireOpen(world: World, id: string, action: string): SubscriptionSchedule {
  const schedule = getSchedule(world, id);
  if (isOpen(schedule)) return schedule;
  throw invalidRequest({
    message: `You cannot ${action} a subscription schedule that is currently in the \`${schedule.status}\` status. It must be in the \`not_started\` or \`active\` status.`,
  });
}
