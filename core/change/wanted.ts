/** What a subscription is to bill after a change, from what it bills now and what the client asks for. Pure. */
import type { ProblemCode } from '../../contract/problem.ts';
import { type CatalogueEntry, type CatalogueView, soldAs } from '../catalogue/entry.ts';
import type { PlanOrder } from '../entitlement/plan-order.ts';
import { selectPlanItem } from '../subscription/select.ts';
import type { BilledItem, Changeable, ChangeableItem, ItemEdit } from './changeable.ts';
import type { RatedItem, RatedOrder, RatedPrice } from './direction.ts';

/** A price by the name that the client sent: its id or its lookup key. */
export interface NamedItem {
  readonly price: string;
  readonly quantity: number;
}

/** What the client asks for. What is undefined stays as it is. */
export interface ChangeRequest {
  readonly price?: string | undefined;
  readonly quantity?: number | undefined;
  /** All add-ons that the subscription has afterwards. */
  readonly addOns?: readonly NamedItem[] | undefined;
}

export interface Wanted {
  readonly from: RatedOrder;
  readonly to: RatedOrder;
  /** Everything that is billed afterwards, also what no one asked to change. */
  readonly items: readonly BilledItem[];
  readonly edits: readonly ItemEdit[];
}

export interface WantedRefusal {
  readonly kind: 'refused';
  readonly code: ProblemCode;
  readonly detail: string;
}

export type WantedReading = { readonly kind: 'wanted'; readonly wanted: Wanted } | WantedRefusal;

export interface Offer {
  readonly catalogue: CatalogueView;
  readonly planOrder: PlanOrder;
}

export function wantedOf(
  { items, currency }: Pick<Changeable, 'items' | 'currency'>,
  request: ChangeRequest,
  { catalogue, planOrder }: Offer,
): WantedReading {
  const plan = planOf(items, planOrder);
  if (plan === undefined || plan.metered)
    return refused('change_not_available', 'The subscription has no plan with a quantity.');
  const price = request.price === undefined ? plan : planNamed(request.price, plan, catalogue);
  if ('code' in price) return price;
  const target = { ...rated(price), quantity: request.quantity ?? plan.quantity ?? 1 };
  const before = addOnsOf(items, plan);
  const addOns: BoughtItem[] = [];
  for (const named of request.addOns ??
    before.map(({ priceId, quantity }) => ({ price: priceId, quantity }))) {
    const addOn = addOnNamed(named, before, catalogue);
    if ('code' in addOn) return addOn;
    addOns.push(addOn);
  }
  const refusal = whyNot({ items, currency, plan, target, addOns });
  if (refusal !== undefined) return refusal;
  // Usage, and another product on the same subscription, stay as they are.
  const billed = [target, ...addOns, ...items.filter(isKept)];
  return {
    kind: 'wanted',
    wanted: {
      from: { plan, addOns: before },
      to: { plan: target, addOns },
      items: billed.map(({ priceId, quantity }) => ({ priceId, quantity })),
      edits: editsOf({ plan, before, target, addOns }),
    },
  };
}

/** Returns the plan item: that which the entitlements show as the plan. */
export function planOf(items: readonly ChangeableItem[], order: PlanOrder): ChangeableItem | undefined {
  const timed = items.map((item) => ({ ...item, id: item.itemId, periodStart: null }));
  const plan = selectPlanItem(timed, order);
  return items.find(({ itemId }) => itemId === plan?.id);
}

export interface BoughtItem extends RatedItem {
  readonly itemId: string | null;
  readonly quantity: number;
}

/** Returns the items next to the plan that can be bought. */
export function addOnsOf(
  items: readonly ChangeableItem[],
  plan: ChangeableItem | undefined,
): readonly BoughtItem[] {
  return items
    .filter((item) => item !== plan && !isKept(item))
    .map((item) => ({ ...rated(item), itemId: item.itemId, quantity: item.quantity ?? 1 }));
}

function isKept({ metered, role }: ChangeableItem): boolean {
  return metered || role === 'other_product';
}

function isNamed({ priceId, keys }: RatedPrice, name: string): boolean {
  return priceId === name || keys.some((key) => key === name && !key.startsWith('prod_'));
}

/** A plan that is no longer sold can be kept, but not chosen. */
function planNamed(name: string, plan: ChangeableItem, catalogue: CatalogueView): RatedPrice | WantedRefusal {
  if (isNamed(plan, name)) return plan;
  const entry = soldAs(catalogue, name);
  const price = entry === undefined ? undefined : ratedOf(entry);
  if (entry === undefined || price === undefined)
    return refused('price_not_allowed', 'The catalogue has no such price of a subscription.');
  if (entry.role === 'add_on' || entry.role === 'other_product')
    return refused('price_not_allowed', 'This price is no plan. Order an add-on in add_ons.');
  if (entry.metered)
    return refused('change_not_available', 'This price bills usage. A change to it is not possible.');
  return price;
}

function addOnNamed(
  { price: name, quantity }: NamedItem,
  before: readonly BoughtItem[],
  catalogue: CatalogueView,
): BoughtItem | WantedRefusal {
  const own = before.find((one) => isNamed(one, name));
  if (own !== undefined) return { ...own, quantity };
  const entry = soldAs(catalogue, name);
  const price = entry === undefined ? undefined : ratedOf(entry);
  if (entry?.role !== 'add_on' || price === undefined)
    return refused('add_on_not_allowed', 'The catalogue has no such add-on.');
  if (entry.metered)
    return refused('add_on_not_allowed', 'This add-on bills usage. A subscription has it from the checkout.');
  return { ...price, itemId: null, quantity };
}

interface Target {
  readonly items: readonly ChangeableItem[];
  readonly currency: string;
  readonly plan: ChangeableItem;
  readonly target: BoughtItem | (RatedItem & { readonly quantity: number });
  readonly addOns: readonly BoughtItem[];
}

function whyNot({ items, currency, plan, target, addOns }: Target): WantedRefusal | undefined {
  const isOther = target.priceId !== plan.priceId;
  // It would go on billing the usage of the plan of before.
  if (isOther && items.some(({ metered, role }) => metered && role !== 'add_on' && role !== 'other_product'))
    return refused('change_not_available', 'The subscription bills usage of its plan.');
  if ([target, ...addOns].some((one) => one.currency !== currency))
    return refused('currency_mismatch', `The subscription is paid in ${currency}.`);
  const mixed = addOns.find((one) => cycleOf(one) !== cycleOf(target));
  if (mixed !== undefined && (isOther || mixed.itemId === null))
    return refused(
      'add_on_not_allowed',
      `The add-on ${mixed.priceId} is billed in another interval than the plan. Send add_ons that fit it.`,
    );
  const ids = [target, ...addOns, ...items.filter(isKept)].map(({ priceId }) => priceId);
  return new Set(ids).size < ids.length
    ? refused('malformed_request', 'No price may be ordered twice. Order a quantity of it.')
    : undefined;
}

function editsOf({
  plan,
  before,
  target,
  addOns,
}: Pick<Target, 'plan' | 'target' | 'addOns'> & {
  readonly before: readonly BoughtItem[];
}): readonly ItemEdit[] {
  const { priceId, quantity } = target;
  const isPlanChanged = priceId !== plan.priceId || quantity !== plan.quantity;
  const removed = before.filter((one) => !addOns.some(({ itemId }) => itemId === one.itemId));
  const changed = addOns.filter(
    (one) => before.find(({ itemId }) => itemId === one.itemId)?.quantity !== one.quantity,
  );
  return [
    ...(isPlanChanged ? [{ itemId: plan.itemId, priceId, quantity }] : []),
    ...removed.map(({ itemId }) => ({ itemId, priceId: null, quantity: null })),
    ...changed.map((one) => ({ itemId: one.itemId, priceId: one.priceId, quantity: one.quantity })),
  ];
}

/** Whether the same is billed, in whatever order. */
export function billsSame(a: readonly BilledItem[], b: readonly BilledItem[]): boolean {
  return billedText(a) === billedText(b);
}

export function billedText(items: readonly BilledItem[]): string {
  return JSON.stringify(items.map(({ priceId, quantity }) => `${priceId} ${quantity}`).sort());
}

/** Returns what a listed price costs; undefined if it is charged once. */
export function ratedOf(entry: CatalogueEntry): RatedPrice | undefined {
  const { id, lookupKey, productId, currency, recurring, unitAmount } = entry;
  if (recurring === null) return undefined;
  return {
    priceId: id,
    keys: [lookupKey, productId].filter((key) => key !== null),
    currency,
    amount: unitAmount === null ? null : Number(unitAmount),
    interval: recurring.interval,
    intervalCount: recurring.interval_count,
  };
}

function rated({ priceId, keys, currency, amount, interval, intervalCount }: RatedPrice): RatedPrice {
  return { priceId, keys, currency, amount, interval, intervalCount };
}

function cycleOf({ interval, intervalCount }: RatedPrice): string {
  return `${intervalCount} ${interval}`;
}

function refused(code: ProblemCode, detail: string): WantedRefusal {
  return { kind: 'refused', code, detail };
}
