/** Pays an invoice in several payments of any type. Stripe's dashboard, imports and attached payments do so. */
import type { Invoice, InvoicePayment } from '../model/invoice.ts';
import { chargeDirectly } from '../payments/charges.ts';
import { confirmIntent, createIntent } from '../payments/payment-intents.ts';
import { defaultPaymentMethod } from '../payments/payment-methods.ts';
import { createPaymentRecord } from '../payments/payment-records.ts';
import { invalidRequest, notFound } from '../protocol/stripe-error.ts';
import { add, change } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { cancelPayment, finalizeInvoice, markPaid } from './invoice-payment.ts';

const partTypes = ['payment_intent', 'charge', 'payment_record'] as const;

export interface Part {
  readonly amount: number;
  readonly type: (typeof partTypes)[number];
}

/** Reads `{"payments": [{"amount": 500, "type": "charge"}]}`. */
export function partsIn({ payments }: Readonly<Record<string, unknown>>): readonly Part[] {
  const list = Array.isArray(payments) ? (payments as readonly Partial<Part>[]) : [];
  return list.map(({ amount, type = 'payment_intent' }) => {
    if (!partTypes.includes(type) || !Number.isSafeInteger(amount)) {
      throw invalidRequest({ message: 'Each payment needs an amount and a type.', param: 'payments' });
    }
    return { amount: amount ?? 0, type };
  });
}

export function payInParts(world: World, id: string, parts: readonly Part[]): Invoice {
  const found = world.store.invoices.get(id);
  if (found === undefined) throw notFound('invoice', id);
  const invoice = found.status === 'draft' ? finalizeInvoice(world, id) : found;
  if (invoice.status !== 'open') throw invalidRequest({ message: `The invoice is ${invoice.status}.` });
  cancelPayment(world, id);
  for (const part of parts) add(world, world.store.invoicePayments, { row: paidBy(world, invoice, part) });
  const remaining = invoice.amount_remaining - parts.reduce((sum, { amount }) => sum + amount, 0);
  const amounts = { amount_paid: invoice.amount_due - remaining, amount_remaining: Math.max(0, remaining) };
  const paid = change(world, world.store.invoices, { id, patch: amounts, event: 'invoice.updated' });
  return remaining > 0 ? paid : markPaid(world, id);
}

function paidBy(world: World, invoice: Invoice, { amount, type }: Part): InvoicePayment {
  const now = world.seconds();
  return {
    id: world.ids.next('inpay_'),
    object: 'invoice_payment',
    amount_paid: amount,
    amount_requested: amount,
    created: now,
    currency: invoice.currency,
    invoice: invoice.id,
    is_default: false,
    livemode: false,
    payment: payFor(world, invoice, { amount, type }),
    status: 'paid',
    status_transitions: { canceled_at: null, paid_at: now },
  };
}

function payFor(
  world: World,
  { currency, customer }: Invoice,
  { amount, type }: Part,
): InvoicePayment['payment'] {
  const input = { amount, currency, customer };
  if (type === 'payment_record') return { type, payment_record: createPaymentRecord(world, input).id };
  const method = defaultPaymentMethod(world, { customer });
  if (method === undefined) throw invalidRequest({ message: 'The customer has no payment method.' });
  if (type === 'charge') return { type, charge: chargeDirectly(world, { ...input, method }).id };
  const intent = createIntent(world, input);
  confirmIntent(world, intent, { method, authenticated: true });
  return { type, payment_intent: intent.id };
}
