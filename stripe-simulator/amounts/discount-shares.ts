/** What discounts take off the lines of an invoice. */
import { percentOf, splitBy } from './decimal.ts';

export interface DiscountTerms {
  readonly id: string;
  readonly percentOff: number | null;
  readonly amountOff: number | null;
  /** The products that the coupon applies to, and null if it applies to all. */
  readonly products: readonly string[] | null;
}

export interface DiscountableLine {
  readonly amount: number;
  readonly isDiscountable: boolean;
  readonly product: string | null;
  /** The discounts of the line itself, which apply before those of the invoice. */
  readonly discounts: readonly DiscountTerms[];
}

export interface DiscountShare {
  readonly discount: string;
  readonly amount: number;
}

/** Returns the discounts of each line, in the order in which they apply. Each sees what the ones before it left. */
export function discountShares(
  lines: readonly DiscountableLine[],
  invoiceDiscounts: readonly DiscountTerms[],
): readonly (readonly DiscountShare[])[] {
  const shares: DiscountShare[][] = lines.map(() => []);
  const left = lines.map(({ amount }) => amount);
  const take = (terms: DiscountTerms, indexes: readonly number[]): void => {
    const eligible = indexes.filter((index) => appliesTo(terms, lines[index]) && (left[index] ?? 0) > 0);
    const parts = partsOf(
      terms,
      eligible.map((index) => left[index] ?? 0),
    );
    for (const [order, index] of eligible.entries()) {
      const amount = parts[order] ?? 0;
      left[index] = (left[index] ?? 0) - amount;
      shares[index]?.push({ discount: terms.id, amount });
    }
  };
  for (const [index, line] of lines.entries()) for (const terms of line.discounts) take(terms, [index]);
  const all = lines.map((_, index) => index);
  for (const terms of invoiceDiscounts) take(terms, all);
  return shares;
}

function appliesTo({ products }: DiscountTerms, line: DiscountableLine | undefined): boolean {
  if (line?.isDiscountable !== true) return false;
  return products === null || (line.product !== null && products.includes(line.product));
}

/** An amount is spread over the lines, and takes no more than there is. */
function partsOf({ percentOff, amountOff }: DiscountTerms, left: readonly number[]): number[] {
  if (percentOff !== null) return left.map((amount) => percentOf(amount, percentOff));
  const sum = left.reduce((total, amount) => total + amount, 0);
  return splitBy(Math.min(amountOff ?? 0, sum), left);
}
