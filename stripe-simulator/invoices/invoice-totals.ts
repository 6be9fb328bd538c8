/** Computes the discounts and the taxes of an invoice's lines, and adds them up. */
import { type DiscountShare, discountShares } from '../amounts/discount-shares.ts';
import { taxShares } from '../amounts/tax-shares.ts';
import { discountTerms } from '../discounts/discount-terms.ts';
import type { DiscountAmount, Invoice, InvoiceItem, InvoiceLine } from '../model/invoice.ts';
import type { SubscriptionItem } from '../model/subscription.ts';
import type { Tax, TaxRate } from '../model/tax.ts';
import { automaticRates } from '../taxes/automatic-tax.ts';
import type { World } from '../world/world.ts';

export type PricedInvoice = Pick<
  Invoice,
  | 'amount_due'
  | 'amount_remaining'
  | 'lines'
  | 'starting_balance'
  | 'subtotal'
  | 'subtotal_excluding_tax'
  | 'total'
  | 'total_discount_amounts'
  | 'total_excluding_tax'
  | 'total_taxes'
>;

/** What the amounts of an invoice depend on. */
export type InvoiceTerms = Pick<
  Invoice,
  'automatic_tax' | 'currency' | 'customer' | 'default_tax_rates' | 'discounts' | 'id'
> & {
  /** Items that are not stored yet. */
  readonly unstored?: {
    readonly items: readonly SubscriptionItem[];
    readonly pending: readonly InvoiceItem[];
  };
};

export function pricedInvoice(
  world: World,
  terms: InvoiceTerms,
  bare: readonly InvoiceLine[],
): PricedInvoice {
  const lines = withTaxes(world, terms, withDiscounts(world, terms, bare));
  const amount = sum(lines.map((line) => line.amount));
  const ownDiscounts = sum(
    lines.flatMap((line) =>
      line.discount_amounts.filter(({ discount }) => line.discounts.includes(discount)).map(amountIn),
    ),
  );
  const discounts = sum(lines.flatMap((line) => line.discount_amounts.map(amountIn)));
  const taxes = lines.flatMap((line) => line.taxes);
  const taxOf = (behavior: Tax['tax_behavior']) =>
    sum(taxes.filter((tax) => tax.tax_behavior === behavior).map(amountIn));
  const included = taxOf('inclusive');
  const total = amount - discounts + taxOf('exclusive');
  // What the balance pays is taken off now, and again when the invoice is finalized.
  const balance = world.store.customers.get(terms.customer)?.balance ?? 0;
  const due = Math.max(0, total + balance);
  // The discounts of a line are already taken off the subtotal.
  const subtotal = amount - ownDiscounts;
  return {
    amount_due: due,
    amount_remaining: due,
    starting_balance: balance,
    lines: {
      object: 'list',
      data: lines,
      has_more: false,
      total_count: lines.length,
      url: `/v1/invoices/${terms.id}/lines`,
    },
    subtotal,
    subtotal_excluding_tax: subtotal - included,
    total,
    total_discount_amounts: addedDiscounts(lines.flatMap((line) => line.discount_amounts)),
    total_excluding_tax: amount - discounts - included,
    total_taxes: addedTaxes(taxes),
  };
}

function withDiscounts(world: World, terms: InvoiceTerms, lines: readonly InvoiceLine[]): InvoiceLine[] {
  const termsOf = (ids: readonly string[]) =>
    ids.map((id) => discountTerms(world, id, terms.currency)).filter((one) => one !== undefined);
  const shares = discountShares(
    lines.map((line) => ({
      amount: line.amount,
      isDiscountable: line.discountable,
      product: line.pricing?.price_details.product ?? null,
      discounts: termsOf(line.discounts),
    })),
    termsOf(terms.discounts),
  );
  return lines.map((line, index) => ({
    ...line,
    discount_amounts: (shares[index] ?? []).map(({ amount, discount }: DiscountShare) => ({
      amount,
      discount,
    })),
  }));
}

function withTaxes(world: World, terms: InvoiceTerms, lines: readonly InvoiceLine[]): InvoiceLine[] {
  const exempt = world.store.customers.get(terms.customer)?.tax_exempt ?? 'none';
  return lines.map((line) => {
    const rates = terms.automatic_tax.enabled
      ? automaticRates(world, terms.customer, line)
      : ratesOf(world, terms, line);
    const net = line.amount - sum(line.discount_amounts.map(amountIn));
    return { ...line, taxes: taxesOf(net, rates, exempt) };
  });
}

/** The rates of the item itself replace the default rates. */
function ratesOf(world: World, terms: InvoiceTerms, line: InvoiceLine): readonly TaxRate[] {
  const { invoice_item_details: pending, subscription_item_details: recurring } = line.parent;
  const id = recurring === null ? (pending?.invoice_item ?? '') : recurring.subscription_item;
  const { items = [], pending: unstored = [] } = terms.unstored ?? {};
  const own =
    [...items, ...unstored].find((item) => item.id === id) ??
    world.store.invoiceItems.get(id) ??
    world.store.subscriptions.get(recurring?.subscription ?? '')?.items.data.find((item) => item.id === id);
  return own === undefined || own.tax_rates.length === 0 ? terms.default_tax_rates : own.tax_rates;
}

function taxesOf(net: number, rates: readonly TaxRate[], exempt: string): Tax[] {
  const isTaxed = exempt === 'none';
  return taxShares(net, rates).map(({ rate, inclusive, amount, taxable }) => ({
    amount: isTaxed ? amount : 0,
    tax_behavior: inclusive ? 'inclusive' : 'exclusive',
    tax_rate_details: { tax_rate: rate },
    taxability_reason: isTaxed ? reasonOf(rates, rate) : exemptReason(exempt),
    taxable_amount: isTaxed ? taxable : 0,
    type: 'tax_rate_details',
  }));
}

function reasonOf(rates: readonly TaxRate[], id: string): Tax['taxability_reason'] {
  const rate = rates.find((one) => one.id === id);
  // Stripe knows the reason of its own rates only.
  if (rate?.rate_type !== 'percentage') return 'not_available';
  return rate.percentage === 0 ? 'zero_rated' : 'standard_rated';
}

function exemptReason(exempt: string): Tax['taxability_reason'] {
  return exempt === 'reverse' ? 'reverse_charge' : 'customer_exempt';
}

function addedDiscounts(shares: readonly DiscountAmount[]): DiscountAmount[] {
  const ids = [...new Set(shares.map(({ discount }) => discount))];
  return ids.map((discount) => ({
    amount: sum(shares.filter((share) => share.discount === discount).map(amountIn)),
    discount,
  }));
}

function addedTaxes(taxes: readonly Tax[]): Tax[] {
  const ids = [...new Set(taxes.map((tax) => tax.tax_rate_details.tax_rate))];
  return ids.flatMap((id) => {
    const same = taxes.filter((tax) => tax.tax_rate_details.tax_rate === id);
    const [first] = same;
    if (first === undefined) return [];
    return [
      {
        ...first,
        amount: sum(same.map(amountIn)),
        taxable_amount: sum(same.map((tax) => tax.taxable_amount)),
      },
    ];
  });
}

function amountIn({ amount }: { readonly amount: number }): number {
  return amount;
}

function sum(amounts: readonly number[]): number {
  return amounts.reduce((total, amount) => total + amount, 0);
}
