/**
 * Computes the expected row of a user from the user's subscriptions in Stripe. Written only from docs/contract.md. It
 * imports no code of the product, so that a defect of the product cannot become the expectation.
 */

export interface StripeItem {
  readonly priceId: string;
  /** Its lookup key and its product. */
  readonly keys: readonly string[];
  readonly metered: boolean;
  readonly role: 'plan' | 'add_on' | 'other_product' | null;
  readonly quantity: number | null;
  readonly createdAt: number;
  readonly periodStart: number | null;
  readonly periodEnd: number | null;
}

export interface StripeSubscription {
  readonly id: string;
  readonly status: string;
  readonly createdAt: number;
  readonly items: readonly StripeItem[];
  readonly periodStart: number | null;
  readonly periodEnd: number | null;
  readonly trialEnd: number | null;
  readonly cancelAtPeriodEnd: boolean;
  readonly cancelAt: number | null;
  readonly collectionPaused: boolean;
  readonly paymentPending?: boolean;
  /** Since when its oldest open invoice is late, if Stripe's invoices say so. */
  readonly lateSince?: number | null;
}

export interface ExpectedState {
  readonly status: 'active' | 'trialing' | 'past_due' | 'canceled' | 'none';
  readonly stripeStatus: string | null;
  readonly subscriptionId: string | null;
  readonly plan: string | null;
  readonly quantity: number | null;
  readonly addOns: readonly { readonly price: string; readonly quantity: number | null }[];
  readonly currentPeriodEnd: number | null;
  readonly trialExpiresAt: number | null;
  readonly cancelAtPeriodEnd: boolean | null;
  readonly cancelAt: number | null;
  readonly pastDueSince: number | null;
  readonly collectionPaused: boolean;
  readonly paymentPending?: boolean;
}

const UNKNOWN = 'a status that Stripe added later';

/** Stripe's statuses, in the order in which they decide. */
const ranking = [
  'active',
  'trialing',
  'past_due',
  'unpaid',
  'paused',
  UNKNOWN,
  'canceled',
  'incomplete',
  'incomplete_expired',
];

const running = ['active', 'trialing', 'past_due', 'unpaid', 'paused'];

/** Whether Stripe continues the subscription, so that it has a plan and a period. */
export function isRunning({ status }: { readonly status: string }): boolean {
  return running.includes(status);
}

/** The states of the subscriptions that count: all that run, or else the one that is left. The newest of equals is first. */
export function expectedStates(
  subscriptions: readonly StripeSubscription[],
  order: Order = [],
): readonly ExpectedState[] {
  const ofOthers = (one: StripeSubscription) =>
    one.items.length > 0 && one.items.every(({ role }) => role === 'other_product');
  const sorted = newestFirst(subscriptions.filter((one) => !ofOthers(one)));
  const counting = sorted.some(isRunning) ? sorted.filter(isRunning) : sorted.slice(0, 1);
  return counting.map((one) => stateOf(one, order));
}

/** The names of the plans, the highest plans first. Those of one list are equal. */
export type Order = readonly (readonly string[])[];

/** The place of a plan, by its own name, or else by its lookup keys, or else by its product in Stripe. Not listed: the last. */
export function placeInOrder(order: Order, plan: string, otherNames: readonly string[]): number {
  const [products, keys] = [true, false].map((is) =>
    otherNames.filter((name) => name.startsWith('prod_') === is),
  );
  const places = [[plan], keys ?? [], products ?? []].map((names) =>
    order.findIndex((equals) => equals.some((name) => names.includes(name))),
  );
  return places.find((place) => place !== -1) ?? order.length;
}

function stateOf(subscription: StripeSubscription, order: Order): ExpectedState {
  const began = subscription.status !== 'incomplete' && subscription.status !== 'incomplete_expired';
  const unpaid = subscription.status === 'past_due' || subscription.status === 'unpaid';
  const { start, end } = periodOf(subscription, order);
  const identity = {
    status: statusOf(subscription),
    stripeStatus: subscription.status,
    subscriptionId: subscription.id,
  };
  const trialExpiresAt = began ? subscription.trialEnd : null;
  if (!isRunning(subscription)) return { ...noSubscription, ...identity, trialExpiresAt };
  const planItem = planItemOf(subscription, order);
  const addOns = subscription.items
    .filter((item) => item !== planItem && item.role !== 'other_product')
    .map(({ priceId, quantity }) => ({ price: priceId, quantity }));
  const endsWithPeriod =
    subscription.cancelAtPeriodEnd || (subscription.cancelAt !== null && subscription.cancelAt === end);
  return {
    ...identity,
    trialExpiresAt,
    plan: planItem?.priceId ?? null,
    quantity: planItem?.quantity ?? null,
    addOns: addOns.sort((a, b) => (a.price < b.price ? -1 : 1)),
    currentPeriodEnd: end,
    cancelAtPeriodEnd: endsWithPeriod,
    cancelAt: subscription.cancelAt === null && endsWithPeriod ? end : subscription.cancelAt,
    // The unpaid period begins where the paid time ends, if no invoice says more.
    pastDueSince: unpaid ? (subscription.lateSince ?? start) : null,
    collectionPaused: subscription.collectionPaused,
    paymentPending: subscription.paymentPending === true,
  };
}

export const noSubscription: ExpectedState = {
  status: 'none',
  stripeStatus: null,
  subscriptionId: null,
  plan: null,
  quantity: null,
  addOns: [],
  currentPeriodEnd: null,
  trialExpiresAt: null,
  cancelAtPeriodEnd: null,
  cancelAt: null,
  pastDueSince: null,
  collectionPaused: false,
  paymentPending: false,
};

function statusOf({ status }: StripeSubscription): ExpectedState['status'] {
  switch (status) {
    case 'active':
      return 'active';
    case 'trialing':
      return 'trialing';
    case 'past_due':
    case 'unpaid':
      return 'past_due';
    case 'paused':
    case 'canceled':
      return 'canceled';
    default:
      return 'none';
  }
}

/** By the ranking of the statuses; among equals the newest subscription first, then the greater id. */
function newestFirst(subscriptions: readonly StripeSubscription[]): readonly StripeSubscription[] {
  return ranking.flatMap((status) => {
    const equals = subscriptions.filter((subscription) => {
      return status === UNKNOWN ? !ranking.includes(subscription.status) : subscription.status === status;
    });
    const byId = [...equals].sort((a, b) => (a.id > b.id ? -1 : 1));
    return byId.sort((a, b) => b.createdAt - a.createdAt);
  });
}

/** How early a status decides, among all that Stripe and other writers use. Lower is earlier. */
export function placeOf(status: string): number {
  const place = ranking.indexOf(status);
  return place === -1 ? ranking.indexOf(UNKNOWN) : place;
}

/**
 * The base plan: an item whose price is called a plan, or else one whose price is called nothing. Of those a metered price
 * only if there is no other, then the highest plan, then the oldest item, then the first in the list.
 */
function planItemOf({ items }: StripeSubscription, order: Order): StripeItem | undefined {
  const called = items.filter(({ role }) => role === 'plan');
  const possible = called.length > 0 ? called : items.filter(({ role }) => role === null);
  const licensed = possible.filter(({ metered }) => !metered);
  const left = licensed.length > 0 ? licensed : possible;
  const placeOf = ({ priceId, keys }: StripeItem) => placeInOrder(order, priceId, keys);
  const highest = Math.min(...left.map(placeOf));
  const candidates = left.filter((one) => placeOf(one) === highest);
  const oldest = Math.min(...candidates.map(({ createdAt }) => createdAt));
  return candidates.find(({ createdAt }) => createdAt === oldest);
}

/** Of add-ons alone, the one that is paid for longest. */
function longestOf({ items }: StripeSubscription): StripeItem | undefined {
  const addOns = items.filter(({ role }) => role !== 'other_product');
  const latest = Math.max(...addOns.map(({ periodEnd }) => periodEnd ?? 0));
  return addOns.find(({ periodEnd }) => (periodEnd ?? 0) === latest);
}

/** The period is on the plan's item since 2025-03-31.basil, and was on the subscription before. */
function periodOf(
  subscription: StripeSubscription,
  order: Order,
): { readonly start: number | null; readonly end: number | null } {
  const item = planItemOf(subscription, order) ?? longestOf(subscription) ?? subscription.items[0];
  return {
    start: item?.periodStart ?? subscription.periodStart,
    end: item?.periodEnd ?? subscription.periodEnd,
  };
}
