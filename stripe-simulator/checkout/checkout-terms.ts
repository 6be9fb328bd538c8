/** The taxes and the billing cycle of a Checkout session. */
import type { CheckoutOrder, CheckoutSession } from '../model/checkout.ts';
import type { Params } from '../protocol/params.ts';
import { invalidRequest } from '../protocol/stripe-error.ts';
import { automaticTaxIn, locationOf } from '../taxes/automatic-tax.ts';
import { taxRatesOf } from '../taxes/tax-rates.ts';
import type { World } from '../world/world.ts';
import { updateOf } from './checkout-collection.ts';

/** Reads `automatic_tax`. A known customer needs an address, or must be allowed to enter one. */
export function automaticTaxOf(world: World, params: Params, customer: string | undefined): boolean {
  const enabled = automaticTaxIn(params) ?? false;
  if (enabled && !world.account.taxActive) {
    throw invalidRequest({
      message:
        'You must have a valid origin address to enable automatic tax calculation in test mode. Visit https://dashboard.stripe.com/test/settings/tax to update it.',
      param: 'automatic_tax',
    });
  }
  const update = updateOf(params);
  const entered = update.includes('address') || update.includes('shipping');
  if (!enabled || customer === undefined || entered) return enabled;
  if (locationOf(world, customer) !== undefined) return true;
  throw invalidRequest({
    message:
      'Automatic tax calculation in Checkout requires a valid address on the Customer. Add a valid address to the Customer or set either `customer_update[address]` to `auto` or `customer_update[shipping]` to `auto` to save the address entered in Checkout to the Customer.',
    code: 'customer_tax_location_invalid',
  });
}

export function sessionTax(
  world: World,
  enabled: boolean,
  customer: string | undefined,
): CheckoutSession['automatic_tax'] {
  if (!enabled) return { enabled, liability: null, provider: null, status: null };
  const isKnown = customer !== undefined && locationOf(world, customer) !== undefined;
  const status = isKnown ? 'complete' : 'requires_location_inputs';
  return { enabled, liability: { type: 'self' }, provider: 'stripe', status };
}

/** Reads when the first full period begins, and what is billed until then. */
export function cycleTerms(world: World, data: Params): Partial<CheckoutOrder['subscription']> {
  const anchor = data.integer('billing_cycle_anchor') ?? null;
  const param = data.nameOf('billing_cycle_anchor');
  if (anchor !== null && anchor <= world.seconds()) {
    throw invalidRequest({ message: 'The `billing_cycle_anchor` must be in the future.', param });
  }
  if (anchor !== null && (data.has('trial_end') || data.has('trial_period_days'))) {
    throw invalidRequest({ message: 'You cannot combine `billing_cycle_anchor` with a trial.', param });
  }
  const billingMode = data.object('billing_mode')?.oneOf('type', ['classic', 'flexible']);
  const defaultTaxRates = taxRatesOf(world, data, 'default_tax_rates');
  return {
    anchor,
    prorationBehavior: data.oneOf('proration_behavior', ['create_prorations', 'none']) ?? 'create_prorations',
    ...(billingMode === undefined ? {} : { billingMode }),
    ...(defaultTaxRates === undefined ? {} : { defaultTaxRates }),
  };
}
