/** What a Checkout page asks the customer for, and what it may write into the customer. */
import type { CheckoutSession } from '../model/checkout.ts';
import type { Params } from '../protocol/params.ts';
import { invalidRequest } from '../protocol/stripe-error.ts';
import { locationOf } from '../taxes/automatic-tax.ts';
import type { World } from '../world/world.ts';

const addressChoices = ['auto', 'required'] as const;

type Collected = Pick<
  CheckoutSession,
  'billing_address_collection' | 'consent_collection' | 'payment_method_collection' | 'tax_id_collection'
>;

export function collectionOf(world: World, params: Params, mode: CheckoutSession['mode']): Collected {
  return {
    billing_address_collection: params.oneOf('billing_address_collection', addressChoices) ?? null,
    consent_collection: consentOf(world, params),
    payment_method_collection: paymentCollectionOf(params, mode),
    tax_id_collection: taxIdsOf(world, params),
  };
}

function paymentCollectionOf(
  params: Params,
  mode: CheckoutSession['mode'],
): CheckoutSession['payment_method_collection'] {
  const param = 'payment_method_collection';
  const given = params.oneOf(param, ['always', 'if_required']);
  if (given !== undefined && mode !== 'subscription') {
    throw invalidRequest({ message: `You can only set \`${param}\` in \`subscription\` mode.`, param });
  }
  return given ?? 'always';
}

function consentOf({ account }: World, params: Params): CheckoutSession['consent_collection'] {
  const given = params.object('consent_collection');
  if (given === undefined) return null;
  const terms = given.oneOf('terms_of_service', ['none', 'required']) ?? null;
  if (terms === 'required' && !account.termsOfServiceSet) {
    throw invalidRequest({
      message:
        'You cannot collect consent to your terms of service unless a URL is set in the Stripe Dashboard. Update your public business information in the Dashboard https://dashboard.stripe.com/settings/public.',
      param: 'consent_collection[terms_of_service]',
    });
  }
  const promotions = given.oneOf('promotions', ['auto', 'none']) ?? null;
  return { payment_method_reuse_agreement: null, promotions, terms_of_service: terms };
}

/** Stripe saves a tax id with the name and the address that it was checked with. */
function taxIdsOf(world: World, params: Params): CheckoutSession['tax_id_collection'] {
  const given = params.object('tax_id_collection');
  if (given === undefined) return { enabled: false, required: 'never' };
  const enabled = given.boolean('enabled') ?? false;
  const customer = params.string('customer');
  const required = given.oneOf('required', ['if_supported', 'never']) ?? 'never';
  if (!enabled || customer === undefined) return { enabled, required };
  const update = updateOf(params);
  if (!update.includes('name')) {
    throw invalidRequest({
      message:
        'Tax ID collection requires updating business name on the customer. To enable tax ID collection for an existing customer, please set `customer_update[name]` to `auto`.',
    });
  }
  if (!update.includes('address') && locationOf(world, customer) === undefined) {
    throw invalidRequest({
      message:
        'We could not find a valid address on the provided customer. To enable tax ID collection, please set `customer_update[address]` to `auto`.',
    });
  }
  return { enabled, required };
}

const updatable = ['address', 'name', 'shipping'] as const;

/** Returns the fields of the customer that the page may write. */
export function updateOf(params: Params): readonly (typeof updatable)[number][] {
  const given = params.object('customer_update');
  if (given === undefined) return [];
  if (!params.has('customer')) {
    throw invalidRequest({
      message: '`customer_update` can only be used with `customer`.',
      param: 'customer_update',
    });
  }
  return updatable.filter((field) => given.oneOf(field, ['auto', 'never']) === 'auto');
}
