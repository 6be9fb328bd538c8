/** Users who pay for a plan in Stripe, and what they ask of it. */
import { randomUUID } from 'node:crypto';
import type { Stripe } from 'stripe';
import { apiEvent } from './api-events.ts';
import { payingCustomer } from './payers.ts';
import type { ApiAnswer, Stage } from './stage.ts';

export interface Subscriber {
  readonly sub: string;
  readonly customerId: string;
  readonly subscriptionId: string;
}

export interface Shelf {
  readonly basic: string;
  readonly pro: string;
  readonly proYearly: string;
  readonly seats: string;
  readonly storage: string;
}

/** What a stage must list so that it sells the shelf. */
export const shelfEnvironment = {
  CHECKOUT_PRICES: 'basic,pro,pro_yearly,seats,storage',
  CHECKOUT_MAX_QUANTITY: '50',
} as const;

/** Creates two plans, one of them also for a year, and two add-ons. */
export async function shelfOn({ stripe }: Stage): Promise<Shelf> {
  const price = async (
    lookup_key: string,
    unit_amount: number,
    options: { product: string; interval?: 'month' | 'year'; role?: string },
  ) => {
    const { product, interval = 'month', role } = options;
    const metadata = role === undefined ? {} : { predixa_role: role };
    const recurring = { interval };
    return (
      await stripe.prices.create({ currency: 'usd', lookup_key, unit_amount, product, recurring, metadata })
    ).id;
  };
  const product = async (name: string) => (await stripe.products.create({ name })).id;
  const [basic, pro, seats, storage] = [
    await product('Basic'),
    await product('Pro'),
    await product('Seats'),
    await product('Storage'),
  ];
  return {
    basic: await price('basic', 1_000, { product: basic }),
    pro: await price('pro', 3_000, { product: pro }),
    proYearly: await price('pro_yearly', 30_000, { product: pro, interval: 'year' }),
    seats: await price('seats', 500, { product: seats, role: 'add_on' }),
    storage: await price('storage', 200, { product: storage, role: 'add_on' }),
  };
}

export function subscribersOn(stage: Stage) {
  const call = (who: Pick<Subscriber, 'sub'>, path: string, body: unknown): Promise<ApiAnswer> => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return stage.call(
      'subscription',
      apiEvent('http', { method: 'POST', path, claims: { sub: who.sub }, body: text }),
    );
  };
  const read = ({ subscriptionId }: Subscriber) => stage.stripe.subscriptions.retrieve(subscriptionId);
  return {
    /** A user whose customer pays for the price, as the profile records it. The row is what a sync writes. */
    subscriber: async (price: string): Promise<Subscriber> => {
      const sub = randomUUID();
      const { customerId, subscriptionId } = await payingCustomer(stage, {
        price,
        metadata: { cognito_sub: sub },
      });
      await stage.putProfile({ userId: sub, stripeCustomerId: customerId });
      return { sub, customerId, subscriptionId };
    },
    order: (who: Pick<Subscriber, 'sub'>, body: unknown) => call(who, '/me/subscription', body),
    preview: (who: Pick<Subscriber, 'sub'>, body: unknown) => call(who, '/me/subscription/preview', body),
    read,
    itemsOf: async (who: Subscriber) =>
      (await read(who)).items.data.map(({ price, quantity }) => [price.id, quantity]),
    payWith: async ({ customerId, subscriptionId }: Subscriber, method: string) => {
      const { id } = await stage.stripe.paymentMethods.attach(method, { customer: customerId });
      await stage.stripe.subscriptions.update(subscriptionId, { default_payment_method: id });
    },
    invoices: async ({ subscriptionId }: Subscriber): Promise<readonly Stripe.Invoice[]> =>
      (await stage.stripe.invoices.list({ subscription: subscriptionId })).data,
    entitlements: async ({ sub }: Pick<Subscriber, 'sub'>) =>
      (await stage.call('entitlements-api', apiEvent('http', { claims: { sub } }))).body,
  };
}
