/** Creates, updates, deletes, finalizes, pays and voids invoices on request. */

import { resolveCustomer } from '../customers/customers.ts';
import type { Invoice } from '../model/invoice.ts';
import type { PaymentMethod } from '../model/payment.ts';
import type { Subscription } from '../model/subscription.ts';
import { attachedPaymentMethod, cardError, defaultPaymentMethod } from '../payments/payment-methods.ts';
import { mergeMetadata } from '../protocol/metadata.ts';
import type { ApiRequest } from '../protocol/route.ts';
import { invalidRequest, missingParameter, noSuch, notFound } from '../protocol/stripe-error.ts';
import { DRAFT_SECONDS } from '../subscriptions/renewal.ts';
import { change, emit } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { draftInvoice, pendingItemsOf } from './invoice-draft.ts';
import { collectInvoice, finalizeInvoice, markPaid, voidInvoice } from './invoice-payment.ts';

export function getInvoice(world: World, id: string): Invoice {
  const invoice = world.store.invoices.get(id);
  if (invoice === undefined) throw notFound('invoice', id);
  return invoice;
}

export function createInvoice(world: World, { params }: ApiRequest): Invoice {
  const customer = resolveCustomer(world, params.required('customer'));
  const subscription = resolveSubscription(world, params.string('subscription'));
  const collection = params.oneOf('collection_method', ['charge_automatically', 'send_invoice']);
  const daysUntilDue = params.integer('days_until_due') ?? null;
  if (collection === 'send_invoice' && daysUntilDue === null && !params.has('due_date')) {
    throw missingParameter('days_until_due');
  }
  const behavior = params.oneOf('pending_invoice_items_behavior', ['exclude', 'include']);
  const owner = {
    customer: customer.id,
    ...(subscription === undefined ? {} : { subscription: subscription.id }),
  };
  const pendingItems =
    behavior === 'include' || subscription !== undefined ? pendingItemsOf(world, owner) : [];
  const draft = draftInvoice(world, {
    customer: customer.id,
    ...(subscription === undefined ? {} : { subscription }),
    billingReason: 'manual',
    currency: params.string('currency') ?? pendingItems[0]?.currency ?? 'usd',
    pendingItems,
    collectionMethod: collection ?? 'charge_automatically',
    description: params.string('description') ?? null,
    metadata: mergeMetadata({}, params),
    daysUntilDue,
  });
  if (params.boolean('auto_advance') !== true) return draft;
  const patch = advancePatch(world, draft, true);
  return change(world, world.store.invoices, { id: draft.id, patch });
}

function resolveSubscription(world: World, id: string | undefined): Subscription | undefined {
  if (id === undefined) return undefined;
  const subscription = world.store.subscriptions.get(id);
  if (subscription === undefined) throw noSuch('subscription', { id, param: 'subscription' });
  return subscription;
}

export function updateInvoice(world: World, { id, params }: ApiRequest): Invoice {
  const current = getInvoice(world, id);
  const patch: Partial<Invoice> = { metadata: mergeMetadata(current.metadata, params) };
  const description = params.nullable('description');
  if (description !== undefined) patch.description = description;
  const autoAdvance = params.boolean('auto_advance');
  if (autoAdvance !== undefined) Object.assign(patch, advancePatch(world, current, autoAdvance));
  const method = params.string('default_payment_method');
  if (method !== undefined) {
    const reference = { id: method, customer: current.customer, param: 'default_payment_method' };
    patch.default_payment_method = attachedPaymentMethod(world, reference).id;
  }
  return change(world, world.store.invoices, { id, patch, event: 'invoice.updated' });
}

/** Returns the change of `auto_advance`. A draft that advances automatically is finalized after an hour. */
function advancePatch(world: World, { status }: Invoice, autoAdvance: boolean): Partial<Invoice> {
  const at = autoAdvance && status === 'draft' ? world.seconds() + DRAFT_SECONDS : null;
  return { auto_advance: autoAdvance, automatically_finalizes_at: at };
}

export function deleteInvoice(world: World, { id }: ApiRequest): object {
  const invoice = getInvoice(world, id);
  if (invoice.status !== 'draft' || invoice.parent !== null) {
    throw invalidRequest({
      message: 'You can only delete draft invoices that do not belong to a subscription.',
    });
  }
  for (const item of world.store.invoiceItems.oldestFirst()) {
    if (item.invoice === id) world.store.invoiceItems.put({ ...item, invoice: null });
  }
  world.store.invoices.delete(id);
  emit(world, 'invoice.deleted', { object: invoice });
  return { id, object: 'invoice', deleted: true };
}

export function finalizeOperation(world: World, { id }: ApiRequest): Invoice {
  getInvoice(world, id);
  return finalizeInvoice(world, id);
}

export function voidOperation(to: 'void' | 'user_forgiven') {
  return (world: World, { id }: ApiRequest): Invoice => {
    getInvoice(world, id);
    return voidInvoice(world, id, to);
  };
}

/** Pays an invoice. A draft is finalized first. A declined card throws a 402 and leaves the invoice open. */
export function payInvoice(world: World, { id, params }: ApiRequest): Invoice {
  const before = getInvoice(world, id);
  const outOfBand = params.boolean('paid_out_of_band') === true;
  const method = outOfBand ? undefined : methodFor(world, before, params.string('payment_method'));
  const invoice = before.status === 'draft' ? finalizeInvoice(world, id) : before;
  if (invoice.status === 'paid' && before.status === 'draft') return invoice;
  if (invoice.status === 'paid') throw invalidRequest({ message: 'Invoice is already paid' });
  if (invoice.status !== 'open' && invoice.status !== 'uncollectible') {
    throw invalidRequest({ message: `Invoices with status ${invoice.status} cannot be paid.` });
  }
  if (outOfBand) return markPaid(world, id, { outOfBand: true });
  if (method === undefined) {
    throw invalidRequest({
      message:
        'There is no `default_payment_method` set on this Customer or Invoice. Please set the appropriate default payment method, or pass one with the request.',
    });
  }
  const payment = collectInvoice(world, id, { method, manual: true });
  if (payment !== undefined && 'decline' in payment) {
    throw cardError(payment.decline, {
      ...(payment.intent.latest_charge === null ? {} : { charge: payment.intent.latest_charge }),
      payment_intent: payment.intent,
      payment_method: method,
    });
  }
  return getInvoice(world, id);
}

function methodFor(world: World, invoice: Invoice, named: string | undefined): PaymentMethod | undefined {
  const { customer } = invoice;
  const id = named ?? invoice.default_payment_method;
  if (id !== null && id !== undefined)
    return attachedPaymentMethod(world, { id, customer, param: 'payment_method' });
  const subscription = world.store.subscriptions.get(invoice.parent?.subscription_details.subscription ?? '');
  return defaultPaymentMethod(world, { customer, ...(subscription === undefined ? {} : { subscription }) });
}
