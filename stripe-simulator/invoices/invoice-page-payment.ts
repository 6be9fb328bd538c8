/** Pays an invoice on its hosted page. The customer is present. */
import type { Invoice } from '../model/invoice.ts';
import type { PaymentMethod } from '../model/payment.ts';
import { requireAction } from '../payments/payment-intents.ts';
import { attachPaymentMethod } from '../payments/payment-methods.ts';
import type { Decline } from '../payments/test-cards.ts';
import { subscriptionOf } from '../subscriptions/invoice-outcome.ts';
import { changeSubscription, isEnded } from '../subscriptions/subscription-record.ts';
import { change } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { openIntentOf } from './invoice-payment.ts';
import { collectInvoice } from './invoice-settlement.ts';

export interface PagePayment {
  readonly method: PaymentMethod;
  readonly authenticated: boolean;
  /** Whether the card is saved for the later payments of the subscription or the customer. */
  readonly saves: boolean;
}

/** Pays the invoice. Returns the decline, if any. */
export function payOnPage(world: World, invoice: Invoice, payment: PagePayment): Decline | undefined {
  const { method, authenticated, saves } = payment;
  const result = collectInvoice(world, invoice.id, { method, authenticated, manual: true });
  if (result !== undefined && 'decline' in result) return result.decline;
  if (saves) saveForLater(world, invoice, method);
  return undefined;
}

/** The payment waits for the customer's answer to the bank. */
export function askForAuthentication(world: World, invoice: Invoice, method: PaymentMethod): void {
  requireAction(world, openIntentOf(world, invoice), { method });
}

function saveForLater(world: World, invoice: Invoice, { id }: PaymentMethod): void {
  const owner = world.store.customers.get(invoice.customer);
  if (owner === undefined) return;
  attachPaymentMethod(world, { id, customer: owner.id });
  const subscription = subscriptionOf(world, invoice);
  if (subscription !== undefined && !isEnded(subscription)) {
    changeSubscription(world, subscription.id, {
      patch: { default_payment_method: id },
      event: 'customer.subscription.updated',
    });
  } else if (owner.invoice_settings.default_payment_method === null) {
    const patch = { invoice_settings: { ...owner.invoice_settings, default_payment_method: id } };
    change(world, world.store.customers, { id: owner.id, patch, event: 'customer.updated' });
  }
}
