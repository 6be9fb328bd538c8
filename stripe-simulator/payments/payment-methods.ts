/** Attaches, detaches and finds payment methods. */
import type { Customer } from '../model/customer.ts';
import type { PaymentError, PaymentMethod } from '../model/payment.ts';
import type { Subscription } from '../model/subscription.ts';
import { docUrl, invalidRequest, noSuch, StripeError } from '../protocol/stripe-error.ts';
import { change } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { createNamedMethod } from './method-records.ts';
import { namedTestAccount } from './test-accounts.ts';
import { cardEndingIn, type Decline, findTestCard } from './test-cards.ts';

/** Attaches a payment method to a customer. Test names such as `pm_card_visa` create a new payment method each time. */
export function attachPaymentMethod(
  world: World,
  reference: { id: string; customer: string; param?: string },
): PaymentMethod {
  const { id, customer } = reference;
  const card = id.startsWith('pm_card_') ? findTestCard(id) : undefined;
  const existing = world.store.paymentMethods.get(id);
  if (existing === undefined && card === undefined && namedTestAccount(id) === undefined) {
    throw noSuch('PaymentMethod', { id, param: reference.param ?? 'payment_method' });
  }
  if (existing?.customer === customer) return existing;
  if (existing !== undefined && existing.customer !== null) {
    throw invalidRequest({
      message: 'The payment method you provided has already been attached to a customer.',
      code: 'payment_method_already_attached',
    });
  }
  const used = card ?? (existing && cardEndingIn(existing.card?.last4));
  if (used !== undefined && !used.attaches && typeof used.charge === 'object') throw cardError(used.charge);
  const method = existing ?? createNamedMethod(world, id);
  if (method === undefined) throw noSuch('PaymentMethod', { id, param: 'payment_method' });
  return change(world, world.store.paymentMethods, {
    id: method.id,
    patch: { customer },
    event: 'payment_method.attached',
  });
}

/** Detaches a payment method. It also stops being the customer's default. */
export function detachPaymentMethod(world: World, method: PaymentMethod): PaymentMethod {
  const { id } = method;
  const owner = world.store.customers.get(method.customer ?? '');
  if (owner !== undefined) clearDefaultMethod(world, owner, id);
  return change(world, world.store.paymentMethods, {
    id,
    patch: { customer: null },
    event: 'payment_method.detached',
  });
}

function clearDefaultMethod(world: World, customer: Customer, method: string): void {
  const settings = customer.invoice_settings;
  if (settings.default_payment_method !== method) return;
  const patch = { invoice_settings: { ...settings, default_payment_method: null } };
  change(world, world.store.customers, { id: customer.id, patch, event: 'customer.updated' });
}

/** Returns the customer's payment method that a parameter refers to by id or by a test name such as `pm_card_visa`. */
export function attachedPaymentMethod(
  world: World,
  reference: { id: string; customer: string; param: string },
): PaymentMethod {
  const { id, customer, param } = reference;
  const last4 = id.startsWith('pm_card_') ? findTestCard(id)?.number.slice(-4) : undefined;
  const found = world.store.paymentMethods
    .newestFirst()
    .find(
      (row) =>
        row.customer === customer && (row.id === id || (last4 !== undefined && row.card?.last4 === last4)),
    );
  if (found !== undefined) return found;
  const message = `The customer does not have a payment method with the ID ${id}. The payment method must be attached to the customer.`;
  throw invalidRequest({ message, code: 'resource_missing', param });
}

/** Returns the default payment method of the subscription, or else of the customer, if it is still attached. */
export function defaultPaymentMethod(
  world: World,
  owner: { customer: string; subscription?: Pick<Subscription, 'default_payment_method'> },
): PaymentMethod | undefined {
  const customer: Customer | undefined = world.store.customers.get(owner.customer);
  const id = owner.subscription?.default_payment_method ?? customer?.invoice_settings.default_payment_method;
  const method = typeof id === 'string' ? world.store.paymentMethods.get(id) : undefined;
  return method?.customer === owner.customer ? method : undefined;
}

export function paymentErrorOf(decline: Decline, method: PaymentMethod, charge?: string): PaymentError {
  const { code, declineCode, message } = decline;
  return {
    ...(charge === undefined ? {} : { charge }),
    code,
    ...(declineCode === undefined ? {} : { decline_code: declineCode }),
    doc_url: docUrl(code),
    message,
    payment_method: method,
    type: 'card_error',
  };
}

export function cardError(decline: Decline, extra: Readonly<Record<string, unknown>> = {}): StripeError {
  const { code, declineCode, message } = decline;
  return new StripeError({
    status: 402,
    type: 'card_error',
    code,
    message,
    extra: { ...extra, ...(declineCode === undefined ? {} : { decline_code: declineCode }) },
  });
}
