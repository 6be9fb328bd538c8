/** Whether the checkout can sell a price: it sends a quantity, and opens a subscription or takes a single payment. */
import { recordAt, textAt, type UnknownRecord } from '../system/record.ts';
import { roleIn, termsIn } from './terms.ts';

export type Unsellable =
  /** No price of this account and mode has the id or lookup key. */
  | 'missing'
  | 'inactive'
  | 'product_inactive'
  /** It is charged once, and nothing says what that gives. */
  | 'one_time'
  /** Usage is billed, so no quantity can be bought. */
  | 'metered'
  /** The customer chooses the amount. */
  | 'custom_amount'
  /** Stripe shows no currency, or an interval that is not known here. */
  | 'unreadable';

/** What is wrong with the price, as the end of "the price X …". */
export const unsellableTexts: Readonly<Record<Unsellable, string>> = {
  missing: 'does not exist in this Stripe account and mode, or is archived',
  inactive: 'is archived',
  product_inactive: 'belongs to a product that is archived',
  one_time:
    'is charged once, and its metadata have neither a predixa_access nor predixa_features that is understood, so it would give nothing',
  metered:
    'is metered (recurring.usage_type), and metered prices are not supported yet; sell seats, packages or tiers of a licensed price',
  custom_amount: 'lets the customer choose the amount, which the checkout does not offer',
  unreadable: 'has no currency, or an interval that this version does not know',
};

/** Returns why the price cannot be sold, or undefined. `price`: as Stripe's API shows it, with or without its product. */
export function whyUnsellable(price: UnknownRecord): Unsellable | undefined {
  if (price['active'] !== true) return 'inactive';
  if (recordAt(price, 'product')?.['active'] === false) return 'product_inactive';
  const recurring = recordAt(price, 'recurring');
  if (recurring === null || textAt(price, 'type') === 'one_time') return whyUnsellableOnce(price);
  if (textAt(recurring, 'usage_type') === 'metered') return 'metered';
  return recordAt(price, 'custom_unit_amount') === null ? undefined : 'custom_amount';
}

/** An add-on belongs to a subscription, so it is never sold alone. */
function whyUnsellableOnce(price: UnknownRecord): Unsellable | undefined {
  const { access, features } = termsIn(price);
  if (roleIn(price) === 'add_on' || (access === null && features.length === 0)) return 'one_time';
  return recordAt(price, 'custom_unit_amount') === null ? undefined : 'custom_amount';
}
