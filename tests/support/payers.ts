/** Paying Stripe customers, created directly in the simulator without going through the wires. */
import type { Stripe } from 'stripe';
import type { Stage } from './stage.ts';

export async function monthlyPrice({ stripe }: Stage): Promise<string> {
  const product = await stripe.products.create({ name: 'Pro' });
  const recurring = { interval: 'month' } as const;
  const price = await stripe.prices.create({
    product: product.id,
    currency: 'usd',
    unit_amount: 990,
    recurring,
  });
  return price.id;
}

export interface Payer {
  readonly customerId: string;
  readonly subscriptionId: string;
  /** In Unix seconds. */
  readonly periodEnd: number;
}

export interface PayerOptions {
  readonly price: string;
  readonly metadata: Record<string, string>;
  readonly idempotencyKey?: string;
}

export async function payingCustomer({ stripe }: Stage, options: PayerOptions): Promise<Payer> {
  const { price, metadata, idempotencyKey } = options;
  // The same parameters as in the functions, which may repeat the creation with its idempotency key.
  const created = await stripe.customers.create(
    { metadata },
    idempotencyKey === undefined ? {} : { idempotencyKey },
  );
  const method = await stripe.paymentMethods.attach('pm_card_visa', { customer: created.id });
  const subscription = await stripe.subscriptions.create({
    customer: created.id,
    items: [{ price }],
    default_payment_method: method.id,
  });
  return {
    customerId: created.id,
    subscriptionId: subscription.id,
    periodEnd: subscription.items.data[0]?.current_period_end ?? 0,
  };
}

/** Returns whether the customer has a subscription that is not canceled. */
export async function isBilled(
  { stripe }: { readonly stripe: Stripe },
  customerId: string,
): Promise<boolean> {
  const { data } = await stripe.subscriptions.list({ customer: customerId, status: 'all' });
  return data.some(({ status }) => status !== 'canceled');
}
