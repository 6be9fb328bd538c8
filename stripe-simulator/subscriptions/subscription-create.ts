/** `POST /v1/subscriptions`: parses the parameters and starts the subscription. */

import { createPrice, resolvePrice } from '../catalog/prices.ts';
import { resolveCustomer } from '../customers/customers.ts';
import type { Opaque } from '../model/common.ts';
import type { Subscription } from '../model/subscription.ts';
import { attachedPaymentMethod, defaultPaymentMethod } from '../payments/payment-methods.ts';
import { mergeMetadata } from '../protocol/metadata.ts';
import type { Params } from '../protocol/params.ts';
import type { ApiRequest } from '../protocol/route.ts';
import { invalidRequest, missingParameter } from '../protocol/stripe-error.ts';
import type { World } from '../world/world.ts';
import type { ItemInput } from './subscription-items.ts';
import { quantityIn, recurringOf, samePrice } from './subscription-items.ts';
import { type PaymentBehavior, startSubscription } from './subscription-start.ts';
import { trialDaysIn, trialEndIn } from './trial-params.ts';

const DAY_SECONDS = 24 * 3600;
const MAX_ITEMS = 20;
/** From this version on, subscriptions have flexible billing unless the request asks for classic. */
const FIRST_FLEXIBLE_DEFAULT = '2025-09-30';

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
  const flexible = version.slice(0, 10) >= FIRST_FLEXIBLE_DEFAULT ? 'flexible' : 'classic';
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
    anchor: params.integer('billing_cycle_anchor') ?? null,
    description: params.string('description') ?? null,
    paymentSettings: paymentSettingsOf(params),
  });
}

/** Returns `cancel_at`: a Unix second in the future, or the end of the period. */
function cancelAtOf(world: World, params: Params): number | 'period_end' | null {
  const requested = params.string('cancel_at');
  if (requested === 'min_period_end' || requested === 'max_period_end') return 'period_end';
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
    return { price, quantity: quantityIn(item, price) ?? 1, metadata: mergeMetadata({}, item) };
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
