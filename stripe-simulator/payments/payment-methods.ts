/** Creates, attaches, detaches and finds payment methods. */
import { createHash } from 'node:crypto';
import type { Metadata } from '../model/common.ts';
import type { Customer } from '../model/customer.ts';
import type { PaymentError, PaymentMethod } from '../model/payment.ts';
import type { Subscription } from '../model/subscription.ts';
import { docUrl, invalidRequest, noSuch, StripeError } from '../protocol/stripe-error.ts';
import { add, change } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { cardEndingIn, type Decline, findTestCard, type TestCard } from './test-cards.ts';

export interface CardDetails {
  readonly card: TestCard;
  readonly billingDetails?: Partial<PaymentMethod['billing_details']>;
  readonly expiry?: { month: number; year: number };
  readonly metadata?: Metadata;
}

export function createPaymentMethod(world: World, details: CardDetails): PaymentMethod {
  return add(world, world.store.paymentMethods, { row: paymentMethodOf(world, details) });
}

function paymentMethodOf(
  world: World,
  { card, billingDetails, expiry, metadata }: CardDetails,
): PaymentMethod {
  const now = world.seconds();
  return {
    id: world.ids.next('pm_'),
    object: 'payment_method',
    allow_redisplay: 'unspecified',
    billing_details: {
      address: noAddress,
      email: null,
      name: null,
      phone: null,
      tax_id: null,
      ...billingDetails,
    },
    card: {
      brand: card.brand,
      checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: 'pass' },
      country: 'US',
      display_brand: card.brand,
      exp_month: expiry?.month ?? 12,
      exp_year: expiry?.year ?? new Date(now * 1000).getUTCFullYear() + 4,
      fingerprint: createHash('sha256').update(card.number).digest('hex').slice(0, 16),
      funding: card.funding,
      generated_from: null,
      last4: card.number.slice(-4),
      networks: { available: [card.brand], preferred: null },
      regulated_status: 'unregulated',
      three_d_secure_usage: { supported: true },
      wallet: null,
    },
    created: now,
    customer: null,
    customer_account: null,
    livemode: false,
    metadata: metadata ?? {},
    type: 'card',
  };
}

const noAddress = { city: null, country: null, line1: null, line2: null, postal_code: null, state: null };

/** Attaches a payment method to a customer. Test names such as `pm_card_visa` create a new payment method each time. */
export function attachPaymentMethod(
  world: World,
  reference: { id: string; customer: string; param?: string },
): PaymentMethod {
  const { id, customer } = reference;
  const card = id.startsWith('pm_card_') ? findTestCard(id) : undefined;
  const existing = world.store.paymentMethods.get(id);
  if (existing === undefined && card === undefined) {
    throw noSuch('PaymentMethod', { id, param: reference.param ?? 'payment_method' });
  }
  if (existing?.customer === customer) return existing;
  if (existing !== undefined && existing.customer !== null) {
    throw invalidRequest({
      message: 'The payment method you provided has already been attached to a customer.',
      code: 'payment_method_already_attached',
    });
  }
  const used = card ?? (existing && cardEndingIn(existing.card.last4));
  if (used !== undefined && !used.attaches && typeof used.charge === 'object') throw cardError(used.charge);
  const method = existing ?? (card && createPaymentMethod(world, { card }));
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
    .find((row) => row.customer === customer && (row.id === id || row.card.last4 === last4));
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

export function paymentErrorOf(decline: Decline, method: PaymentMethod): PaymentError {
  const { code, declineCode, message } = decline;
  return {
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
