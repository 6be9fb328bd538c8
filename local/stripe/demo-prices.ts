/** The two prices that a fresh local Stripe account sells: made once, found again by their lookup keys. */
import type Stripe from 'stripe';

export interface DemoPrices {
  readonly monthly: string;
  readonly yearly: string;
}

const plans = {
  monthly: { lookup_key: 'pro_monthly', unit_amount: 990, interval: 'month' },
  yearly: { lookup_key: 'pro_yearly', unit_amount: 9_900, interval: 'year' },
} as const;

export async function seedDemoPrices(stripe: Stripe): Promise<DemoPrices> {
  const present = await stripe.prices.list({
    lookup_keys: Object.values(plans).map((plan) => plan.lookup_key),
  });
  const idOf = (lookupKey: string): string | undefined =>
    present.data.find((price) => price.lookup_key === lookupKey)?.id;
  const known = { monthly: idOf(plans.monthly.lookup_key), yearly: idOf(plans.yearly.lookup_key) };
  if (known.monthly !== undefined && known.yearly !== undefined) {
    return { monthly: known.monthly, yearly: known.yearly };
  }
  const product = await stripe.products.create({ name: 'Predixa Pro' });
  const create = async ({ lookup_key, unit_amount, interval }: (typeof plans)[keyof typeof plans]) =>
    stripe.prices.create({
      product: product.id,
      currency: 'usd',
      unit_amount,
      lookup_key,
      recurring: { interval },
    });
  const monthly = known.monthly ?? (await create(plans.monthly)).id;
  const yearly = known.yearly ?? (await create(plans.yearly)).id;
  return { monthly, yearly };
}
