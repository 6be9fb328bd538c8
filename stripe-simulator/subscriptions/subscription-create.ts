/** `POST /v1/subscriptions`: parses the parameters and starts the subscription. */

import { createPrice, resolvePrice } from '../catalog/prices.ts';
import { resolveCustomer } from '../customers/customers.ts';
import { type Redeemable, readDiscounts, redeemableCode, redeemableCoupon } from '../discounts/redemption.ts';
import { addedItems } from '../invoices/invoice-item-record.ts';
import { isMetered } from '../invoices/invoice-lines.ts';
import type { Opaque } from '../model/common.ts';
import type { Subscription } from '../model/subscription.ts';
import { attachedPaymentMethod, defaultPaymentMethod } from '../payments/payment-methods.ts';
import { defaultBillingMode } from '../protocol/api-version.ts';
import { mergeMetadata } from '../protocol/metadata.ts';
import type { Params } from '../protocol/params.ts';
import type { ApiRequest } from '../protocol/route.ts';
import { invalidParameter, invalidRequest, missingParameter } from '../protocol/stripe-error.ts';
import { automaticTaxIn } from '../taxes/automatic-tax.ts';
import { taxRatesOf } from '../taxes/tax-rates.ts';
import type { World } from '../world/world.ts';
import { anchorConfigOf } from './anchor.ts';
import { type PaymentBehavior, type ProrationBehavior, type SubscriptionInput } from './new-subscription.ts';
import type { ItemInput } from './subscription-items.ts';
import { quantityIn, recurringOf, samePrice } from './subscription-items.ts';
import { startSubscription } from './subscription-start.ts';
import { trialDaysIn, trialEndIn } from './trial-params.ts';

const DAY_SECONDS = 24 * 3600;
const MAX_ITEMS = 20;

export const paymentBehaviors: readonly PaymentBehavior[] = [
  'allow_incomplete',
  'default_incomplete',
  'error_if_incomplete',
  'pending_if_incomplete',
];

export function createSubscription(world: World, request: ApiRequest): Subscription {
  const { params, version } = request;
  const customer = resolveCustomer(world, params.required('customer'));
  const items = itemInputs(world, params);
  const flexible = defaultBillingMode(version);
  const billingMode = params.object('billing_mode')?.oneOf('type', ['classic', 'flexible']) ?? flexible;
  recurringOf(
    items.map((item) => item.price),
    { mixed: billingMode === 'flexible' },
  );
  const ownMethodId = params.string('default_payment_method');
  const ownMethod =
    ownMethodId === undefined
      ? undefined
      : attachedPaymentMethod(world, {
          id: ownMethodId,
          customer: customer.id,
          param: 'default_payment_method',
        });
  const collectionMethod = params.oneOf('collection_method', ['charge_automatically', 'send_invoice']);
  const daysUntilDue = params.integer('days_until_due') ?? null;
  if (collectionMethod === 'send_invoice' && daysUntilDue === null) throw missingParameter('days_until_due');
  return startSubscription(world, {
    customer,
    items,
    metadata: mergeMetadata({}, params),
    trialEnd: trialEndOf(world, params, items),
    paymentBehavior: params.oneOf('payment_behavior', paymentBehaviors) ?? 'allow_incomplete',
    collectionMethod: collectionMethod ?? 'charge_automatically',
    daysUntilDue,
    ownMethod,
    method: ownMethod ?? defaultPaymentMethod(world, { customer: customer.id }),
    authenticated: false,
    cancelAt: cancelAtOf(world, params),
    cancelAtPeriodEnd: params.boolean('cancel_at_period_end') ?? false,
    missingPaymentMethod: missingPaymentMethodOf(params),
    billingMode,
    description: params.string('description') ?? null,
    paymentSettings: paymentSettingsOf(params),
    ...amountTerms(world, params, { items, customer: customer.id }),
  });
}

/** Reads what the first amount depends on in addition to the items. */
export function amountTerms(
  world: World,
  params: Params,
  { items, customer }: { readonly items: readonly ItemInput[]; readonly customer: string },
): Pick<
  SubscriptionInput,
  | 'anchor'
  | 'anchorConfig'
  | 'automaticTax'
  | 'defaultTaxRates'
  | 'discounts'
  | 'oneTimeItems'
  | 'prorationBehavior'
  | 'startDate'
> {
  const currency = items[0]?.price.currency ?? 'usd';
  const anchorConfig = anchorConfigOf(params);
  if (anchorConfig !== null && params.has('billing_cycle_anchor')) {
    throw invalidParameter({
      message:
        'You may only specify one of these parameters: billing_cycle_anchor, billing_cycle_anchor_config.',
    });
  }
  return {
    anchor: params.integer('billing_cycle_anchor') ?? null,
    anchorConfig,
    automaticTax: automaticTaxIn(params) ?? false,
    defaultTaxRates: taxRatesOf(world, params, 'default_tax_rates') ?? [],
    discounts: discountsIn(world, params, { currency, customer }) ?? [],
    oneTimeItems: addedItems(world, params, { customer, parent: null }),
    prorationBehavior: params.oneOf('proration_behavior', prorationBehaviors) ?? 'create_prorations',
    startDate: startDateOf(world, params),
  };
}

export const prorationBehaviors: readonly ProrationBehavior[] = [
  'always_invoice',
  'create_prorations',
  'none',
];

/** Reads `discounts`, or the `coupon` or `promotion_code` of versions before 2025-03-31.basil. */
export function discountsIn(
  world: World,
  params: Params,
  purchase: { readonly currency: string; readonly customer: string },
): readonly Redeemable[] | undefined {
  const discounts = readDiscounts(world, params, purchase);
  if (discounts !== undefined) return discounts;
  const coupon = params.nullable('coupon');
  const code = params.nullable('promotion_code');
  if (typeof coupon === 'string') return [redeemableCoupon(world, { id: coupon, param: 'coupon' }, purchase)];
  if (typeof code === 'string')
    return [redeemableCode(world, { id: code, param: 'promotion_code' }, purchase)];
  return coupon === null || code === null ? [] : undefined;
}

function startDateOf(world: World, params: Params): number | null {
  const start = params.integer('backdate_start_date') ?? null;
  if (start === null || start <= world.seconds()) return start;
  throw invalidRequest({
    message: 'The `backdate_start_date` must be in the past.',
    param: 'backdate_start_date',
  });
}

/** Returns `cancel_at`: a Unix second in the future, or the end of the period. */
function cancelAtOf(world: World, params: Params): SubscriptionInput['cancelAt'] {
  const requested = params.string('cancel_at');
  if (requested === 'min_period_end' || requested === 'max_period_end') return requested;
  const at = params.integer('cancel_at');
  if (at === undefined) return null;
  if (at > world.seconds()) return at;
  throw invalidRequest({
    message: 'The cancellation timestamp must be in the future.',
    param: 'cancel_at',
  });
}

/** Parses `items`, or throws Stripe's error. */
export function itemInputs(world: World, params: Params): ItemInput[] {
  const items = params.objects('items');
  if (items === undefined || items.length === 0) throw missingParameter('items');
  if (items.length > MAX_ITEMS) {
    throw invalidRequest({ message: `A subscription can have up to ${MAX_ITEMS} items.`, param: 'items' });
  }
  const inputs = items.map((item) => {
    const data = item.object('price_data');
    const price =
      data === undefined
        ? resolvePrice(world, item.required('price'), item.nameOf('price'))
        : createPrice(world, data);
    if (!price.active) {
      throw invalidRequest({
        message: `The price specified is inactive. This field only accepts active prices.`,
        param: item.nameOf('price'),
      });
    }
    return {
      price,
      quantity: quantityIn(item, price) ?? (isMetered(price) ? undefined : 1),
      metadata: mergeMetadata({}, item),
      discounts: readDiscounts(world, item, { currency: price.currency, customer: null }) ?? [],
      taxRates: taxRatesOf(world, item, 'tax_rates') ?? [],
    };
  });
  const ids = inputs.map(({ price }) => price.id);
  const repeated = items.find((_item, index) => ids.indexOf(ids[index] ?? '') < index);
  if (repeated !== undefined) throw samePrice(repeated.string('price') ?? '', repeated.nameOf('price'));
  return inputs;
}

/**
 * Returns the trial end from `trial_end`, `trial_period_days` or, with `trial_from_plan`, the price; null without a
 * trial.
 */
export function trialEndOf(world: World, params: Params, items: readonly ItemInput[]): number | null {
  const requestedDays = trialDaysIn(params);
  const end = trialEndIn(world, params);
  if (end !== undefined || params.string('trial_end') === 'now') return end ?? null;
  const fromPlan =
    params.boolean('trial_from_plan') === true ? items[0]?.price.recurring?.trial_period_days : null;
  const days = requestedDays ?? fromPlan;
  if (typeof days !== 'number' || days === 0) return null;
  return world.seconds() + days * DAY_SECONDS;
}

export function missingPaymentMethodOf(params: Params): string {
  const behavior = params.object('trial_settings')?.object('end_behavior');
  return behavior?.oneOf('missing_payment_method', ['cancel', 'create_invoice', 'pause']) ?? 'create_invoice';
}

function paymentSettingsOf(params: Params): Opaque {
  const settings = params.object('payment_settings');
  return {
    payment_method_options: null,
    payment_method_types: null,
    save_default_payment_method: settings?.string('save_default_payment_method') ?? 'off',
  };
}
