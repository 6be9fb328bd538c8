/** The discounts, the taxes and the one-time items of a phase. */
import { readDiscounts } from '../discounts/redemption.ts';
import { oneTimePrice } from '../invoices/invoice-item-record.ts';
import type { PhaseDiscount, PhaseOneTimeItem, SchedulePhase } from '../model/subscription-schedule.ts';
import { mergeMetadata } from '../protocol/metadata.ts';
import type { Params } from '../protocol/params.ts';
import { automaticTaxIn, automaticTaxRecord } from '../taxes/automatic-tax.ts';
import { taxRatesOf } from '../taxes/tax-rates.ts';
import type { World } from '../world/world.ts';

export function phaseTerms(
  world: World,
  params: Params,
): Pick<SchedulePhase, 'add_invoice_items' | 'automatic_tax' | 'default_tax_rates' | 'discounts'> {
  // Coupons that cannot be redeemed are refused now, and redeemed when the phase begins.
  readDiscounts(world, params, { customer: null });
  const automatic = automaticTaxIn(params);
  return {
    add_invoice_items: (params.objects('add_invoice_items') ?? []).map((entry) => oneTimeItem(world, entry)),
    ...(automatic === undefined ? {} : { automatic_tax: automaticTaxRecord(automatic) }),
    default_tax_rates: taxRatesOf(world, params, 'default_tax_rates') ?? [],
    discounts: phaseDiscounts(params),
  };
}

/** Returns the discounts as the request names them. */
export function phaseDiscounts(params: Params): PhaseDiscount[] {
  return (params.objects('discounts') ?? []).map((entry) => ({
    coupon: entry.string('coupon') ?? null,
    discount: entry.string('discount') ?? null,
    promotion_code: entry.string('promotion_code') ?? null,
  }));
}

function oneTimeItem(world: World, entry: Params): PhaseOneTimeItem {
  readDiscounts(world, entry, { customer: null });
  return {
    discountable: null,
    discounts: phaseDiscounts(entry),
    metadata: mergeMetadata({}, entry),
    period: { end: { type: 'min_item_period_end' }, start: { type: 'phase_start' } },
    price: oneTimePrice(world, entry).id,
    quantity: entry.integer('quantity') ?? 1,
    tax_rates: taxRatesOf(world, entry, 'tax_rates') ?? [],
  };
}

export function invoiceSettingsOf(params: Params | undefined): SchedulePhase['invoice_settings'] {
  if (params === undefined) return null;
  return {
    account_tax_ids: null,
    custom_fields: null,
    days_until_due: params.integer('days_until_due') ?? null,
    description: null,
    footer: null,
    issuer: null,
  };
}
