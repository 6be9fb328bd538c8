/** What a subscription is to bill after a change, from what it bills now and what the client asks for. Pure. */
import type { PlanOrder } from '../entitlement/plan-order.ts';
import { selectPlanItem } from '../subscription/select.ts';
import type { PriceRole } from '../subscription/subscription.ts';
import type { BilledItem, Changeable, ChangeableItem, ItemEdit } from './changeable.ts';
import type { RatedOrder, RatedPrice } from './direction.ts';

/** A price that is for sale. */
export interface SoldPrice extends RatedPrice {
  readonly role: PriceRole | null;
}

/** What the client asks for. What is undefined stays as it is. */
export interface ChangeRequest {
  readonly price?: SoldPrice | undefined;
  readonly quantity?: number | undefined;
  /** All add-ons that the subscription has afterwards. */
  readonly addOns?: readonly { readonly price: SoldPrice; readonly quantity: number }[] | undefined;
}

export interface WantedPrice extends RatedPrice {
  readonly quantity: number;
}

export interface Wanted {
  readonly from: RatedOrder;
  readonly to: RatedOrder;
  /** Everything that is billed afterwards, also what no one asked to change. */
  readonly items: readonly BilledItem[];
  readonly edits: readonly ItemEdit[];
}

export type WantedReading =
  | { readonly kind: 'wanted'; readonly wanted: Wanted }
  | {
      readonly kind: 'refused';
      readonly code: 'change_not_available' | 'currency_mismatch' | 'price_not_allowed';
      readonly detail: string;
    };

export function wantedOf(
  { items, currency }: Pick<Changeable, 'items' | 'currency'>,
  request: ChangeRequest,
  order: PlanOrder,
): WantedReading {
  const plan = planOf(items, order);
  if (plan === undefined || plan.metered)
    return refused('change_not_available', 'The subscription has no plan with a quantity.');
  const { price = plan } = request;
  const isOther = price.priceId !== plan.priceId;
  // It would go on billing the usage of the plan of before.
  if (
    isOther &&
    items.some((item) => item.metered && item.role !== 'add_on' && item.role !== 'other_product')
  )
    return refused('change_not_available', 'The subscription bills usage of its plan.');
  const target = { ...rated(price), quantity: request.quantity ?? plan.quantity ?? 1 };
  const before = addOnsOf(items, plan);
  const addOns = request.addOns?.map((one) => ({ ...rated(one.price), quantity: one.quantity })) ?? before;
  const all = [target, ...addOns];
  if (all.some((one) => one.currency !== currency))
    return refused('currency_mismatch', `The subscription is paid in ${currency}.`);
  const mixed = addOns.find((one) => cycleOf(one) !== cycleOf(target));
  if (mixed !== undefined && (isOther || request.addOns !== undefined))
    return refused(
      'price_not_allowed',
      `The add-on ${mixed.priceId} has another interval than the plan. Send add_ons of the plan’s interval.`,
    );
  const ids = all.map(({ priceId }) => priceId);
  // Usage, and another product on the same subscription, stay as they are.
  const kept = items.filter((item) => item.metered || item.role === 'other_product');
  if (new Set([...ids, ...kept.map(({ priceId }) => priceId)]).size < ids.length + kept.length)
    return refused('price_not_allowed', 'The subscription would have a price twice.');
  const edits = editsOf({ plan, before, target, addOns });
  const billed = [...all, ...kept].map(({ priceId, quantity }) => ({ priceId, quantity }));
  const from = { plan: { ...plan, quantity: plan.quantity }, addOns: before };
  return { kind: 'wanted', wanted: { from, to: { plan: target, addOns }, items: billed, edits } };
}

/** Returns the plan item: that which entitlements show as the plan. */
export function planOf(items: readonly ChangeableItem[], order: PlanOrder): ChangeableItem | undefined {
  const timed = items.map((item) => ({ ...item, id: item.itemId, periodStart: null }));
  const plan = selectPlanItem(timed, order);
  return items.find(({ itemId }) => itemId === plan?.id);
}

interface AddOn extends WantedPrice {
  readonly itemId?: string;
}

export function addOnsOf(
  items: readonly ChangeableItem[],
  plan: ChangeableItem | undefined,
): readonly AddOn[] {
  return items
    .filter((item) => item !== plan && !item.metered && item.role !== 'other_product')
    .map((item) => ({ ...rated(item), itemId: item.itemId, quantity: item.quantity ?? 1 }));
}

function editsOf(change: {
  readonly plan: ChangeableItem;
  readonly before: readonly AddOn[];
  readonly target: WantedPrice;
  readonly addOns: readonly AddOn[];
}): readonly ItemEdit[] {
  const { plan, before, target, addOns } = change;
  const isPlanChanged = target.priceId !== plan.priceId || target.quantity !== plan.quantity;
  const ofPlan = { itemId: plan.itemId, priceId: target.priceId, quantity: target.quantity };
  const removed = before.filter((one) => !addOns.some(({ priceId }) => priceId === one.priceId));
  const changed = addOns.filter(
    (one) => before.find(({ priceId }) => priceId === one.priceId)?.quantity !== one.quantity,
  );
  return [
    ...(isPlanChanged ? [ofPlan] : []),
    ...removed.map(({ itemId = null }) => ({ itemId, priceId: null, quantity: null })),
    ...changed.map(({ priceId, quantity }) => {
      const itemId = before.find((one) => one.priceId === priceId)?.itemId ?? null;
      return { itemId, priceId, quantity };
    }),
  ];
}

/** Whether the same is billed, in whatever order. */
export function billsSame(a: readonly BilledItem[], b: readonly BilledItem[]): boolean {
  return textOf(a) === textOf(b);
}

function textOf(items: readonly BilledItem[]): string {
  return JSON.stringify(items.map(({ priceId, quantity }) => `${priceId} ${quantity}`).sort());
}

function rated({ priceId, keys, currency, amount, interval, intervalCount }: RatedPrice): RatedPrice {
  return { priceId, keys, currency, amount, interval, intervalCount };
}

function cycleOf({ interval, intervalCount }: RatedPrice): string {
  return `${intervalCount} ${interval}`;
}

function refused(
  code: 'change_not_available' | 'currency_mismatch' | 'price_not_allowed',
  detail: string,
): WantedReading {
  return { kind: 'refused', code, detail };
}
