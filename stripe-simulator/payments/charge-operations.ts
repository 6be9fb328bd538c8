/** Creates and updates charges, as integrations do that are older than payment intents. */
import { resolveCustomer } from '../customers/customers.ts';
import type { Charge, PaymentMethod } from '../model/payment.ts';
import { mergeMetadata } from '../protocol/metadata.ts';
import type { Params } from '../protocol/params.ts';
import type { ApiRequest } from '../protocol/route.ts';
import { invalidRequest, missingParameter } from '../protocol/stripe-error.ts';
import { change, emit } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { isDecline, resultOfCharge } from './charge-results.ts';
import { disputeIfAsked, startCharge, withFunds } from './charges.ts';
import { cardError, defaultPaymentMethod } from './payment-methods.ts';
import { methodOfSource } from './source-methods.ts';

export function createCharge(world: World, { params }: ApiRequest): Charge {
  const amount = params.integer('amount');
  if (amount === undefined) throw missingParameter('amount');
  const currency = params.required('currency').toLowerCase();
  const customer = params.has('customer') ? resolveCustomer(world, params.required('customer')).id : null;
  const method = chargedMethod(world, params, customer);
  const captures = params.boolean('capture') !== false;
  const intent = {
    id: null,
    amount,
    currency,
    customer,
    description: params.string('description') ?? null,
    metadata: mergeMetadata({}, params),
    receipt_email: params.string('receipt_email') ?? null,
    shipping: params.has('shipping') ? params.raw('shipping') : null,
    statement_descriptor: params.string('statement_descriptor') ?? null,
    statement_descriptor_suffix: params.string('statement_descriptor_suffix') ?? null,
    transfer_group: params.string('transfer_group') ?? null,
  };
  const result = resultOfCharge(world, method);
  if (isDecline(result)) {
    const failed = startCharge(world, { intent, method }, result);
    emit(world, 'charge.failed', { object: failed });
    throw cardError(result, { charge: failed.id });
  }
  const charge = startCharge(world, { intent, method }, captures ? 'captured' : 'authorized');
  emit(world, 'charge.succeeded', { object: charge });
  if (captures) disputeIfAsked(world, charge);
  return charge;
}

function chargedMethod(world: World, params: Params, customer: string | null): PaymentMethod {
  const source = params.string('source');
  if (source !== undefined) return methodOfSource(world, source, 'source');
  const method = customer === null ? undefined : defaultPaymentMethod(world, { customer });
  if (method !== undefined) return method;
  if (customer === null)
    throw invalidRequest({ message: 'Must provide source or customer.', code: 'parameter_missing' });
  throw invalidRequest({
    message: 'Cannot charge a customer that has no active card',
    code: 'missing',
    param: 'card',
  });
}

export function captureCharge(world: World, charge: Charge, amount: number | undefined): Charge {
  if (charge.captured || charge.payment_intent !== null) {
    throw invalidRequest({
      message: `Charge ${charge.id} has already been captured.`,
      code: 'charge_already_captured',
    });
  }
  const captured = change(world, world.store.charges, {
    id: charge.id,
    patch: { amount_captured: Math.min(amount ?? charge.amount, charge.amount), captured: true },
  });
  const funded = withFunds(world, captured);
  emit(world, 'charge.captured', { object: funded });
  return funded;
}

export function updateCharge(world: World, { id }: Charge, patch: Partial<Charge>): Charge {
  return change(world, world.store.charges, { id, patch, event: 'charge.updated' });
}
