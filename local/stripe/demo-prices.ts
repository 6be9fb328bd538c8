/** What a new local Stripe account sells: two prices of a plan, and one that is charged once. They are created once and found again by their lookup keys. */
import type Stripe from 'stripe';

export interface DemoPrices {
  readonly monthly: string;
  readonly yearly: string;
}

const priceSpecs = {
  monthly: { lookup_key: 'pro_monthly', unit_amount: 990, interval: 'month' },
  yearly: { lookup_key: 'pro_yearly', unit_amount: 9_900, interval: 'year' },
} as const;

export async function seedDemoPrices(stripe: Stripe): Promise<DemoPrices> {
  await seedHandbook(stripe);
  const present = await stripe.prices.list({
    lookup_keys: Object.values(priceSpecs).map((spec) => spec.lookup_key),
  });
  const idOf = (lookupKey: string): string | undefined =>
    present.data.find((price) => price.lookup_key === lookupKey)?.id;
  const known = { monthly: idOf(priceSpecs.monthly.lookup_key), yearly: idOf(priceSpecs.yearly.lookup_key) };
  if (known.monthly !== undefined && known.yearly !== undefined) {
    return { monthly: known.monthly, yearly: known.yearly };
  }
  const product = await stripe.products.create({
    name: 'Predixa Pro',
    description: 'Everything, for one person.',
    marketing_features: [{ name: 'Unlimited reports' }, { name: 'Export' }, { name: 'Priority support' }],
  });
  const create = async ({
    lookup_key,
    unit_amount,
    interval,
  }: (typeof priceSpecs)[keyof typeof priceSpecs]) =>
    stripe.prices.create({
      product: product.id,
      currency: 'usd',
      unit_amount,
      lookup_key,
      recurring: { interval },
    });
  const monthly = known.monthly ?? (await create(priceSpecs.monthly)).id;
  const yearly = known.yearly ?? (await create(priceSpecs.yearly)).id;
  return { monthly, yearly };
}

/** Its metadata say what it gives: access to nothing by itself, and a feature for ever. */
async function seedHandbook(stripe: Stripe): Promise<void> {
  const lookup_key = 'handbook';
  const { data } = await stripe.prices.list({ lookup_keys: [lookup_key] });
  if (data.length > 0) return;
  const { id: product } = await stripe.products.create({ name: 'Handbook', description: 'To keep.' });
  const metadata = { predixa_features: 'handbook' };
  await stripe.prices.create({ product, currency: 'usd', unit_amount: 1_900, lookup_key, metadata });
}
