/** Completes Checkout sessions: charges the customer and creates what the session is for. */

import { createBareCustomer } from '../customers/blank-customer.ts';
import type { CheckoutOrder, CheckoutSession } from '../model/checkout.ts';
import type { Customer } from '../model/customer.ts';
import type { EventRecord } from '../model/event.ts';
import type { PaymentIntent, PaymentMethod, SetupIntent } from '../model/payment.ts';
import { asksForAuthentication } from '../payments/challenges.ts';
import { confirmIntent, createIntent, type IntentInput } from '../payments/payment-intents.ts';
import { attachPaymentMethod } from '../payments/payment-methods.ts';
import { completeSetup, createSetupIntent } from '../payments/setup-intents.ts';
import { cardEndingIn, chargeResult, type Decline, genericDecline } from '../payments/test-cards.ts';
import { invalidRequest } from '../protocol/stripe-error.ts';
import { startSubscription } from '../subscriptions/subscription-start.ts';
import { locationOf } from '../taxes/automatic-tax.ts';
import { change, emit } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { amountDueNow, priceSession, subscriptionOf } from './checkout-amounts.ts';
import { redeemForPayment } from './checkout-coupons.ts';
import { billPayment } from './checkout-invoice.ts';
import { sessionTax } from './checkout-terms.ts';

export interface Payer {
  readonly method: PaymentMethod | undefined;
  readonly email: string | null;
  readonly name: string | null;
  /** The billing address, if one was entered. */
  readonly address?: BillingAddress;
}

export interface BillingAddress {
  readonly line1: string | null;
  readonly city: string | null;
  readonly postal_code: string | null;
  readonly state: string | null;
  readonly country: string;
}

export type Completion =
  | { readonly result: 'complete'; readonly event: EventRecord }
  | { readonly result: 'declined'; readonly decline: Decline };

/**
 * Pays a session and creates its objects. A declined card leaves only the failed payment, because the subscription is
 * created after the card is checked.
 */
export function completeCheckout(world: World, session: CheckoutSession, payer: Payer): Completion {
  const order = world.store.checkoutOrders.get(session.id);
  if (!isOpen(session) || order === undefined) {
    throw invalidRequest({ message: `This Checkout Session is not open (status: ${session.status}).` });
  }
  const expected = amountDueNow(world, session, order);
  if (payer.method === undefined && needsCard(session, expected)) {
    throw invalidRequest({ message: 'A payment method is required.', param: 'payment_method' });
  }
  const decline = payer.method === undefined ? undefined : declineOf(world, payer.method, expected);
  if (decline !== undefined) {
    const intent = expected === 0 ? undefined : attemptedIntent(world, session, { order, due: expected });
    if (intent !== undefined && payer.method !== undefined)
      confirmIntent(world, intent, { method: payer.method, authenticated: true });
    return { result: 'declined', decline };
  }
  // The card of a single payment is saved only on request.
  const saves = session.mode !== 'payment' || order.payment.saves === true;
  const found = customerOf(world, session, { ...payer, saves: order.payment.saves === true });
  const customer = found === undefined ? found : saveEntered(world, found, { order, payer });
  if (customer !== undefined && payer.method !== undefined && saves) {
    attachPaymentMethod(world, { id: payer.method.id, customer: customer.id });
  }
  // The address that was entered decides on the tax.
  const due = amountDueNow(world, session, order);
  const created = createObjects(world, { session, order, customer, method: payer.method, due });
  const isPaid = due > 0 && !waitsForBank(world, created);
  return {
    result: 'complete',
    event: markComplete(world, session, { payer, order, customer, created, due, isPaid }),
  };
}

/** Whether the funds have not arrived: a bank has not reported yet, or the amount is only authorized. */
function waitsForBank(world: World, { payment_intent: intent, invoice }: CreatedObjects): boolean {
  const { paymentIntents, invoices } = world.store;
  if (typeof intent === 'string') return paymentIntents.get(intent)?.status !== 'succeeded';
  return typeof invoice === 'string' && invoices.get(invoice)?.status !== 'paid';
}

export function isOpen({ status }: CheckoutSession): boolean {
  return status === 'open';
}

/** Whether the session requires a payment method. */
export function needsCard(session: CheckoutSession, due: number): boolean {
  if (session.mode === 'setup') return true;
  return due > 0 || (session.mode === 'subscription' && session.payment_method_collection === 'always');
}

/** Returns the decline of the card, if any. The customer is present, and has authenticated if it was required. */
function declineOf({ account }: World, method: PaymentMethod, due: number): Decline | undefined {
  if (due > 0 && account.declinesLeft > 0) return genericDecline;
  const result = chargeResult(method.card?.last4, true);
  if (typeof result !== 'object') return undefined;
  const attaches = cardEndingIn(method.card?.last4)?.attaches === true;
  return due === 0 && attaches ? undefined : result;
}

/**
 * Returns the payment intent of an attempt. A session in `payment` mode has one for all of its attempts. That of a
 * subscription belongs to its invoice, so a failed attempt has its own.
 */
export function attemptedIntent(
  world: World,
  session: CheckoutSession,
  { order, due }: { order: CheckoutOrder; due: number },
): PaymentIntent {
  const { customer, currency } = session;
  const types = { payment_method_types: session.payment_method_types };
  const input = { amount: due, currency: currency ?? 'usd', customer, details: types };
  if (session.mode !== 'payment') return createIntent(world, input);
  const current = world.store.checkoutSessions.get(session.id)?.payment_intent ?? null;
  const existing = current === null ? undefined : world.store.paymentIntents.get(current);
  if (existing !== undefined) return existing;
  const terms = intentTerms(order);
  const intent = createIntent(world, { ...input, ...terms, details: { ...types, ...terms.details } });
  change(world, world.store.checkoutSessions, { id: session.id, patch: { payment_intent: intent.id } });
  return intent;
}

function intentTerms({
  payment,
}: CheckoutOrder): Pick<IntentInput, 'description' | 'details' | 'metadata' | 'shipping' | 'saves'> {
  const { description, metadata, shipping, saves = false, details = {} } = payment;
  return { description, metadata, shipping, saves, details };
}

function customerOf(
  world: World,
  session: CheckoutSession,
  { saves, ...payer }: Payer & { readonly saves: boolean },
): Customer | undefined {
  if (session.customer !== null) {
    const customer = world.store.customers.get(session.customer);
    if (customer === undefined) {
      throw invalidRequest({
        message: `No such customer: '${session.customer}'`,
        code: 'resource_missing',
        param: 'customer',
      });
    }
    return customer;
  }
  const createsCustomer = session.mode === 'subscription' || session.customer_creation === 'always' || saves;
  if (!createsCustomer) return undefined;
  return createBareCustomer(world, { email: payer.email ?? session.customer_email, name: payer.name });
}

/**
 * Writes into the customer what was entered, where the session allows it. An email address is only filled in. Automatic tax needs
 * an address, so a customer who entered none is in the country of the account.
 */
function saveEntered(
  world: World,
  customer: Customer,
  { order, payer }: { readonly order: CheckoutOrder; readonly payer: Payer },
): Customer {
  const { saves = [], automaticTax = false } = order;
  const needsAddress = automaticTax && locationOf(world, customer.id) === undefined;
  const address = payer.address ?? (needsAddress ? { country: 'US' } : undefined);
  const patch = {
    ...(address !== undefined && (saves.includes('address') || needsAddress)
      ? { address: { ...noAddress, ...address } }
      : {}),
    ...(payer.name !== null && saves.includes('name') ? { name: payer.name } : {}),
    ...(payer.email !== null && customer.email === null ? { email: payer.email } : {}),
  };
  if (Object.keys(patch).length === 0) return customer;
  return change(world, world.store.customers, { id: customer.id, patch, event: 'customer.updated' });
}

const noAddress = { city: null, country: null, line1: null, line2: null, postal_code: null, state: null };

interface CheckoutContext {
  readonly session: CheckoutSession;
  readonly order: CheckoutOrder;
  readonly customer: Customer | undefined;
  readonly method: PaymentMethod | undefined;
  readonly due: number;
}

type CreatedObjects = Partial<
  Pick<CheckoutSession, 'invoice' | 'payment_intent' | 'setup_intent' | 'subscription'>
>;

function createObjects(world: World, work: CheckoutContext): CreatedObjects {
  const { session, order, customer, method, due } = work;
  if (session.mode === 'subscription') return subscribe(world, work);
  if (method === undefined) return {};
  if (session.mode === 'setup') return { setup_intent: saveCard(world, session, { customer, method }) };
  redeemForPayment(world, session, order);
  const attempted = attemptedIntent(world, session, { order, due });
  const owner = { id: attempted.id, patch: { customer: customer?.id ?? null } };
  const intent = change(world, world.store.paymentIntents, owner);
  const result = confirmIntent(world, intent, { method, authenticated: true });
  const invoice = customer && billPayment(world, { order, customer, result });
  return { payment_intent: intent.id, ...(invoice === undefined ? {} : { invoice }) };
}

function saveCard(
  world: World,
  session: CheckoutSession,
  { customer, method }: { customer: Customer | undefined; method: PaymentMethod },
): string {
  const owner = { id: setupOf(world, session).id, patch: { customer: customer?.id ?? null } };
  return completeSetup(world, change(world, world.store.setupIntents, owner), method).id;
}

/** Returns the intent of a session in `setup` mode. */
export function setupOf(world: World, { id, setup_intent: setup }: CheckoutSession): SetupIntent {
  const found = world.store.setupIntents.get(setup ?? '');
  if (found === undefined) throw new Error(`The Checkout session ${id} has no setup intent.`);
  return found;
}

function subscribe(world: World, work: CheckoutContext): CreatedObjects {
  const { session, order, customer, method, due } = work;
  if (customer === undefined) throw new Error('A subscription session must have a customer.');
  // Nothing is charged, so the authentication sets the card up for the payments after the trial.
  if (due === 0 && method !== undefined && asksForAuthentication(method))
    createSetupIntent(world, { customer: customer.id, method, metadata: {} });
  const subscription = startSubscription(world, subscriptionOf(world, { session, order, customer, method }));
  return { subscription: subscription.id, invoice: subscription.latest_invoice };
}

function markComplete(
  world: World,
  session: CheckoutSession,
  outcome: {
    payer: Payer;
    order: CheckoutOrder;
    customer: Customer | undefined;
    created: CreatedObjects;
    due: number;
    isPaid: boolean;
  },
): EventRecord {
  const { payer, order, customer, created, due, isPaid } = outcome;
  const taxed =
    order.automaticTax === true
      ? {
          ...priceSession(world, { ...session, customer: customer?.id ?? null }, order),
          automatic_tax: sessionTax(world, true, customer?.id),
        }
      : {};
  const complete = change(world, world.store.checkoutSessions, {
    id: session.id,
    patch: {
      ...taxed,
      ...created,
      consent:
        session.consent_collection?.terms_of_service === 'required'
          ? { promotions: null, terms_of_service: 'accepted' }
          : null,
      customer: customer?.id ?? null,
      customer_details: {
        address: payer.address === undefined ? null : { ...noAddress, ...payer.address },
        email: customer?.email ?? payer.email ?? session.customer_email,
        name: customer?.name ?? payer.name,
        phone: null,
        tax_exempt: 'none',
        tax_ids: [],
      },
      payment_status: due === 0 ? 'no_payment_required' : isPaid ? 'paid' : 'unpaid',
      status: 'complete',
      url: null,
    },
  });
  return emit(world, 'checkout.session.completed', { object: complete });
}
