/** Checks what Stripe needs to sell: the prices, the portal, the account, and the settings that the functions send. */
import { Stripe } from 'stripe';
import { isLiveKey } from '../../adapters/stripe/mode.ts';
import { type Environment, EnvironmentReader } from '../../adapters/system/environment.ts';
import { type Unsellable, unsellableTexts, whyUnsellable } from '../../core/catalogue/sellable.ts';
import { roleIn, termsIn, unclearTerms } from '../../core/catalogue/terms.ts';
import { cleanText, listIn } from '../../core/settings/text.ts';
import { recordIn } from '../../core/system/record.ts';
import { readPlanOrder } from '../../functions/settings.ts';
import type { Check, Problem } from './finding.ts';
import type { Installation } from './installation.ts';
import { planOrderFaults } from './plan-order.ts';
import { usableSecret } from './settings.ts';
import { orKeyError, stripeOf } from './stripe-checks.ts';
import { environmentOf } from './systems-checks.ts';

export const prices: Check = {
  name: 'prices',
  run: async (installation) => {
    const values = await environmentOf(installation, 'checkout');
    const stripe = await stripeOf(installation, values);
    const offered = listIn(cleanText(values?.['CHECKOUT_PRICES'] ?? ''));
    if (values === undefined || stripe === undefined || offered.length === 0) return [];
    const found = await orKeyError(Promise.all(offered.map((name) => inspected(stripe, name))));
    // The key's own check reports missing permissions.
    if (typeof found === 'string') return [];
    const sold = found.map(({ price }) => price).filter((price) => price !== undefined);
    // The variables check reports an invalid order.
    const order = readPlanOrder(new EnvironmentReader(values));
    const faults = [...found.map(({ fault }) => fault), ...planOrderFaults(order, sold.filter(isPlan))];
    const fix = installation.fixes.configure;
    return [
      ...faults.filter((what) => what !== undefined).map((what) => ({ what, fix })),
      ...sold.flatMap(unclear),
    ];
  },
};

interface Inspected {
  readonly price?: Stripe.Price;
  /** What keeps the checkout from selling it. */
  readonly fault?: string | undefined;
}

async function inspected(stripe: Stripe, name: string): Promise<Inspected> {
  const price = await priceNamed(stripe, name);
  if (price === 'other_mode')
    return { fault: `the price ${name} belongs to the other mode of Stripe than the API key` };
  if (price === undefined) return { fault: `no active Stripe price has the id or lookup key ${name}` };
  return { price, fault: await faultOf(stripe, name, price) };
}

async function faultOf(stripe: Stripe, name: string, price: Stripe.Price): Promise<string | undefined> {
  const unsellable = whyUnsellable(recordIn(price) ?? {});
  if (unsellable === 'inactive') return `no active Stripe price has the id or lookup key ${name}`;
  if (unsellable !== undefined) return sentence(name, unsellable);
  const product = await orKeyError(stripe.products.retrieve(idOf(price.product)));
  if (typeof product === 'string' || product.active) return undefined;
  return `the product of the price ${name} is archived`;
}

function unclear(price: Stripe.Price): readonly Problem[] {
  return unclearTerms(recordIn(price) ?? {}).map((name) => ({
    what: `${name} in the metadata of the price ${price.lookup_key ?? price.id} is not understood, so it counts as absent`,
    fix: 'correct it in Stripe, to one of the texts in docs/plans.md',
  }));
}

/** An add-on, and what is paid once and gives features alone, never decides what plan a user has. */
function isPlan(price: Stripe.Price): boolean {
  const record = recordIn(price);
  const isOnce = price.type === 'one_time';
  return isOnce ? termsIn(record).access !== null : roleIn(record) === null || roleIn(record) === 'plan';
}

function sentence(name: string, unsellable: Unsellable): string {
  return `the price ${name} ${unsellableTexts[unsellable]}`;
}

export async function priceNamed(
  stripe: Stripe,
  name: string,
): Promise<Stripe.Price | 'other_mode' | undefined> {
  const { data } = await stripe.prices.list({ lookup_keys: [name], active: true, limit: 1 });
  const [byKey] = data;
  if (byKey !== undefined) return byKey;
  if (!/^(?:price|plan)_/.test(name)) return undefined;
  try {
    return await stripe.prices.retrieve(name);
  } catch (cause) {
    if (!(cause instanceof Stripe.errors.StripeInvalidRequestError)) throw cause;
    return cause.message.includes('a similar object exists in') ? 'other_mode' : undefined;
  }
}

function idOf(product: string | { readonly id: string }): string {
  return typeof product === 'string' ? product : product.id;
}

const SAVE_PORTAL =
  'save the settings at https://dashboard.stripe.com/settings/billing/portal, in the mode of the API key, or set PORTAL_CONFIGURATION';

export const portal: Check = {
  name: 'portal',
  run: async (installation) => {
    const values = await environmentOf(installation, 'billing-portal');
    const stripe = await stripeOf(installation, values);
    if (stripe === undefined) return [];
    const named = values?.['PORTAL_CONFIGURATION']?.trim() ?? '';
    const found = await orKeyError(
      named === '' ? defaultConfiguration(stripe) : configuration(stripe, named),
    );
    if (found === 'refused' || found === 'forbidden') return [];
    if (found !== undefined) return featureProblems(found);
    if (named === '')
      return [{ what: 'the settings of the customer portal were never saved', fix: SAVE_PORTAL }];
    const what = `PORTAL_CONFIGURATION: Stripe has no portal configuration ${named} in the mode of the API key`;
    return [{ what, fix: installation.fixes.configure }];
  },
};

async function defaultConfiguration(stripe: Stripe): Promise<Stripe.BillingPortal.Configuration | undefined> {
  const { data } = await stripe.billingPortal.configurations.list({
    is_default: true,
    active: true,
    limit: 1,
  });
  return data[0];
}

async function configuration(
  stripe: Stripe,
  id: string,
): Promise<Stripe.BillingPortal.Configuration | undefined> {
  try {
    return await stripe.billingPortal.configurations.retrieve(id);
  } catch (cause) {
    if (cause instanceof Stripe.errors.StripeInvalidRequestError) return undefined;
    throw cause;
  }
}

/** The features that clients open as a flow. Pausing is rarely offered, so it may be off. */
const features = [
  'customer_update',
  'payment_method_update',
  'subscription_cancel',
  'subscription_update',
] as const;

function featureProblems({
  id,
  active,
  features: given,
}: Stripe.BillingPortal.Configuration): readonly Problem[] {
  if (!active) return [{ what: `the portal configuration ${id} is inactive`, fix: SAVE_PORTAL }];
  const off = features.filter((name) => !given[name].enabled);
  if (off.length === 0) return [];
  const what = `the portal configuration ${id} has no ${off.join(', ')}: a client that opens this flow gets an error`;
  return [{ what, fix: SAVE_PORTAL }];
}

export const selling: Check = {
  name: 'stripe settings',
  run: async (installation) => {
    const checkout = await environmentOf(installation, 'checkout');
    const key = checkout === undefined ? '' : await usableSecret(installation, checkout, 'STRIPE_API_KEY');
    const live = isLiveKey(key ?? '');
    return [
      ...(live ? await urlProblems(installation, checkout) : []),
      ...(await accountProblems(installation, { checkout, live })),
    ];
  },
};

async function urlProblems(
  installation: Installation,
  checkout: Environment | undefined,
): Promise<readonly Problem[]> {
  const portalValues = await environmentOf(installation, 'billing-portal');
  const urls = [
    ['CHECKOUT_SUCCESS_URL', checkout?.['CHECKOUT_SUCCESS_URL']],
    ['CHECKOUT_CANCEL_URL', checkout?.['CHECKOUT_CANCEL_URL']],
    ['PORTAL_RETURN_URL', portalValues?.['PORTAL_RETURN_URL']],
  ] as const;
  const wrong = urls.filter(([, url]) => url !== undefined && url !== '' && !url.startsWith('https://'));
  return wrong.map(([name]) => ({
    what: `${name} is not an https URL, which live mode requires`,
    fix: installation.fixes.configure,
  }));
}

/** A restricted key may not read the account, and then nothing is known. */
async function accountProblems(
  installation: Installation,
  { checkout, live }: { readonly checkout: Environment | undefined; readonly live: boolean },
): Promise<readonly Problem[]> {
  const stripe = await stripeOf(installation, checkout);
  if (stripe === undefined) return [];
  const account = await orKeyError(stripe.accounts.retrieveCurrent());
  if (typeof account === 'string' || account.object !== 'account') return [];
  const name = account.settings?.dashboard.display_name ?? account.business_profile?.name ?? '';
  return [
    ...(live && !account.charges_enabled
      ? [
          {
            what: 'the Stripe account is not activated, so it takes no live payments',
            fix: 'activate it at https://dashboard.stripe.com/account/onboarding',
          },
        ]
      : []),
    ...(name === ''
      ? [
          {
            what: 'the Stripe account has no business name, so no checkout can open',
            fix: 'set it at https://dashboard.stripe.com/settings/business-details',
          },
        ]
      : []),
  ];
}
