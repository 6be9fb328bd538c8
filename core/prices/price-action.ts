/** Says what a user can do with a price that is for sale: buy it, have it already, or change to it. Pure. */
import type { PriceAction, UnavailableReason } from '../../contract/prices.ts';
import type { CatalogueEntry } from '../catalogue/entry.ts';
import { defaultWhen } from '../change/change.ts';
import { directionOf, type RatedOrder, type RatedPrice } from '../change/direction.ts';
import { ratedOf } from '../change/wanted.ts';
import { endsWithPeriod } from '../entitlement/claims.ts';
import type { PlanOrder } from '../entitlement/plan-order.ts';
import type { Claim } from '../entitlement/row.ts';
import { whatBlocks } from '../purchase/owned.ts';
import type { Holdings } from './holdings.ts';
import type { Offered } from './offer.ts';

export interface Choice {
  readonly action: PriceAction;
  /** Whether the checkout sells it only to those who say that they know what they have. */
  readonly again: boolean;
  readonly when: 'now' | 'period_end' | null;
  /** Unix seconds. Null: at once, or not known. */
  readonly takesEffectAt: number | null;
  readonly reason: UnavailableReason | null;
}

export interface ChoiceContext {
  readonly holdings: Holdings;
  /** The price of the plan that is paid in Stripe. Undefined: there is none, or Stripe does not show it. */
  readonly plan: CatalogueEntry | undefined;
  /** The other currencies in which that plan can be paid. */
  readonly planCurrencies: readonly string[];
  readonly planOrder: PlanOrder;
}

const buy: Choice = { action: 'buy', again: false, when: null, takesEffectAt: null, reason: null };
const current: Choice = { ...buy, action: 'current' };

export function choiceOf(offered: Offered, context: ChoiceContext): Choice {
  const { entry } = offered;
  const { subscriptions, elsewhere, owned } = context.holdings;
  if (entry.recurring === null) return choiceOnce(entry, context.holdings);
  if (subscriptions.some((one) => isPartOf(one, entry))) return current;
  const [subscription, ...others] = subscriptions;
  if (others.length > 0) return unavailable('several_subscriptions');
  if (subscription !== undefined) return changeTo(offered, subscription, context);
  if (elsewhere !== undefined) return unavailable('paid_elsewhere');
  return { ...buy, again: whatBlocks(owned, {}).length > 0 };
}

/** As the checkout decides it: what gives access is bought next to other access on purpose only, and nothing for ever twice. */
function choiceOnce(entry: CatalogueEntry, { subscriptions, elsewhere, owned }: Holdings): Choice {
  const { id: price, lookupKey, productId, access, features } = entry;
  const keys = [lookupKey, productId].filter((key) => key !== null);
  const once = { price, keys, quantity: 1, access, features };
  if (whatBlocks(owned, { once, again: true }).length > 0) return current;
  const others = subscriptions.filter((one) => access?.kind !== 'lifetime' || !endsUnbilled(one));
  const hasAccess = access !== null && (others.length > 0 || elsewhere !== undefined);
  return { ...buy, again: hasAccess || whatBlocks(owned, { once }).length > 0 };
}

function endsUnbilled(subscription: Claim): boolean {
  return subscription.cancelAtPeriodEnd === true || endsWithPeriod(subscription);
}

function isPartOf({ plan, addOns }: Claim, { id }: CatalogueEntry): boolean {
  return plan === id || addOns.some(({ price }) => price === id);
}

/** The route that changes it reads Stripe, and decides again. */
function changeTo(offered: Offered, subscription: Claim, context: ChoiceContext): Choice {
  const { entry } = offered;
  const reason = whyUnchangeable(subscription) ?? whyUnfit(offered, context);
  if (reason !== undefined) return unavailable(reason);
  const { plan, planOrder } = context;
  const from = plan === undefined ? undefined : ratedOf(plan);
  const to = ratedOf(entry);
  const status = subscription.stripeStatus ?? '';
  // Without the price of the plan, nothing says which of the two is the higher one.
  if (from === undefined || to === undefined) return change('switch', atPeriodEnd(subscription, status));
  const before = orderOf(from, subscription.quantity);
  const after =
    entry.role === 'add_on'
      ? { ...before, addOns: [{ ...to, quantity: 1 }] }
      : orderOf(to, subscription.quantity);
  const direction = directionOf(before, after, planOrder);
  const when = defaultWhen({ status }, { from: before, to: after }, planOrder);
  if (direction === 'same') return current;
  return change(direction, when === 'now' ? now : atPeriodEnd(subscription, status));
}

/** Returns why no change of it is possible now, as `POST /me/subscription` says it. */
function whyUnchangeable(subscription: Claim): UnavailableReason | undefined {
  const { stripeStatus, cancelAt, cancelAtPeriodEnd, collectionPaused, plan, quantity } = subscription;
  if (stripeStatus === 'past_due' || stripeStatus === 'unpaid') return 'payment_due';
  if (stripeStatus !== 'active' && stripeStatus !== 'trialing') return 'change_not_available';
  if (cancelAt !== null || cancelAtPeriodEnd === true) return 'subscription_ends';
  const hasPlan = plan !== null && quantity !== null;
  return collectionPaused || !hasPlan ? 'change_not_available' : undefined;
}

/** Returns why the price does not fit the plan that the user has. */
function whyUnfit(
  { entry, price }: Offered,
  { plan, planCurrencies }: ChoiceContext,
): UnavailableReason | undefined {
  if (entry.role === 'other_product') return 'change_not_available';
  if (plan === undefined) return undefined;
  const payable = [plan.currency, ...planCurrencies];
  const offered = [entry.currency, ...price.currency_options.map(({ currency }) => currency)];
  if (!offered.some((currency) => payable.includes(currency))) return 'currency_mismatch';
  const isAlike =
    plan.recurring?.interval === entry.recurring?.interval &&
    plan.recurring?.interval_count === entry.recurring?.interval_count;
  return entry.role === 'add_on' && !isAlike ? 'add_on_not_allowed' : undefined;
}

function orderOf(price: RatedPrice, quantity: number | null): RatedOrder {
  return { plan: { ...price, quantity }, addOns: [] };
}

const now = { when: 'now', takesEffectAt: null } as const;

/** In a trial nothing is paid, so nothing is lost by a change at once. */
function atPeriodEnd({ currentPeriodEnd }: Claim, status: string): Pick<Choice, 'when' | 'takesEffectAt'> {
  return status === 'trialing' ? now : { when: 'period_end', takesEffectAt: currentPeriodEnd };
}

function change(
  action: 'upgrade' | 'downgrade' | 'switch',
  effect: Pick<Choice, 'when' | 'takesEffectAt'>,
): Choice {
  return { ...buy, action, ...effect };
}

function unavailable(reason: UnavailableReason): Choice {
  return { ...buy, action: 'unavailable', reason };
}
