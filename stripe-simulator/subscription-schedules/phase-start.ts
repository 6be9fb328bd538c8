/** What begins with a phase: its discounts are redeemed, and its one-time items become pending. */
import { resolvePrice } from '../catalog/prices.ts';
import { replaceDiscounts } from '../discounts/discounts.ts';
import { type Redeemable, redeemableCode, redeemableCoupon, takenOver } from '../discounts/redemption.ts';
import { itemOfPrice } from '../invoices/invoice-item-record.ts';
import type { InvoiceItem } from '../model/invoice.ts';
import type { Subscription } from '../model/subscription.ts';
import type { PhaseDiscount, SchedulePhase, SubscriptionSchedule } from '../model/subscription-schedule.ts';
import { changeSubscription } from '../subscriptions/subscription-record.ts';
import { automaticTaxRecord } from '../taxes/automatic-tax.ts';
import { add } from '../world/records.ts';
import type { World } from '../world/world.ts';

export function redeemablesOf(
  world: World,
  discounts: readonly PhaseDiscount[],
  customer: string,
): readonly Redeemable[] {
  return discounts.flatMap(({ coupon, discount, promotion_code: code }) => {
    if (discount !== null) return [takenOver(world, discount, 'discounts')];
    if (code !== null) return [redeemableCode(world, { id: code, param: 'discounts' }, { customer })];
    return coupon === null ? [] : [redeemableCoupon(world, { id: coupon, param: 'discounts' }, {})];
  });
}

/** Returns the one-time items of a phase. They are not stored yet. */
export function oneTimeItemsOf(
  world: World,
  phase: SchedulePhase,
  owner: Pick<InvoiceItem, 'customer' | 'parent'>,
): InvoiceItem[] {
  return phase.add_invoice_items.map(({ price, quantity, metadata, tax_rates }) =>
    itemOfPrice(world, resolvePrice(world, price, 'price'), { ...owner, quantity, metadata, tax_rates }),
  );
}

/** Applies to the subscription what a phase changes in addition to its items. */
export function applyPhaseTerms(
  world: World,
  subscription: Subscription,
  { phase, schedule }: { phase: SchedulePhase; schedule: SubscriptionSchedule },
): Subscription {
  const { id, customer } = subscription;
  const parent = { subscription_details: { subscription: id }, type: 'subscription_details' } as const;
  for (const row of oneTimeItemsOf(world, phase, { customer, parent }))
    add(world, world.store.invoiceItems, { row, event: 'invoiceitem.created' });
  const redeemables = redeemablesOf(world, phase.discounts, customer);
  const settings = schedule.default_settings;
  return changeSubscription(world, id, {
    patch: {
      automatic_tax: phase.automatic_tax ?? automaticTaxRecord(settings.automatic_tax.enabled),
      default_tax_rates: phase.default_tax_rates,
      description: phase.description ?? settings.description ?? subscription.description,
      discounts: replaceDiscounts(world, subscription, redeemables),
      ...trialOf(world, phase),
    },
    event: 'customer.subscription.updated',
  });
}

/** A phase can begin with a free trial. */
function trialOf(world: World, { trial_end: end }: SchedulePhase): Partial<Subscription> {
  const now = world.seconds();
  return end === null || end <= now ? {} : { trial_end: end, trial_start: now, status: 'trialing' };
}
