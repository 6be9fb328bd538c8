/** Checks what the settings of every sale need in the Stripe account: taxes, the discount, and the key of the trials. */
import { Stripe } from 'stripe';
import type { Environment } from '../../adapters/system/environment.ts';
import { termsIn } from '../../core/catalogue/terms.ts';
import { cleanText, listIn } from '../../core/settings/text.ts';
import { readFlag } from '../../core/settings/values.ts';
import { recordIn } from '../../core/system/record.ts';
import type { Check, Problem } from './finding.ts';
import type { Installation } from './installation.ts';
import { priceNamed } from './selling-checks.ts';
import { orKeyError, stripeOf } from './stripe-checks.ts';
import { environmentOf } from './systems-checks.ts';

const TAX_PAGE = 'https://dashboard.stripe.com/settings/tax';

export const sales: Check = {
  name: 'sales',
  run: async (installation) => {
    const values = await environmentOf(installation, 'checkout');
    const stripe = await stripeOf(installation, values);
    if (values === undefined || stripe === undefined) return [];
    const named = listIn(cleanText(values['CHECKOUT_PRICES'] ?? ''));
    const found = await orKeyError(Promise.all(named.map((name) => priceNamed(stripe, name))));
    const prices = typeof found === 'string' ? [] : found.filter(isPrice);
    return [
      ...(await taxProblems(stripe, { values, prices })),
      ...(await discountProblems(stripe, { installation, values, prices })),
      ...trialProblems({ installation, values, prices }),
    ];
  },
};

function isPrice(found: Stripe.Price | 'other_mode' | undefined): found is Stripe.Price {
  return typeof found === 'object';
}

interface Sale {
  readonly values: Environment;
  readonly prices: readonly Stripe.Price[];
}

function isOn(values: Environment, name: string): boolean {
  const reading = readFlag(cleanText(values[name] ?? ''));
  return 'value' in reading && reading.value;
}

/** A key that may not read the tax settings says nothing about them. */
async function taxProblems(stripe: Stripe, { values, prices }: Sale): Promise<readonly Problem[]> {
  if (!isOn(values, 'CHECKOUT_AUTOMATIC_TAX')) return [];
  const settings = await orUnknown(stripe.tax.settings.retrieve());
  if (settings === undefined) return [];
  const inactive = settings.status !== 'active';
  const unclear = settings.defaults.tax_behavior === null ? prices.filter(hasNoBehavior) : [];
  return [
    ...(inactive
      ? [
          {
            what: 'CHECKOUT_AUTOMATIC_TAX is on, but Stripe Tax is not set up',
            fix: `complete it at ${TAX_PAGE}`,
          },
        ]
      : []),
    ...unclear.map((price) => ({
      what: `the price ${price.lookup_key ?? price.id} does not say whether its amount includes tax`,
      fix: `set the default tax behavior at ${TAX_PAGE}`,
    })),
  ];
}

function hasNoBehavior({ tax_behavior: behavior }: Stripe.Price): boolean {
  return behavior === null || behavior === 'unspecified';
}

async function discountProblems(
  stripe: Stripe,
  { installation, values, prices }: Sale & { readonly installation: Installation },
): Promise<readonly Problem[]> {
  const id = cleanText(values['CHECKOUT_DISCOUNT'] ?? '');
  if (id === '') return [];
  const fix = installation.fixes.configure;
  const problem = (what: string): readonly Problem[] => [{ what: `CHECKOUT_DISCOUNT: ${what}`, fix }];
  const found = await discountNamed(stripe, id);
  if (found === 'unknown') return [];
  if (found === undefined)
    return problem(`Stripe has no coupon or promotion code ${id} in the mode of the API key`);
  const { coupon, code } = found;
  if (code?.active === false) return problem(`the promotion code ${id} is not active`);
  if (!coupon.valid) return problem(`the coupon ${coupon.id} is no longer valid`);
  if (code !== undefined && (code.customer !== null || code.restrictions.first_time_transaction)) {
    return problem(`the promotion code ${id} is limited to some customers, so the others could not buy`);
  }
  const currencies = new Set([coupon.currency, ...Object.keys(coupon.currency_options ?? {})]);
  const other =
    coupon.amount_off === null ? undefined : prices.find(({ currency }) => !currencies.has(currency));
  return other === undefined
    ? []
    : problem(
        `the coupon ${coupon.id} has no amount in ${other.currency}, the currency of ${other.lookup_key ?? other.id}`,
      );
}

interface FoundDiscount {
  readonly coupon: Stripe.Coupon;
  readonly code?: Stripe.PromotionCode;
}

async function discountNamed(stripe: Stripe, id: string): Promise<FoundDiscount | 'unknown' | undefined> {
  const read = async (): Promise<FoundDiscount | 'unknown'> => {
    if (!id.startsWith('promo_'))
      return { coupon: await stripe.coupons.retrieve(id, { expand: ['currency_options'] }) };
    const code = await stripe.promotionCodes.retrieve(id, { expand: ['promotion.coupon.currency_options'] });
    const { coupon } = code.promotion;
    if (coupon === null) return 'unknown';
    return { code, coupon: typeof coupon === 'string' ? await stripe.coupons.retrieve(coupon) : coupon };
  };
  try {
    return await read();
  } catch (cause) {
    if (cause instanceof Stripe.errors.StripeInvalidRequestError && cause.code === 'resource_missing')
      return undefined;
    if (cause instanceof Stripe.errors.StripeError) return 'unknown';
    throw cause;
  }
}

function trialProblems({
  installation,
  values,
  prices,
}: Sale & { readonly installation: Installation }): readonly Problem[] {
  const hasKey = ['TRIAL_HASH_KEY', 'TRIAL_HASH_KEY_SECRET_ARN'].some(
    (name) => cleanText(values[name] ?? '') !== '',
  );
  if (hasKey) return [];
  return prices
    .filter((price) => (termsIn(recordIn(price)).trialDays ?? 0) > 0)
    .map((price) => ({
      what: `the price ${price.lookup_key ?? price.id} has a trial (predixa_trial_days), but TRIAL_HASH_KEY is not set, so it gives none`,
      fix: installation.fixes.configure,
    }));
}

async function orUnknown<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (cause) {
    if (cause instanceof Stripe.errors.StripeError) return undefined;
    throw cause;
  }
}
