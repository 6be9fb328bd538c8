/** Creates, updates, deletes, finalizes, pays and voids invoices on request. */

import { bindCurrency, checkCurrency } from '../customers/customer-currency.ts';
import { resolveCustomer } from '../customers/customers.ts';
import { type PlannedDiscount, planDiscounts, readDiscounts, redeem } from '../discounts/redemption.ts';
import type { Invoice } from '../model/invoice.ts';
import type { PaymentMethod } from '../model/payment.ts';
import type { Subscription } from '../model/subscription.ts';
import { attachedPaymentMethod, cardError, defaultPaymentMethod } from '../payments/payment-methods.ts';
import { mergeMetadata } from '../protocol/metadata.ts';
import type { Params } from '../protocol/params.ts';
import type { ApiRequest } from '../protocol/route.ts';
import { invalidRequest, missingParameter, noSuch, notFound } from '../protocol/stripe-error.ts';
import { DRAFT_SECONDS } from '../subscriptions/renewal.ts';
import { automaticTaxIn, automaticTaxOf, requireLocation } from '../taxes/automatic-tax.ts';
import { taxRatesOf } from '../taxes/tax-rates.ts';
import { change, emit } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { draftInvoice, type InvoiceInput, pendingItemsOf, repriceDraft } from './invoice-draft.ts';
import { finalizeInvoice, markPaid, voidInvoice } from './invoice-payment.ts';
import { collectInvoice } from './invoice-settlement.ts';

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
  const currency = params.string('currency')?.toLowerCase();
  const owner = {
    customer: customer.id,
    ...(subscription === undefined ? {} : { subscription: subscription.id }),
  };
  const pendingItems =
    behavior === 'include' || subscription !== undefined ? pendingItemsOf(world, owner) : [];
  const billedIn =
    currency ?? subscription?.currency ?? pendingItems[0]?.currency ?? customer.currency ?? 'usd';
  checkCurrency(world, customer.id, billedIn);
  bindCurrency(world, customer.id, billedIn);
  const terms = invoiceTerms(world, params, { customer: customer.id, currency: billedIn });
  const draft = draftInvoice(world, {
    customer: customer.id,
    ...(subscription === undefined ? {} : { subscription }),
    billingReason: 'manual',
    ...terms.input,
    currency: billedIn,
    pendingItems,
    collectionMethod: collection ?? 'charge_automatically',
    description: params.string('description') ?? null,
    metadata: mergeMetadata({}, params),
    daysUntilDue,
    dueDate: params.integer('due_date') ?? null,
  });
  redeemFor(world, terms.discounts, draft.id);
  if (params.boolean('auto_advance') !== true) return draft;
  const patch = advancePatch(world, draft, true);
  return change(world, world.store.invoices, { id: draft.id, patch });
}

interface RequestedTerms {
  readonly input: Pick<InvoiceInput, 'automaticTax' | 'discounts' | 'taxRates'>;
  readonly discounts: readonly PlannedDiscount[];
}

/** Reads the discounts and the taxes of an invoice. */
function invoiceTerms(
  world: World,
  params: Params,
  { customer, currency }: { readonly customer: string; readonly currency: string },
): RequestedTerms {
  const automaticTax = automaticTaxIn(params);
  if (automaticTax === true) requireLocation(world, customer);
  const taxRates = taxRatesOf(world, params, 'default_tax_rates');
  const redeemables = readDiscounts(world, params, { customer, currency });
  const discounts = planDiscounts(world, redeemables ?? [], { customer });
  return {
    discounts,
    input: {
      ...(automaticTax === undefined ? {} : { automaticTax }),
      ...(taxRates === undefined ? {} : { taxRates }),
      ...(redeemables === undefined ? {} : { discounts: discounts.map(({ discount }) => discount.id) }),
    },
  };
}

/** Stores the discounts that an invoice was priced with. */
function redeemFor(world: World, planned: readonly PlannedDiscount[], invoice: string): void {
  redeem(
    world,
    planned.map(({ discount, redeemable }) => ({ discount: { ...discount, invoice }, redeemable })),
  );
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
  const amounts = draftOnly.filter((name) => params.has(name));
  if (amounts.length === 0)
    return change(world, world.store.invoices, { id, patch, event: 'invoice.updated' });
  if (current.status !== 'draft') {
    throw invalidRequest({
      message: `You can only update \`${amounts.join('`, `')}\` of a draft invoice.`,
      code: 'invoice_not_editable',
    });
  }
  return repriceWith(world, current, { params, patch: { ...patch, ...datesPatch(params, current) } });
}

/** What can change only before an invoice is finalized. */
const draftOnly: readonly string[] = [
  'automatic_tax',
  'collection_method',
  'days_until_due',
  'default_tax_rates',
  'discounts',
  'due_date',
];

function datesPatch(params: Params, { created }: Invoice): Partial<Invoice> {
  const patch: Partial<Invoice> = {};
  const collection = params.oneOf('collection_method', ['charge_automatically', 'send_invoice']);
  if (collection !== undefined) patch.collection_method = collection;
  const days = params.integer('days_until_due');
  if (days !== undefined) patch.due_date = created + days * DAY_SECONDS;
  const dueDate = params.integer('due_date');
  if (dueDate !== undefined) patch.due_date = dueDate;
  return patch;
}

function repriceWith(
  world: World,
  current: Invoice,
  { params, patch }: { params: Params; patch: Partial<Invoice> },
): Invoice {
  const { customer, currency, id } = current;
  const { input, discounts } = invoiceTerms(world, params, { customer, currency });
  const { automaticTax: enabled, taxRates } = input;
  const repriced = repriceDraft(world, current, {
    patch: {
      ...patch,
      ...(enabled === undefined ? {} : { automatic_tax: automaticTaxOf(world, { customer, enabled }) }),
      ...(taxRates === undefined ? {} : { default_tax_rates: taxRates }),
      ...(input.discounts === undefined ? {} : { discounts: input.discounts }),
    },
  });
  redeemFor(world, discounts, id);
  return repriced;
}

const DAY_SECONDS = 24 * 3600;

/** Sends an invoice by email, which only the event shows here. A draft is finalized first. */
export function sendInvoice(world: World, { id }: ApiRequest): Invoice {
  const before = getInvoice(world, id);
  if (before.collection_method !== 'send_invoice') {
    throw invalidRequest({
      message: 'You can only manually send an invoice if its `collection_method` is `send_invoice`.',
    });
  }
  if (before.customer_email === null) {
    throw invalidRequest({ message: 'The customer of the invoice has no email address.' });
  }
  const invoice = before.status === 'draft' ? finalizeInvoice(world, id) : before;
  if (!['open', 'paid', 'uncollectible'].includes(invoice.status)) {
    throw invalidRequest({ message: `Invoices with status ${invoice.status} cannot be sent.` });
  }
  emit(world, 'invoice.sent', { object: invoice });
  return invoice;
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

export function finalizeOperation(world: World, { id, params }: ApiRequest): Invoice {
  getInvoice(world, id);
  const autoAdvance = params.boolean('auto_advance');
  const invoice = finalizeInvoice(world, id);
  if (autoAdvance === undefined || invoice.status !== 'open') return invoice;
  return change(world, world.store.invoices, { id, patch: { auto_advance: autoAdvance } });
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
  const subscription = world.store.subscriptions.get(
    invoice.parent?.subscription_details?.subscription ?? '',
  );
  return defaultPaymentMethod(world, { customer, ...(subscription === undefined ? {} : { subscription }) });
}
