/** Updates payment methods. Only those of a customer can be updated. */
import type { PaymentMethod } from '../model/payment.ts';
import { mergeMetadata } from '../protocol/metadata.ts';
import type { Params } from '../protocol/params.ts';
import { invalidRequest } from '../protocol/stripe-error.ts';
import { change } from '../world/records.ts';
import type { World } from '../world/world.ts';

export function updatePaymentMethod(world: World, current: PaymentMethod, params: Params): PaymentMethod {
  if (current.customer === null) {
    throw invalidRequest({
      message: 'You must save this PaymentMethod to a customer before you can update it.',
    });
  }
  const redisplay = params.oneOf('allow_redisplay', ['always', 'limited', 'unspecified']);
  return change(world, world.store.paymentMethods, {
    id: current.id,
    patch: {
      metadata: mergeMetadata(current.metadata, params),
      ...(redisplay === undefined ? {} : { allow_redisplay: redisplay }),
      ...billingPatch(current, params),
      ...cardPatch(current, params),
    },
    event: 'payment_method.updated',
  });
}

function billingPatch(
  { billing_details: details }: PaymentMethod,
  params: Params,
): Partial<Pick<PaymentMethod, 'billing_details'>> {
  const given = params.object('billing_details');
  if (given === undefined) return {};
  const after = { ...details };
  for (const name of ['email', 'name', 'phone'] as const) {
    const value = given.nullable(name);
    if (value !== undefined) after[name] = value;
  }
  if (given.has('address')) after.address = given.raw('address');
  return { billing_details: after };
}

function cardPatch({ card }: PaymentMethod, params: Params): Partial<Pick<PaymentMethod, 'card'>> {
  const given = params.object('card');
  if (given === undefined || card === undefined) return {};
  return {
    card: {
      ...card,
      exp_month: given.integer('exp_month') ?? card.exp_month,
      exp_year: given.integer('exp_year') ?? card.exp_year,
    },
  };
}
