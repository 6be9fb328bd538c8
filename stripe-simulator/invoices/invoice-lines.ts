/** The lines of an invoice, from subscription items and from invoice items. */
import { portionOf } from '../amounts/decimal.ts';
import { type Charge, chargesFor } from '../amounts/price-charges.ts';
import type { Price } from '../model/catalog.ts';
import type { InvoiceItem, InvoiceLine } from '../model/invoice.ts';
import type { SubscriptionItem } from '../model/subscription.ts';
import { formatDay, formatDecimal } from '../pages/format.ts';
import type { World } from '../world/world.ts';

/** A subscription item on an invoice. */
export interface BilledItem {
  readonly item: SubscriptionItem;
  /** The billed period. Default: the current period of the item. */
  readonly period?: { readonly start: number; readonly end: number };
  /** How much of a full period is billed, in seconds. Default: all of it. */
  readonly share?: { readonly part: number; readonly whole: number };
  /** The usage of a metered price, which is billed after its period. */
  readonly usage?: number;
}

/** Bills the current period of the items. What is metered is billed once its period is over. */
export function inFull(items: readonly SubscriptionItem[]): BilledItem[] {
  return items.filter(({ price }) => !isMetered(price)).map((item) => ({ item }));
}

export function isMetered({ recurring }: Price): boolean {
  return recurring?.usage_type === 'metered';
}

/** Returns the lines of an item: one for each tier that it reaches, and one without tiers. */
export function itemLines(
  world: World,
  invoice: string,
  { billed, free }: { billed: BilledItem; free: boolean },
): InvoiceLine[] {
  const { item, usage, share } = billed;
  const charges = chargesFor(item.price, usage ?? item.quantity ?? 1);
  return charges.map((charge) => {
    const whole = share === undefined ? charge.amount : portionOf(charge.amount, share.part, share.whole);
    return newLine(world, invoice, {
      amount: free ? 0 : whole,
      currency: item.price.currency,
      description: describe(world, billed, { charge, free }),
      discountable: true,
      discounts: item.discounts,
      metadata: item.metadata,
      parent: {
        invoice_item_details: null,
        subscription_item_details: {
          invoice_item: null,
          proration: share !== undefined,
          proration_details: share === undefined ? null : { credited_items: null },
          subscription: item.subscription,
          subscription_item: item.id,
        },
        type: 'subscription_item_details',
      },
      period: periodOf(billed),
      pricing: { ...pricingOf(item.price), unit_amount_decimal: charge.unitAmountDecimal },
      quantity: charge.quantity,
    });
  });
}

function periodOf({ item, period }: BilledItem): InvoiceLine['period'] {
  return {
    end: period?.end ?? item.current_period_end,
    start: period?.start ?? item.current_period_start,
  };
}

function describe(
  world: World,
  billed: BilledItem,
  { charge, free }: { charge: Charge; free: boolean },
): string {
  const { price } = billed.item;
  const product = world.store.products.get(price.product)?.name ?? price.product;
  if (free) return `Trial period for ${product}`;
  const { start, end } = periodOf(billed);
  if (billed.share !== undefined)
    return `Time on ${charge.quantity} × ${product} from ${formatDay(start)} until ${formatDay(end)}`;
  const each = formatDecimal(charge.unitAmountDecimal, price.currency);
  const tier = charge.tier === null ? '' : `Tier ${charge.tier} `;
  const rate = `${each} / ${intervalText(price)}`;
  if (charge.isFlat) return `${product} (${tier}flat fee at ${rate})`;
  return `${charge.quantity} × ${product} (${tier}at ${rate})`;
}

function intervalText({ recurring }: Price): string {
  if (recurring === null) return 'once';
  const { interval, interval_count: count } = recurring;
  return count === 1 ? interval : `every ${count} ${interval}s`;
}

export function pendingLine(world: World, invoice: string, item: InvoiceItem): InvoiceLine {
  return newLine(world, invoice, {
    amount: item.amount,
    currency: item.currency,
    description: item.description,
    discountable: item.discountable,
    discounts: item.discounts,
    metadata: item.metadata,
    parent: {
      invoice_item_details: {
        invoice_item: item.id,
        proration: item.proration,
        proration_details: item.proration
          ? { credited_items: item.proration_details?.credited_items?.invoice_line_item_details ?? null }
          : null,
        subscription: item.parent?.subscription_details.subscription ?? null,
      },
      subscription_item_details: null,
      type: 'invoice_item_details',
    },
    period: item.period,
    pricing: item.pricing,
    quantity: item.quantity,
  });
}

type LineFacts = Pick<
  InvoiceLine,
  | 'amount'
  | 'currency'
  | 'description'
  | 'discountable'
  | 'discounts'
  | 'metadata'
  | 'parent'
  | 'period'
  | 'pricing'
  | 'quantity'
>;

function newLine(world: World, invoice: string, facts: LineFacts): InvoiceLine {
  return {
    id: world.ids.next('il_'),
    object: 'line_item',
    ...facts,
    discount_amounts: [],
    invoice,
    livemode: false,
    subtotal: facts.amount,
    taxes: [],
  };
}

export function pricingOf(price: Price): NonNullable<InvoiceLine['pricing']> {
  return {
    price_details: { price: price.id, product: price.product },
    type: 'price_details',
    unit_amount_decimal: price.unit_amount_decimal,
  };
}
