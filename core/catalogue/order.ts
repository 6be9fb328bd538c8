/** Reads what a client orders, and resolves it against the catalogue. No client chooses an amount, only what is listed. */
import type { ProblemCode } from '../../contract/problem.ts';
import { isRecord, type UnknownRecord } from '../system/record.ts';
import { type CatalogueEntry, type CatalogueView, soldAs } from './entry.ts';

export interface OrderRules {
  readonly maxQuantity: number;
}

/** A price by the name that the client sent. Without a quantity, one is bought, or what is used is billed. */
export interface RequestedItem {
  readonly price: string;
  readonly quantity: number | null;
}

export interface RequestedItems extends RequestedItem {
  readonly addOns: readonly RequestedItem[];
}

export interface OrderedItem {
  readonly entry: CatalogueEntry;
  /** Null: the price bills usage. */
  readonly quantity: number | null;
}

export interface ResolvedOrder {
  readonly plan: OrderedItem;
  /** In the order of the request. */
  readonly addOns: readonly OrderedItem[];
}

export interface OrderRefusal {
  readonly kind: 'refused';
  readonly code: ProblemCode;
  readonly detail: string;
}

export type ItemsReading = { readonly kind: 'items'; readonly items: RequestedItems } | OrderRefusal;
export type OrderReading = { readonly kind: 'order'; readonly order: ResolvedOrder } | OrderRefusal;

const MAX_PRICE_LENGTH = 255;
/** Stripe accepts 20 recurring prices in a session and in a subscription. */
const MAX_ADD_ONS = 19;

/** Reads `price`, `quantity` and `add_ons` of a request, before the catalogue is asked. */
export function readItems(body: UnknownRecord, rules: OrderRules): ItemsReading {
  const plan = readItem(body, { ...rules, field: '' });
  if ('kind' in plan) return plan;
  const given = body['add_ons'] ?? [];
  if (!Array.isArray(given) || given.length > MAX_ADD_ONS) {
    return refused('malformed_request', `add_ons must be a list of at most ${MAX_ADD_ONS} items.`);
  }
  const addOns: RequestedItem[] = [];
  for (const [index, one] of (given as readonly unknown[]).entries()) {
    const field = `add_ons[${index}]`;
    if (!isRecord(one)) return refused('malformed_request', `${field} must be an object.`);
    const unknown = Object.keys(one).find((name) => name !== 'price' && name !== 'quantity');
    if (unknown !== undefined) {
      return refused('malformed_request', `Unknown field: ${field}.${unknown.slice(0, 40)}.`);
    }
    const item = readItem(one, { ...rules, field: `${field}.` });
    if ('kind' in item) return item;
    addOns.push(item);
  }
  return { kind: 'items', items: { ...plan, addOns } };
}

function readItem(
  body: UnknownRecord,
  { maxQuantity, field }: OrderRules & { readonly field: string },
): RequestedItem | OrderRefusal {
  const { price, quantity } = body;
  if (typeof price !== 'string' || price === '' || price.length > MAX_PRICE_LENGTH) {
    return refused('malformed_request', `${field}price must be a price id or a lookup key.`);
  }
  if (quantity === undefined) return { price, quantity: null };
  if (typeof quantity !== 'number' || !Number.isSafeInteger(quantity) || quantity < 1) {
    return refused('malformed_request', `${field}quantity must be a whole number of at least 1.`);
  }
  if (quantity > maxQuantity) {
    return refused('quantity_not_allowed', `${field}quantity must be at most ${maxQuantity}.`);
  }
  return { price, quantity };
}

/**
 * Throws a `Fault` for a price that the configuration lists, but that cannot be sold. An add-on is never bought as the plan and
 * nothing else as an add-on, since the item of the plan decides what its buyer may do.
 */
export function resolveOrder({ addOns, ...plan }: RequestedItems, catalogue: CatalogueView): OrderReading {
  const entry = soldAs(catalogue, plan.price);
  if (entry === undefined) return refused('price_not_allowed', 'The catalogue has no such price.');
  if (entry.role === 'add_on') {
    return refused('price_not_allowed', 'This price is an add-on. Order it in add_ons, with a plan.');
  }
  const resolved: OrderedItem[] = [];
  for (const requested of [plan, ...addOns]) {
    const item = resolveItem(requested, { catalogue, plan: entry, seen: resolved });
    if ('kind' in item) return item;
    resolved.push(item);
  }
  const [ordered, ...others] = resolved;
  if (ordered === undefined) throw new Error('An order has a plan.');
  return { kind: 'order', order: { plan: ordered, addOns: others } };
}

function resolveItem(
  { price, quantity }: RequestedItem,
  {
    catalogue,
    plan,
    seen,
  }: {
    readonly catalogue: CatalogueView;
    readonly plan: CatalogueEntry;
    readonly seen: readonly OrderedItem[];
  },
): OrderedItem | OrderRefusal {
  const entry = soldAs(catalogue, price);
  if (entry === undefined) return refused('add_on_not_allowed', 'The catalogue has no such add-on.');
  if (seen.some((other) => other.entry.id === entry.id)) {
    return refused('malformed_request', 'No price may be ordered twice. Order a quantity of it.');
  }
  if (seen.length > 0) {
    const fault = whyNoAddOnOf(plan, entry);
    if (fault !== undefined) return refused('add_on_not_allowed', fault);
  }
  if (!entry.metered) return { entry, quantity: quantity ?? 1 };
  if (quantity === null) return { entry, quantity };
  return refused('quantity_not_allowed', 'This price bills usage, so it has no quantity.');
}

function whyNoAddOnOf(plan: CatalogueEntry, addOn: CatalogueEntry): string | undefined {
  if (plan.recurring === null) return 'What is charged once is sold alone.';
  if (addOn.role !== 'add_on') return 'This price is no add-on.';
  if (addOn.currency !== plan.currency) return 'This add-on has another currency than the plan.';
  const isAlike =
    addOn.recurring?.interval === plan.recurring?.interval &&
    addOn.recurring?.interval_count === plan.recurring?.interval_count;
  return isAlike ? undefined : 'This add-on is billed in another interval than the plan.';
}

function refused(code: ProblemCode, detail: string): OrderRefusal {
  return { kind: 'refused', code, detail };
}
