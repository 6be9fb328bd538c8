/**
 * Computes the expected row of a user from the user's subscriptions in Stripe. Written only from docs/contract.md. It
 * imports no code of the product, so that a defect of the product cannot become the expectation.
 */

export interface StripeItem {
  readonly priceId: string;
  readonly metered: boolean;
  readonly unitAmount: number | null;
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
}

export interface ExpectedState {
  readonly status: 'active' | 'trialing' | 'past_due' | 'canceled' | 'none';
  readonly stripeStatus: string | null;
  readonly subscriptionId: string | null;
  readonly plan: string | null;
  readonly currentPeriodEnd: number | null;
  readonly trialExpiresAt: number | null;
  readonly cancelAtPeriodEnd: boolean | null;
  readonly cancelAt: number | null;
  readonly pastDueSince: number | null;
  readonly collectionPaused: boolean;
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

export function expectedState(subscriptions: readonly StripeSubscription[]): ExpectedState {
  const subscription = decidingOf(subscriptions);
  if (subscription === undefined) return noSubscription;
  const began = subscription.status !== 'incomplete' && subscription.status !== 'incomplete_expired';
  const unpaid = subscription.status === 'past_due' || subscription.status === 'unpaid';
  const { start, end } = periodOf(subscription);
  const identity = {
    status: statusOf(subscription),
    stripeStatus: subscription.status,
    subscriptionId: subscription.id,
  };
  const trialExpiresAt = began ? subscription.trialEnd : null;
  if (!isRunning(subscription)) return { ...noSubscription, ...identity, trialExpiresAt };
  const endsWithPeriod =
    subscription.cancelAtPeriodEnd || (subscription.cancelAt !== null && subscription.cancelAt === end);
  return {
    ...identity,
    trialExpiresAt,
    plan: planItemOf(subscription)?.priceId ?? null,
    currentPeriodEnd: end,
    cancelAtPeriodEnd: endsWithPeriod,
    cancelAt: subscription.cancelAt === null && endsWithPeriod ? end : subscription.cancelAt,
    // The unpaid period begins where the paid time ends.
    pastDueSince: unpaid ? start : null,
    collectionPaused: subscription.collectionPaused,
  };
}

const noSubscription: ExpectedState = {
  status: 'none',
  stripeStatus: null,
  subscriptionId: null,
  plan: null,
  currentPeriodEnd: null,
  trialExpiresAt: null,
  cancelAtPeriodEnd: null,
  cancelAt: null,
  pastDueSince: null,
  collectionPaused: false,
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

/** The first status of the ranking decides; among equals the newest subscription, then the greater id. */
function decidingOf(subscriptions: readonly StripeSubscription[]): StripeSubscription | undefined {
  for (const status of ranking) {
    const equals = subscriptions.filter((subscription) => {
      return status === UNKNOWN ? !ranking.includes(subscription.status) : subscription.status === status;
    });
    const newest = Math.max(...equals.map(({ createdAt }) => createdAt));
    const ids = equals.filter(({ createdAt }) => createdAt === newest).map(({ id }) => id);
    const greatest = ids.sort().at(-1);
    if (greatest !== undefined) return equals.find(({ id }) => id === greatest);
  }
  return undefined;
}

/** The base plan: a metered price only if there is no other, then the highest price, the oldest item, the lower price id. */
function planItemOf({ items }: StripeSubscription): StripeItem | undefined {
  const licensed = items.filter(({ metered }) => !metered);
  const candidates = licensed.length > 0 ? licensed : items;
  const highest = Math.max(...candidates.map(({ unitAmount }) => unitAmount ?? 0));
  const priciest = candidates.filter(({ unitAmount }) => (unitAmount ?? 0) === highest);
  const oldest = Math.min(...priciest.map(({ createdAt }) => createdAt));
  const first = priciest.filter(({ createdAt }) => createdAt === oldest).map(({ priceId }) => priceId);
  const lowest = first.sort()[0];
  return priciest.find((item) => item.createdAt === oldest && item.priceId === lowest);
}

/** The period is on the plan's item since 2025-03-31.basil, and was on the subscription before. */
function periodOf(subscription: StripeSubscription): {
  readonly start: number | null;
  readonly end: number | null;
} {
  const item = planItemOf(subscription);
  return {
    start: item?.periodStart ?? subscription.periodStart,
    end: item?.periodEnd ?? subscription.periodEnd,
  };
}
