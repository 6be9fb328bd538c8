/** Users who pay in Stripe and then delete their accounts. The simulator's clock can be set back to when they paid. */
import type { Stripe } from 'stripe';
import { buyersOn, idOf, type User } from './buyers.ts';
import { createStage, type Stage } from './stage.ts';

export const DAY_MS = 86_400_000;

export interface Leaver extends User {
  readonly customerId: string;
}

export interface LeaverScene {
  readonly stage: Stage;
  /** Runs `work` with the simulator's clock so many days back. */
  daysAgo<T>(days: number, work: () => Promise<T>): Promise<T>;
  price(terms?: Partial<Stripe.PriceCreateParams>): Promise<string>;
  /** A user with a customer whose card pays. */
  leaver(card?: string): Promise<Leaver>;
  subscribe(
    who: Leaver,
    price: string,
    terms?: Partial<Stripe.SubscriptionCreateParams>,
  ): Promise<Stripe.Subscription>;
  remove(who: User): ReturnType<ReturnType<typeof buyersOn>['remove']>;
  /** Every refund of the customer's charges, the newest first. */
  refundsOf(who: Leaver): Promise<readonly Stripe.Refund[]>;
  control(path: string, body: object): Promise<void>;
  /** What is unused of the amount since the request that the refund names, rounded as Stripe does. */
  unusedOf(amount: number, item: Period | undefined, refund: Stripe.Refund | undefined): number;
}

interface Period {
  readonly current_period_start: number;
  readonly current_period_end: number;
}

export async function createLeaverScene(policy: string): Promise<LeaverScene> {
  let backMs = 0;
  const now = () => Date.now() - backMs;
  const stage = await createStage({ env: { DELETION_REFUND: policy }, now, searchLagSeconds: 0 });
  const buyers = buyersOn(stage);
  const { stripe } = stage;
  return {
    stage,
    daysAgo: async (days, work) => {
      backMs = days * DAY_MS;
      try {
        return await work();
      } finally {
        backMs = 0;
      }
    },
    price: async (terms = {}) => {
      const product = await stripe.products.create({ name: 'Pro' });
      const yearly = { currency: 'eur', unit_amount: 12_000, recurring: { interval: 'year' } } as const;
      return (await stripe.prices.create({ product: product.id, ...yearly, ...terms })).id;
    },
    leaver: async (card = 'pm_card_visa') => {
      const who = await buyers.user();
      const metadata = { cognito_sub: who.sub, cognito_user_pool: stage.poolId };
      const { id: customerId } = await stripe.customers.create({ metadata });
      const method = await stripe.paymentMethods.attach(card, { customer: customerId });
      const invoice_settings = { default_payment_method: method.id };
      await stripe.customers.update(customerId, { invoice_settings });
      await stage.putProfile({ userId: who.sub, stripeCustomerId: customerId });
      const row = { cognito_sub: who.sub, status: 'active', stripe_customer_ids: [customerId], version: 1 };
      await stage.putEntitlement(row);
      return { ...who, customerId };
    },
    subscribe: ({ customerId }, price, terms = {}) =>
      stripe.subscriptions.create({ customer: customerId, items: [{ price }], ...terms }),
    remove: buyers.remove,
    refundsOf: async ({ customerId }) => {
      const { data } = await stripe.refunds.list({ limit: 100 });
      const charges = await stripe.charges.list({ customer: customerId, limit: 100 });
      const own = new Set(charges.data.map(({ id }) => id));
      return data.filter((refund) => own.has(idOf(refund.charge)));
    },
    control: async (path, body) => {
      const init = { method: 'POST', body: JSON.stringify(body) };
      const answer = await fetch(`${stage.stripeUrl}/_simulator${path}`, init);
      if (!answer.ok) throw new Error(await answer.text());
    },
    unusedOf: (amount, item, refund) => {
      const { current_period_start: start, current_period_end: end } = item ?? fail();
      const at = Number(refund?.metadata?.['predixa_deletion']);
      return Math.round((amount * (end - Math.max(start, at))) / (end - start));
    },
  };
}

function fail(): never {
  throw new Error('The subscription has no item.');
}
