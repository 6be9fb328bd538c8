/** The lines of a credit note: parts of the invoice's lines with their discounts and taxes, or amounts of its own. */
import { portionOf, timesDecimal } from '../amounts/decimal.ts';
import { taxShares } from '../amounts/tax-shares.ts';
import type { CreditNoteLine } from '../model/credit-note.ts';
import type { Invoice, InvoiceLine } from '../model/invoice.ts';
import type { Tax } from '../model/tax.ts';
import type { Params } from '../protocol/params.ts';
import { invalidRequest, missingParameter, noSuch } from '../protocol/stripe-error.ts';
import { taxRatesOf } from '../taxes/tax-rates.ts';
import type { World } from '../world/world.ts';

/** Reads `lines`. Returns none if the note is for an amount. */
export function creditedLines(world: World, params: Params, invoice: Invoice): readonly CreditNoteLine[] {
  const entries = params.objects('lines') ?? [];
  if (entries.length > 0 && params.has('amount')) {
    throw invalidRequest({
      message: 'You may only specify one of these parameters: amount, lines.',
      param: 'lines',
    });
  }
  return entries.map((entry) => {
    const type = entry.oneOf('type', ['custom_line_item', 'invoice_line_item']);
    if (type === undefined) throw missingParameter(entry.nameOf('type'));
    return type === 'custom_line_item' ? customLine(world, entry) : partOfLine(world, entry, invoice);
  });
}

function customLine(world: World, entry: Params): CreditNoteLine {
  const quantity = entry.integer('quantity') ?? 1;
  const whole = entry.integer('unit_amount');
  const unit = whole === undefined ? entry.string('unit_amount_decimal') : String(whole);
  if (unit === undefined) throw missingParameter(entry.nameOf('unit_amount'));
  const amount = timesDecimal(unit, quantity);
  const rates = taxRatesOf(world, entry, 'tax_rates') ?? [];
  return {
    ...bareLine(world, { amount, quantity }),
    description: entry.string('description') ?? null,
    tax_rates: rates,
    taxes: taxShares(amount, rates).map(({ amount: tax, inclusive, rate, taxable }) => ({
      amount: tax,
      tax_behavior: inclusive ? 'inclusive' : 'exclusive',
      tax_rate_details: { tax_rate: rate },
      taxability_reason: 'not_available',
      taxable_amount: taxable,
      type: 'tax_rate_details',
    })),
    type: 'custom_line_item',
    unit_amount: whole ?? null,
    unit_amount_decimal: unit,
  };
}

function partOfLine(world: World, entry: Params, invoice: Invoice): CreditNoteLine {
  const id = entry.required('invoice_line_item');
  const line = invoice.lines.data.find((candidate) => candidate.id === id);
  if (line === undefined) {
    throw noSuch('invoice line item', { id, param: entry.nameOf('invoice_line_item') });
  }
  const quantity = entry.integer('quantity') ?? null;
  const amount = entry.integer('amount') ?? portionOf(line.amount, quantity ?? line.quantity, line.quantity);
  if (amount > line.amount || amount < 0) {
    throw invalidRequest({
      message: `The amount of the line must be between 0 and ${line.amount}.`,
      param: entry.nameOf('amount'),
    });
  }
  const discounts = line.discount_amounts.map((share) => ({
    ...share,
    amount: portionOf(share.amount, amount, line.amount),
  }));
  return {
    ...bareLine(world, { amount, quantity: quantity ?? line.quantity }),
    description: line.description,
    discount_amount: discounts.reduce((sum, share) => sum + share.amount, 0),
    discount_amounts: discounts,
    invoice_line_item: id,
    taxes: taxesOf(line, amount),
    type: 'invoice_line_item',
    unit_amount: null,
    unit_amount_decimal: line.pricing?.unit_amount_decimal ?? null,
  };
}

function taxesOf(line: InvoiceLine, amount: number): Tax[] {
  return line.taxes.map((tax) => ({
    ...tax,
    amount: portionOf(tax.amount, amount, line.amount),
    taxable_amount: portionOf(tax.taxable_amount, amount, line.amount),
  }));
}

function bareLine(world: World, { amount, quantity }: { amount: number; quantity: number }) {
  return {
    id: world.ids.next('cnli_'),
    object: 'credit_note_line_item' as const,
    amount,
    discount_amount: 0,
    discount_amounts: [],
    livemode: false as const,
    metadata: {},
    pretax_credit_amounts: [],
    quantity,
    tax_rates: [],
  };
}

export interface LineTotals {
  readonly subtotal: number;
  readonly discount: number;
  readonly taxes: readonly Tax[];
  readonly total: number;
  readonly withoutTax: number;
}

export function totalsOf(lines: readonly CreditNoteLine[]): LineTotals {
  const subtotal = lines.reduce((sum, line) => sum + line.amount, 0);
  const discount = lines.reduce((sum, line) => sum + line.discount_amount, 0);
  const taxes = lines.flatMap((line) => line.taxes);
  const taxOf = (behavior: Tax['tax_behavior']) =>
    taxes.filter((tax) => tax.tax_behavior === behavior).reduce((sum, tax) => sum + tax.amount, 0);
  const net = subtotal - discount;
  const total = net + taxOf('exclusive');
  return { subtotal, discount, taxes, total, withoutTax: net - taxOf('inclusive') };
}
